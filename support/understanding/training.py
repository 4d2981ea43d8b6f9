"""Fitting the linear models that are shipped. Imported by commands only: it brings scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from support.understanding import ngrams
from support.understanding.linear import Linear

__all__ = ["fit", "matrix", "mixed"]

Floats = NDArray[np.float32]


def matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    """A row a text, of unit length, as `Linear` weighs it."""
    found = [ngrams.columns(text) for text in texts]
    values = [np.full(len(columns), 1 / np.sqrt(max(1, len(columns)))) for columns in found]
    ends = np.r_[0, np.cumsum([len(columns) for columns in found])]
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(found), ends), (len(texts), ngrams.COLUMNS))


def fit(
    rows: sparse.csr_matrix,
    labels: Sequence[str],
    c: float = 10.0,
    weights_of: dict[str, float] | None = None,
    counting: Sequence[float] | None = None,
) -> Linear:
    """The model of `labels` given n-gram rows. `weights_of` some classes may be other than 1, and so may be what each
    row counts for."""
    model = LogisticRegression(C=c, max_iter=400, class_weight=weights_of)
    model.fit(rows, labels, sample_weight=counting)
    weights, intercept = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes; ours are softmax rows
        weights, intercept = np.vstack([-weights / 2, weights / 2]), np.r_[-intercept / 2, intercept / 2]
    return Linear(
        tuple(str(name) for name in model.classes_),
        weights.T.astype(np.float32),
        np.zeros((0, len(weights)), np.float32),
        intercept.astype(np.float32),
    )


def mixed(words: Linear, weights: Floats, bias: Floats, share: float) -> Linear:
    """A model whose log odds are those of one on n-grams and, for the `share`, of weights on a vector (dimension,
    classes) with their bias (classes,)."""
    rest = np.float32(1 - share)
    return Linear(
        words.classes,
        words.of_ngrams * rest,
        weights * np.float32(share),
        words.intercept * rest + bias * np.float32(share),
    )
