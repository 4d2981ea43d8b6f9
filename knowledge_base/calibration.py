"""Scores to probabilities: a conditional logit over the articles and "none of them".

Each article has a utility, a weighted sum of its features; so has "none", from features of the query. The probability of
each is the softmax over all (McFadden 1974). One model thus fuses the channels, orders the articles and is calibrated. Its
weights are learned over many businesses (`manage.py fit_calibration`), so that a new knowledge base of ten articles
already behaves; they differ by the script of the query.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["ARTICLE_FEATURES", "QUERY_FEATURES", "SHIPPED", "Calibration", "shipped"]

ARTICLE_FEATURES = (
    "dense best",
    "dense mean of four",
    "spelling best",
    "spelling mean of four",
    "sound best",
    "sound mean of four",
)
QUERY_FEATURES = ("one", "dense typical", "dense spread", "log characters")
SHIPPED = Path(__file__).parent / "data" / "calibration.json"
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the articles' features and of the query's, for each script: rows are Latin, Bengali."""

    articles: Floats  # (2, len(ARTICLE_FEATURES))
    none: Floats  # (2, len(QUERY_FEATURES))

    def utilities(self, bengali: bool, articles: Floats, query: Floats) -> tuple[Floats, float]:
        """Of each article, from features (n, len(ARTICLE_FEATURES)), and of none of them."""
        row = int(bengali)
        return articles @ self.articles[row], float(query @ self.none[row])

    def probabilities(self, utilities: Floats, none: float) -> tuple[Floats, float]:
        """Of each article being right, and of any being right."""
        top = max(float(utilities.max(initial=none)), none)
        weights, nothing = np.exp(utilities - top), float(np.exp(none - top))
        total = float(weights.sum()) + nothing
        return weights / total, 1 - nothing / total

    def save(self, path: Path, note: str) -> None:
        content = {
            "note": note,
            "article_features": ARTICLE_FEATURES,
            "query_features": QUERY_FEATURES,
            "articles": {script: self.articles[row].round(4).tolist() for row, script in enumerate(("latin", "bengali"))},
            "none": {script: self.none[row].round(4).tolist() for row, script in enumerate(("latin", "bengali"))},
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, path: Path) -> Calibration:
        content = json.loads(path.read_text())
        rows = [[content[part][script] for script in ("latin", "bengali")] for part in ("articles", "none")]
        return cls(np.array(rows[0]), np.array(rows[1]))


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    return Calibration.load(SHIPPED)
