"""What is known of every article for one query: what a search is made of, before anything is cut off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "Features", "Weighed", "joined"]

LONGEST = 14  # words; a longer message is taken to stand by itself
KEPT = 15  # words of an earlier message that the reranker reads: the last ones, as it reads no more than so many pieces


@dataclass(frozen=True, slots=True)
class Features:
    """What the channels say of every article, for one query."""

    articles: NDArray[np.float64]  # (articles, len(ARTICLE_FEATURES))
    query: NDArray[np.float64]  # (len(QUERY_FEATURES),)
    way: NDArray[np.float64]  # (len(WAYS),): how likely the query is in each way of writing
    best: NDArray[np.intp]  # each article's best passage
    nearest: NDArray[np.intp]  # each article's best question or phrasing
    spelt: str  # the query in the letters of its language
    read_as: str  # the query for the reranker: Banglish in both letters

    def read_after(self, earlier: Features) -> str:
        """The query as the reranker reads it together with an `earlier` one."""
        return joined(" ".join(earlier.spelt.split()[-KEPT:]), self.spelt)


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


def joined(earlier: str, text: str) -> str:
    """Both messages as one text, the earlier one closed as a question."""
    return f"{earlier.rstrip('?।. ')}? {text}"
