"""Scores to probabilities: a conditional logit over the articles and "none of them".

Each article has a utility, a weighted sum of its features; so has "none", from features of the query. The probability
of each is the softmax over all (McFadden 1974). One model thus fuses the channels, orders the articles and is
calibrated. What a reranker then says of the likeliest ones is weighed in the same way, on top of it. The weights are
learned over many businesses (`manage.py fit_calibration`), so that a new knowledge base of ten articles already
behaves; they differ by the query's way of writing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ARTICLE_FEATURES", "LEAST", "QUERY_FEATURES", "READING", "SHIPPED", "WAYS", "Calibration", "shipped"]

CHANNELS = ("dense", "spelling", "sound")
POOLS = ("best question", "best answer", "mean of four")
ARTICLE_FEATURES = tuple(f"{channel} {pool}" for channel in CHANNELS for pool in POOLS)
WAYS = ("en", "bn", "bn-Latn")
QUERY_FEATURES = ("one", "dense typical", "dense spread", "log characters")
# What is weighed after a reading: the log probability of before, an article's score, that it was read; and for none of
# them, the best score, and one.
READING = ("before", "score", "read", "best score", "one")
PARTS = ("articles", "none", "reading")
LEAST = 1e-6  # a probability that is no less
SHIPPED = Path(__file__).parent / "data" / "calibration.json"
Floats = NDArray[np.float64]

# A question asked in an editor's own words, or as they sound, is that question. Nothing teaches the weights that, as
# nobody in the corpus asks so. So it is given: four units of utility turn even odds into 98 %.
VERBATIM, VERBATIM_FROM = 4.0, 0.85
_QUESTIONS = [ARTICLE_FEATURES.index(f"{channel} best question") for channel in ("spelling", "sound")]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the articles' features and of the query's, a row for each of `WAYS`."""

    articles: Floats  # (3, len(ARTICLE_FEATURES))
    none: Floats  # (3, len(QUERY_FEATURES))
    reading: Floats  # (3, len(READING))

    def utilities(self, way: Floats, articles: Floats, query: Floats) -> tuple[Floats, float]:
        """Of each article, from features (n, len(ARTICLE_FEATURES)), and of none of them. `way` (3,) is how likely the
        query is in each way of writing."""
        of_articles = articles @ (way @ self.articles) + VERBATIM * _verbatim(articles)
        return of_articles, float(query @ (way @ self.none))

    def reread(
        self, way: Floats, probabilities: Floats, in_scope: float, read: NDArray[np.intp], scores: Floats
    ) -> tuple[Floats, float]:
        """Utilities, as above, after a reranker gave the articles numbered `read` those scores."""
        before, score, was_read, best, nothing = way @ self.reading
        utilities = before * np.log(np.maximum(probabilities, LEAST))
        utilities[read] += score * scores + was_read
        return utilities, float(before * np.log(max(1 - in_scope, LEAST)) + best * scores.max() + nothing)

    @staticmethod
    def probabilities(utilities: Floats, none: float) -> tuple[Floats, float]:
        """Of each article being right, and of any being right."""
        top = max(float(utilities.max(initial=none)), none)
        weights, nothing = np.exp(utilities - top), float(np.exp(none - top))
        total = float(weights.sum()) + nothing
        return weights / total, 1 - nothing / total

    def save(self, path: Path, note: str) -> None:
        content: dict[str, Any] = {"note": note, "article_features": ARTICLE_FEATURES, "query_features": QUERY_FEATURES}
        content |= {"reading_features": READING}
        for part in PARTS:
            rows = zip(WAYS, getattr(self, part), strict=True)
            content[part] = {way: row.round(4).tolist() for way, row in rows}
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def blank(cls) -> Calibration:
        """All weights zero: for measuring features before there are any."""
        return cls(*(np.zeros((len(WAYS), len(names))) for names in (ARTICLE_FEATURES, QUERY_FEATURES, READING)))

    @classmethod
    def load(cls, path: Path) -> Calibration:
        content = json.loads(path.read_text())
        return cls(*(np.array([content[part][way] for way in WAYS]) for part in PARTS))


def _verbatim(articles: Floats) -> Floats:
    """How far each article's best question is the query itself: 0 up to a likeness, 1 where nothing differs."""
    likeness: Floats = articles[:, _QUESTIONS].max(axis=1)
    return np.clip((likeness - VERBATIM_FROM) / (1 - VERBATIM_FROM), 0, 1)


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    return Calibration.load(SHIPPED)
