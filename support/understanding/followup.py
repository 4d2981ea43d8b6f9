"""Whether a message goes on from the one before it, by how it is worded: "ar ctg te?", "and for cash?".

A small linear model over n-grams, so that it does not hang on an encoder: in it are the "and", "then" and "that one" of
three ways of writing, and how little a message says of what it is about.
"""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

from support.understanding.linear import Linear

__all__ = ["FOLLOWS", "MODEL", "STANDS", "leaning"]

MODEL = Path(__file__).parent / "data" / "followup.npz"
FOLLOWS, STANDS = "follows", "stands"


def leaning(text: str, model: Linear | None = None) -> float:
    """The log odds that `text` means something only after another message. By the shipped model by default."""
    found = (model or _model()).probabilities(text)
    return math.log(max(found[FOLLOWS], 1e-6) / max(found[STANDS], 1e-6))


@lru_cache(maxsize=1)
def _model() -> Linear:
    return Linear.load(MODEL)
