"""Learning the calibration: the weights under which the right articles of labelled queries are likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from knowledge_base.calibration import ARTICLE_FEATURES, LEAST, QUERY_FEATURES, READING, WAYS, Calibration
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.reranker import READ, Reranker
from knowledge_base.retriever import Retriever
from knowledge_base.weighed import Features

__all__ = ["Labelled", "fit", "labelled", "weighed"]

L2 = 1e-5  # a weight of 30 is usual: features are cosines, with a spread of a tenth
READ_ALSO = 1  # articles that are read beyond those that a search reads: other weights make others likeliest
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query's features, its way of writing, and the number of its right article (-1: there is none)."""

    features: Features
    way: str
    right: int
    scores: Floats | None = None  # (articles,): the reranker's, NaN where it read none


def labelled(folder: Path, model: Encoder, reranker: Reranker | None = None) -> list[Labelled]:
    """The queries of a folder that ask something, measured with an encoder and a reranker. Raises `BadImport`."""
    entries = read_entries(folder)
    numbers = {entry.key: number for number, entry in enumerate(entries)}
    retriever = Retriever.build(entries, model)
    queries = [query for query in read_queries(folder, entries) if query.kind in ("in_scope", "out_of_scope")]
    vectors = model.queries([query.text for query in queries])
    rows = []
    for query, vector in zip(queries, vectors, strict=True):
        found = retriever.weigh(query.text, vector)
        scores = np.full(len(entries), np.nan) if reranker else None
        if reranker and scores is not None:
            read, given = retriever.scores(found, reranker, READ + READ_ALSO)
            scores[read] = given
        way = "bn" if query.language == "mixed" else query.language
        rows.append(Labelled(found.features, way, numbers[query.article] if query.article else -1, scores))
    return rows


def weighed(row: Labelled, weights: Calibration) -> tuple[Floats, float]:
    """What the articles and none of them come to, the reading included where there was one."""
    features = row.features
    utilities, none = weights.utilities(features.way, features.articles, features.query)
    if row.scores is None:
        return utilities, none
    probabilities, in_scope = weights.probabilities(utilities, none)
    read = _read(row.scores, probabilities)
    return weights.reread(features.way, probabilities, in_scope, read, row.scores[read])


def fit(rows: Sequence[Labelled]) -> Calibration:
    """The maximum of the likelihood, a little regularised, for each way of writing: first of what the channels say,
    then of what the reading says on top of it."""
    by_way = [[row for row in rows if row.way == way] for way in WAYS]
    fitted = np.stack([_fit_channels(of_way) for of_way in by_way])
    articles, none = np.split(fitted, [len(ARTICLE_FEATURES)], axis=1)
    channels = replace(Calibration.blank(), articles=articles, none=none)
    if all(row.scores is None for row in rows):
        return channels
    return replace(channels, reading=np.stack([_fit_reading(of_way, channels) for of_way in by_way]))


def _fit_channels(rows: Sequence[Labelled]) -> Floats:
    """The weights of the articles' features, and then of the query's, which speak for none of them."""
    alternatives = _alternatives(rows, len(ARTICLE_FEATURES) + len(QUERY_FEATURES))
    for row, of_row in zip(rows, alternatives, strict=True):
        of_row[: len(row.features.articles)] = np.pad(row.features.articles, ((0, 0), (0, len(QUERY_FEATURES))))
        of_row[-1] = np.pad(row.features.query, (len(ARTICLE_FEATURES), 0))
    return _fitted(alternatives, rows)


def _fit_reading(rows: Sequence[Labelled], channels: Calibration) -> Floats:
    """The weights of `READING`."""
    alternatives = _alternatives(rows, len(READING))
    for row, of_row in zip(rows, alternatives, strict=True):
        if row.scores is None:
            raise ValueError("some rows were read by a reranker and others were not")
        found = row.features
        probabilities, in_scope = channels.probabilities(*channels.utilities(found.way, found.articles, found.query))
        of_row[: len(probabilities)] = 0
        of_row[: len(probabilities), 0] = np.log(np.maximum(probabilities, LEAST))
        read = _read(row.scores, probabilities)
        of_row[read, 1], of_row[read, 2] = row.scores[read], 1
        of_row[-1] = [np.log(max(1 - in_scope, LEAST)), 0, 0, row.scores[read].max(), 1]
    return _fitted(alternatives, rows)


def _read(scores: Floats, probabilities: Floats) -> NDArray[np.intp]:
    """The numbers of the likeliest articles, as far as they were read."""
    likeliest = np.argsort(-probabilities, kind="stable")[:READ]
    return likeliest[~np.isnan(scores[likeliest])]


def _alternatives(rows: Sequence[Labelled], width: int) -> Floats:
    """Room for the features of each article, and last of none of them; NaN where a row has fewer articles."""
    return np.full((len(rows), max(len(row.features.articles) for row in rows) + 1, width), np.nan)


def _fitted(alternatives: Floats, rows: Sequence[Labelled]) -> Floats:
    """The weights (width,) of a conditional logit, from features (rows, alternatives, width)."""
    absent = np.isnan(alternatives[:, :, 0])
    features = np.nan_to_num(alternatives)
    picked = (np.arange(len(rows)), np.array([row.right for row in rows]))  # -1, none of them, is the last

    def loss(weights: Floats) -> tuple[float, Floats]:
        utilities = np.where(absent, -np.inf, features @ weights)
        total = logsumexp(utilities, axis=1)
        slope = np.exp(utilities - total[:, None])
        slope[picked] -= 1
        gradient = np.einsum("na,naf->f", slope, features) / len(rows)
        return float((total - utilities[picked]).mean() + L2 * weights @ weights), gradient + 2 * L2 * weights

    start = np.zeros(features.shape[2])
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return found
