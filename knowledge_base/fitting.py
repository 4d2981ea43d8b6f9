"""Learning the calibration: the weights under which the right articles of labelled queries are likeliest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from knowledge_base.calibration import ARTICLE_FEATURES, QUERY_FEATURES, WAYS, Calibration
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.retriever import Features, Retriever

__all__ = ["Labelled", "fit", "labelled"]

L2 = 1e-5  # a weight of 30 is usual: features are cosines, with a spread of a tenth


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query's features, its way of writing, and the number of its right article (-1: there is none)."""

    features: Features
    way: str
    right: int


def labelled(folder: Path, model: Encoder) -> list[Labelled]:
    """The queries of a folder that ask something, measured with an encoder. Raises `BadImport`."""
    entries = read_entries(folder)
    numbers = {entry.key: number for number, entry in enumerate(entries)}
    retriever = Retriever.build(entries, model, weights=Calibration.blank())
    queries = [query for query in read_queries(folder, entries) if query.kind in ("in_scope", "out_of_scope")]
    vectors = model.queries([query.text for query in queries])
    return [
        Labelled(
            retriever.features(query.text, vector),
            "bn" if query.language == "mixed" else query.language,
            numbers[query.article] if query.article else -1,
        )
        for query, vector in zip(queries, vectors, strict=True)
    ]


def fit(rows: Sequence[Labelled]) -> Calibration:
    """The maximum of the likelihood, a little regularised, for each way of writing."""
    fitted = [_fit_way([row for row in rows if row.way == way]) for way in WAYS]
    return Calibration(np.stack([articles for articles, _ in fitted]), np.stack([none for _, none in fitted]))


def _fit_way(rows: Sequence[Labelled]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    most = max(len(row.features.articles) for row in rows)
    articles = np.zeros((len(rows), most, len(ARTICLE_FEATURES)))
    absent = np.ones((len(rows), most), bool)
    for number, row in enumerate(rows):
        articles[number, : len(row.features.articles)] = row.features.articles
        absent[number, : len(row.features.articles)] = False
    queries = np.stack([row.features.query for row in rows])
    right = np.array([row.right if row.right >= 0 else most for row in rows])
    picked = (np.arange(len(rows)), right)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        of_articles, of_none = weights[: len(ARTICLE_FEATURES)], weights[len(ARTICLE_FEATURES) :]
        utilities = np.where(absent, -np.inf, articles @ of_articles)
        utilities = np.concatenate([utilities, (queries @ of_none)[:, None]], axis=1)
        total = logsumexp(utilities, axis=1)
        slope = np.exp(utilities - total[:, None])
        slope[picked] -= 1
        gradient = np.concatenate([np.einsum("na,naf->f", slope[:, :-1], articles), slope[:, -1] @ queries])
        value = float((total - utilities[picked]).mean() + L2 * weights @ weights)
        return value, gradient / len(rows) + 2 * L2 * weights

    start = np.zeros(len(ARTICLE_FEATURES) + len(QUERY_FEATURES))
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return weights[: len(ARTICLE_FEATURES)], weights[len(ARTICLE_FEATURES) :]
