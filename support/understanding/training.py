"""Fitting the linear models that are shipped. Imported by commands only: it brings scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from support.understanding import ngrams
from support.understanding.linear import Linear

__all__ = ["fit", "matrix"]

Floats = NDArray[np.float32]
VECTOR_SCALE = 2.5  # an encoder's vectors, less their mean, have a length of 0.4; rows of n-grams have one of 1


def matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    """A row a text, of unit length, as `Linear` weighs it."""
    found = [ngrams.columns(text) for text in texts]
    values = [np.full(len(columns), 1 / np.sqrt(max(1, len(columns)))) for columns in found]
    ends = np.r_[0, np.cumsum([len(columns) for columns in found])]
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(found), ends), (len(texts), ngrams.COLUMNS))


def fit(
    rows: sparse.csr_matrix,
    labels: Sequence[str],
    vectors: Floats | None = None,
    c: float = 10.0,
    weights_of: dict[str, float] | None = None,
    counting: Sequence[float] | None = None,
) -> Linear:
    """The model of `labels` given n-gram rows and, if any, vectors (n, dimension). `weights_of` some classes may be
    other than 1, and so may be what each row counts for."""
    mean = np.zeros(0) if vectors is None else vectors.mean(axis=0)
    table = (
        rows if vectors is None else sparse.hstack([rows, sparse.csr_matrix((vectors - mean) * VECTOR_SCALE)], "csr")
    )
    model = LogisticRegression(C=c, max_iter=400, class_weight=weights_of)
    model.fit(table, labels, sample_weight=counting)
    weights, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes; ours are softmax rows
        weights, intercept = np.vstack([-weights / 2, weights / 2]), np.r_[-intercept / 2, intercept / 2]
    of_vector = weights[:, ngrams.COLUMNS :].T * VECTOR_SCALE
    return Linear(
        tuple(str(name) for name in model.classes_),
        weights[:, : ngrams.COLUMNS].T.astype(np.float32),
        of_vector.astype(np.float32),
        (intercept - mean @ of_vector if len(of_vector) else intercept).astype(np.float32),
    )
