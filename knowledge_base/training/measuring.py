"""How well articles are found, on businesses that the measured model has not seen: the figures of the model card.

Features of every query are measured once for each encoder, by a fold's model that has not seen the business; a variant
is then a choice of columns, whose weights are fitted on other businesses. Neither knows the business it is tested on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from knowledge_base.calibration import ARTICLE_FEATURES, WAYS, Calibration
from knowledge_base.fitting import Labelled, fit, weighed

__all__ = ["Figures", "columns", "cross_fitted", "figures_of"]

GROUPS = 4  # of businesses: the weights that judge one are fitted on the others
RESAMPLES, SEED = 2000, 7


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one way of writing: shares from 0 to 1."""

    n: int
    top1: float
    top3: float
    interval: tuple[float, float]  # of top1: the middle 95 % over bootstrap resamples of the queries
    auroc: float  # of P(in scope), in scope against near-domain out of scope
    plain_auroc: float  # of the first channel's best score, uncalibrated


def columns(*prefixes: str) -> list[int]:
    """The article features whose names begin so."""
    return [number for number, name in enumerate(ARTICLE_FEATURES) if name.startswith(prefixes)]


def cross_fitted(
    rows: Mapping[str, Sequence[Labelled]], keep: Sequence[int] | None = None, read: bool = False
) -> dict[str, list[tuple[Labelled, Calibration]]]:
    """Each business's rows with weights fitted on other businesses, over the columns in `keep` (None: all of them), and
    over what the reranker read, or not."""
    kept = {name: [_only(row, keep, read) for row in of_business] for name, of_business in sorted(rows.items())}
    judged: dict[str, list[tuple[Labelled, Calibration]]] = {}
    for group in range(GROUPS):
        tested = list(kept)[group::GROUPS]
        weights = fit([row for name, of_business in kept.items() if name not in tested for row in of_business])
        judged |= {name: [(row, weights) for row in kept[name]] for name in tested}
    return judged


def figures_of(rows: Iterable[tuple[Labelled, Calibration]]) -> dict[str, Figures]:
    """By way of writing."""
    rows = list(rows)
    return {way: _of_way([pair for pair in rows if pair[0].way == way]) for way in WAYS}


def _of_way(pairs: Sequence[tuple[Labelled, Calibration]]) -> Figures:
    ranks, in_scope, plain, truth = [], [], [], []
    for row, weights in pairs:
        features = row.features
        utilities, none = weighed(row, weights)
        in_scope.append(weights.probabilities(utilities, none)[1])
        plain.append(float(features.articles[:, :2].max()))
        truth.append(row.right >= 0)
        if row.right >= 0:
            ranks.append(int((utilities > utilities[row.right]).sum()))
    found = np.array(ranks)
    both = 0 < sum(truth) < len(truth)
    return Figures(
        len(found),
        float((found == 0).mean()),
        float((found < 3).mean()),
        _interval(found == 0),
        float(roc_auc_score(truth, in_scope)) if both else float("nan"),
        float(roc_auc_score(truth, plain)) if both else float("nan"),
    )


def _interval(hits: NDArray[np.bool_]) -> tuple[float, float]:
    draws = np.random.default_rng(SEED).choice(hits.astype(float), (RESAMPLES, len(hits))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def _only(row: Labelled, keep: Sequence[int] | None, read: bool) -> Labelled:
    """The row with the other columns silent: their weights then stay zero."""
    row = row if read else replace(row, scores=None)
    if keep is None:
        return row
    articles = np.zeros_like(row.features.articles)
    articles[:, list(keep)] = row.features.articles[:, list(keep)]
    return replace(row, features=replace(row.features, articles=articles))
