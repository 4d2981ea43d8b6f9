"""A linear classifier over n-grams and, if it was trained with one, a vector. Shipped as numbers, never pickled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from support.understanding import ngrams

__all__ = ["Linear"]

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Linear:
    """Multinomial logistic regression. `of_vector` has no rows where the model reads n-grams alone."""

    classes: tuple[str, ...]
    of_ngrams: Floats  # (ngrams.COLUMNS, classes)
    of_vector: Floats  # (dimension, classes)
    intercept: Floats  # (classes,)

    def probabilities(self, text: str, vector: Floats | None = None) -> dict[str, float]:
        """Of each class; they add up to 1. `vector` (dimension,) is left out by a model without `of_vector`."""
        found = ngrams.columns(text)
        logits = self.intercept.astype(np.float64)
        if len(found):
            logits = logits + self.of_ngrams[found].sum(axis=0) / np.sqrt(len(found))
        if len(self.of_vector) and vector is not None:
            logits = logits + vector @ self.of_vector
        weights = np.exp(logits - logits.max())
        return dict(zip(self.classes, (weights / weights.sum()).tolist(), strict=True))

    def save(self, path: Path, encoder: str = "") -> None:
        """Only the n-grams that weigh something are written, in half precision."""
        used = np.flatnonzero(np.abs(self.of_ngrams).max(axis=1) > 0.005)
        np.savez_compressed(
            path,
            classes=np.array(self.classes),
            columns=used.astype(np.uint32),
            of_ngrams=self.of_ngrams[used].astype(np.float16),
            of_vector=self.of_vector.astype(np.float16),
            intercept=self.intercept,
            encoder=np.array(encoder),
        )

    @classmethod
    def load(cls, path: Path) -> Linear:
        with np.load(path, allow_pickle=False) as file:
            classes = tuple(str(name) for name in file["classes"])
            of_ngrams = np.zeros((ngrams.COLUMNS, len(classes)), np.float32)
            of_ngrams[file["columns"]] = file["of_ngrams"]
            return cls(classes, of_ngrams, file["of_vector"].astype(np.float32), file["intercept"].astype(np.float32))
