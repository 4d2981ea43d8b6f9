"""Bengali in Latin letters, or English? A logistic regression over hashed character n-grams of the words.

Its weights are numbers learned by `manage.py train_language` from this project's own corpora.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.text.normalise import normalise

__all__ = ["COLUMNS", "MODEL", "banglish_probability", "columns"]

COLUMNS = 2**15
MODEL = Path(__file__).parent.parent / "data" / "banglish.npz"
_SIZES = (1, 2, 3, 4)
_MAX_CHARACTERS = 400


def banglish_probability(text: str) -> float:
    """The probability that the Latin letters of `text` are Bengali, 0 to 1; the prior where there are no letters."""
    weights, intercept = _model()
    found = columns(text)
    logit = intercept + (float(weights[found].sum()) / np.sqrt(len(found)) if len(found) else 0.0)
    return float(1 / (1 + np.exp(-logit)))


def columns(text: str) -> NDArray[np.int64]:
    """The columns of the distinct n-grams of `text`, and of its whole words. Digits and marks say nothing."""
    letters = "".join(character if "a" <= character <= "z" else " " for character in normalise(text[:_MAX_CHARACTERS]))
    grams = set()
    for word in letters.split():
        padded = f" {word} "
        grams.add(padded)
        grams.update(padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1))
    grams.discard(" ")
    return np.array(sorted({zlib.crc32(gram.encode()) % COLUMNS for gram in grams}), np.int64)


@lru_cache(maxsize=1)
def _model() -> tuple[NDArray[np.float32], float]:
    with np.load(MODEL, allow_pickle=False) as file:
        return file["weights"].astype(np.float32), float(file["intercept"])
