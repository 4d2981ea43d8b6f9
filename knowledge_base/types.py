"""The values that travel through the knowledge base. Plain data; nothing here knows Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidate", "Entry", "PassageKind", "PassageText", "Ranking", "Text", "Vectors"]

Vectors = NDArray[np.float32]  # shape (n, dimension), rows of unit length
PassageKind = Literal["question", "phrasing", "answer"]


@dataclass(frozen=True, slots=True)
class Text:
    """An article in one language. The answer may be empty: then the article can be found, not said."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A published article, as the index has it. `texts` is by `en` and `bn`; `phrasings` also by `bn-Latn`."""

    key: str
    texts: Mapping[str, Text]
    phrasings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    category: str = ""
    needs_human: bool = False


@dataclass(frozen=True, slots=True)
class PassageText:
    """One searchable text of an article."""

    article: str
    language: str
    kind: PassageKind
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article that a search found. `confidence`: the calibrated probability that it answers the query."""

    article: str
    confidence: float
    score: float  # fused; what candidates are ordered by
    dense: float  # of its best passages, centred cosine
    lexical: float  # of its best passages, cosine of character n-grams
    passage: PassageText  # the best one


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a search found, best first, and the probability that any article answers the query at all."""

    candidates: tuple[Candidate, ...]
    in_scope: float
