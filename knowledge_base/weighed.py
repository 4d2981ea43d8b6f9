"""What is known of every article for one query: what a search is made of, before anything is cut off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["Features", "Weighed"]


@dataclass(frozen=True, slots=True)
class Features:
    """What the channels say of every article, for one query."""

    articles: NDArray[np.float64]  # (articles, len(ARTICLE_FEATURES))
    query: NDArray[np.float64]  # (len(QUERY_FEATURES),)
    way: NDArray[np.float64]  # (len(WAYS),): how likely the query is in each way of writing
    best: NDArray[np.intp]  # each article's best passage
    nearest: NDArray[np.intp]  # each article's best question or phrasing
    read_as: str  # the query, for the reranker


@dataclass(frozen=True, slots=True)
class Weighed:
    """How likely each article answers a query, and that none does, before anything is cut off."""

    features: Features
    utilities: NDArray[np.float64]  # (articles,)
    none: float  # the utility of no article
    probabilities: NDArray[np.float64]  # (articles,), calibrated
    in_scope: float  # the probability that any article is right

    def order(self) -> NDArray[np.intp]:
        """The numbers of the articles, likeliest first."""
        return np.argsort(-self.probabilities, kind="stable")

    def mixed(self, other: Weighed, share: float) -> Weighed:
        """The same query read in this way or, with the probability `share`, in another."""
        return replace(
            self,
            features=other.features if share > 0.5 else self.features,
            probabilities=self.probabilities * (1 - share) + other.probabilities * share,
            in_scope=self.in_scope * (1 - share) + other.in_scope * share,
        )
