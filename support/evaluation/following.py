"""Fitting what tells a follow-up and how it then reads: the n-gram model, and the weights of the two readings.

Businesses are held out together: the n-gram odds of a turn come from a model that has not seen its business, as those
of a model that has would be too good to weigh.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression

from knowledge_base.corpus import Query
from support.dialogue import context
from support.dialogue.context import Weights
from support.evaluation.turns import LANGUAGES, SEED, Turn
from support.understanding.followup import FOLLOWS, STANDS
from support.understanding.linear import Linear
from support.understanding.training import fit, matrix

__all__ = ["CAUTION", "FOLDS", "LIMIT", "Ngrams", "fit_weights", "held_out", "top_one", "top_one_alone"]

FOLDS, INNER = 8, 4
NGRAMS_C = 3.0
LIMIT = 0.01  # the share of a language's questions that an unrelated message may cost, on what is learned from
CAUTION = 2.5  # log odds: a business that is new is harmed more; hardly a follow-up of one is lost by it
L2S, CS = (1e-4, 1e-3, 1e-2, 1e-1), (0.01, 0.1, 1.0, 10.0)
SHIFTS = np.arange(0.0, -6.0, -0.1)  # of the intercept, from the one of even odds downwards
START = np.array([0.25, 1.0, -0.5, 0.5])
Floats = NDArray[np.float64]


def held_out(sources: Sequence[str]) -> list[set[str]]:
    """The businesses in folds, the same ones every time."""
    shuffled = sorted(set(sources))
    np.random.default_rng(SEED).shuffle(shuffled)
    return [set(shuffled[number::FOLDS]) for number in range(min(FOLDS, len(shuffled)))]


class Ngrams:
    """What the model of being a follow-up learns from: both kinds of queries of some businesses, counted once."""

    def __init__(self, queries: Mapping[str, Sequence[Query]]) -> None:
        rows = [(name, query) for name, of_one in queries.items() for query in of_one]
        self._sources = np.array([name for name, _ in rows])
        self._labels = np.array([FOLLOWS if query.kind == "follow_up" else STANDS for _, query in rows])
        self._matrix = matrix([query.text for _, query in rows])

    def fit(self, without: Collection[str] = ()) -> Linear:
        """The model, each kind weighing the same, over all businesses but those."""
        known = np.flatnonzero(~np.isin(self._sources, list(without)))
        labels = self._labels[known].tolist()
        balanced = {label: len(labels) / (2 * labels.count(label)) for label in (FOLLOWS, STANDS)}
        return fit(self._matrix[known], labels, c=NGRAMS_C, weights_of=balanced)


def fit_weights(turns: Sequence[Turn], leanings: Sequence[float]) -> Weights:
    """The reading's weights, then the gate's, then the highest intercept at which no language's questions lose more
    than `LIMIT`, less `CAUTION`. `leanings` are the n-gram odds of `turns`."""
    open_ = [(turn, turn.measured, leaning) for turn, leaning in zip(turns, leanings, strict=True) if turn.measured]
    reading = _fit_reading([turn for turn, _, _ in open_ if turn.follows])
    rows = np.stack([measured.features(leaning, measured.after(reading)) for _, measured, leaning in open_])
    gate = _fit_gate(rows, [turn for turn, _, _ in open_])
    balanced = Weights(reading, gate.coef_[0], float(gate.intercept_[0]))
    odds = {id(turn): float(row @ balanced.follows) for (turn, _, _), row in zip(open_, rows, strict=True)}
    return replace(balanced, intercept=balanced.intercept + _shift(turns, odds, balanced) - CAUTION)


def top_one(turn: Turn, leaning: float, weights: Weights) -> bool:
    """Whether the right article comes first when the message is read with the one before."""
    if turn.measured is None:
        return top_one_alone(turn)
    found = context.mixed(turn.retriever, turn.measured, leaning, weights)
    return bool(found.probabilities.argmax() == turn.right)


def top_one_alone(turn: Turn) -> bool:
    """The same when it is read by itself."""
    return bool(turn.retriever.reread(turn.alone).probabilities.argmax() == turn.right)


def _shift(turns: Sequence[Turn], odds: Mapping[int, float], balanced: Weights) -> float:
    """The first of `SHIFTS` that costs no language's questions too much; the last, if all do."""
    lost = np.zeros((len(LANGUAGES), len(SHIFTS)))
    asked = np.zeros((len(LANGUAGES), 1))
    for turn in turns:
        if turn.follows or turn.language not in LANGUAGES:
            continue
        at = LANGUAGES.index(turn.language)
        asked[at] += 1
        if turn.measured:
            here = turn.retriever.reread(turn.alone).probabilities
            there = context.read_after(turn.retriever, turn.measured.after(balanced.reading)).probabilities
            share = 1 / (1 + np.exp(-odds[id(turn)] - balanced.intercept - SHIFTS))
            mixed = np.outer(1 - share, here) + np.outer(share, there)
            lost[at] += float(here.argmax() == turn.right) - (mixed.argmax(axis=1) == turn.right)
    within = (lost <= LIMIT * asked).all(axis=0)
    return float(SHIFTS[within.argmax() if within.any() else -1])


def _fit_gate(rows: Floats, turns: Sequence[Turn]) -> LogisticRegression:
    """Of the strengths in `CS`, the one whose held-out likelihood is the highest."""
    follows = np.array([turn.follows for turn in turns])

    def fitted(c: float, at: Sequence[int]) -> LogisticRegression:
        return LogisticRegression(C=c, class_weight="balanced", max_iter=2000).fit(rows[at], follows[at])

    def loss(c: float) -> float:
        return sum(_log_loss(fitted(c, known), rows[left], follows[left]) for known, left in _inner(turns))

    return fitted(min(CS, key=loss), range(len(turns)))


def _log_loss(gate: LogisticRegression, rows: Floats, follows: NDArray[np.bool_]) -> float:
    """Each of the two classes weighing the same."""
    lost = np.logaddexp(0, np.where(follows, -1, 1) * gate.decision_function(rows))
    return float(sum(lost[follows == kind].mean() for kind in (False, True) if (follows == kind).any()))


def _fit_reading(turns: Sequence[Turn]) -> Floats:
    """The likelihood's maximum over follow-ups, penalised as much as serves the businesses held out."""
    columns, picked = _stacked(turns)
    folds = [(np.array(known), np.array(left)) for known, left in _inner(turns)]

    def held_out_loss(l2: float) -> float:
        return sum(
            _reading_loss(_fit_at(l2, columns[known], picked[known]), columns[left], picked[left])[0]
            for known, left in folds
        )

    return _fit_at(min(L2S, key=held_out_loss), columns, picked)


def _stacked(turns: Sequence[Turn]) -> tuple[Floats, NDArray[np.intp]]:
    """The columns of all turns (turns, most articles, 4), NaN where one has fewer articles, and the right articles."""
    found = [turn.measured.columns for turn in turns if turn.measured]
    columns = np.full((len(found), max(map(len, found)), found[0].shape[1]), np.nan)
    for at, of_one in enumerate(found):
        columns[at, : len(of_one)] = of_one
    return columns, np.array([turn.right for turn in turns if turn.measured])


def _fit_at(l2: float, columns: Floats, right: NDArray[np.intp]) -> Floats:
    def loss(weights: Floats) -> tuple[float, Floats]:
        value, slope = _reading_loss(weights, columns, right)
        return value / len(right) + l2 * float(weights @ weights), slope / len(right) + 2 * l2 * weights

    found: Floats = minimize(loss, START, jac=True, method="L-BFGS-B").x
    return found


def _reading_loss(weights: Floats, columns: Floats, right: NDArray[np.intp]) -> tuple[float, Floats]:
    """The negative log likelihood of the right articles, and its slope."""
    there = ~np.isnan(columns[:, :, 0])
    filled = np.where(there[:, :, None], columns, 0)
    utilities = np.where(there, filled @ weights, -np.inf)
    total = logsumexp(utilities, axis=1)
    slope = np.exp(utilities - total[:, None])
    rows = np.arange(len(right))
    slope[rows, right] -= 1
    return float((total - utilities[rows, right]).sum()), np.einsum("na,naf->f", slope, filled)


def _inner(turns: Sequence[Turn]) -> Iterator[tuple[list[int], list[int]]]:
    """The numbers of the turns of known businesses and of those left out, `INNER` times at most; never, for one."""
    sources = sorted({turn.source for turn in turns})
    for fold in range(min(INNER, len(sources)) if len(sources) > 1 else 0):
        left = set(sources[fold::INNER])
        yield (
            [at for at, turn in enumerate(turns) if turn.source not in left],
            [at for at, turn in enumerate(turns) if turn.source in left],
        )
