"""From scores of passages to scores of the articles that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge_base.types import PassageText

__all__ = ["Pooling"]

Floats = NDArray[np.float32]
NOTHING = -1.0  # the least that a cosine can be
BEST = 4  # passages whose mean scores an article, beside its best one


class Pooling:
    """Of the passages of articles, which are numbered in the order of `keys`."""

    def __init__(self, keys: Sequence[str], passages: Sequence[PassageText]) -> None:
        numbers = {key: number for number, key in enumerate(keys)}
        self._articles = len(keys)
        self._article_of = np.array([numbers[passage.article] for passage in passages], np.intp)
        self._is_answer = np.array([passage.kind == "answer" for passage in passages], bool)

    def scores(self, scores: Floats) -> tuple[Floats, Floats, Floats]:
        """Each article's best question or phrasing, its best piece of answer, and the mean of its best few passages,
        from a score for each passage."""
        order = np.lexsort((-scores, self._article_of))
        articles = self._article_of[order]
        starts = np.flatnonzero(np.r_[True, articles[1:] != articles[:-1]])
        rank = np.arange(len(articles)) - np.repeat(starts, np.diff(np.r_[starts, len(articles)]))
        among_best = order[rank < BEST]
        counts = np.bincount(self._article_of[among_best], minlength=self._articles)
        mean = np.bincount(self._article_of[among_best], scores[among_best], self._articles) / np.maximum(counts, 1)
        questions, answers = (self._best(scores, kind) for kind in (~self._is_answer, self._is_answer))
        # An article that has only one of the two is not worse for it.
        questions = np.where(np.isneginf(questions), answers, questions)
        questions = np.maximum(questions, NOTHING)  # an article without any text
        return questions, np.where(np.isneginf(answers), questions, answers), mean.astype(np.float32)

    def best_passages(self, scores: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The number of each article's best passage, and that of its best question or phrasing, if it has any."""
        order = np.lexsort((scores, self._article_of))
        best = np.zeros(self._articles, np.intp)
        best[self._article_of[order]] = order  # the last of each article wins, and that is its best
        nearest, asked = best.copy(), order[~self._is_answer[order]]
        nearest[self._article_of[asked]] = asked
        return best, nearest

    def _best(self, scores: Floats, among: NDArray[np.bool_]) -> Floats:
        best = np.full(self._articles, -np.inf, np.float32)
        np.maximum.at(best, self._article_of[among], scores[among])
        return best
