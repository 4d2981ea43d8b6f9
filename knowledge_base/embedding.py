"""Vectors of the passages of a knowledge base: each text embedded once, however often it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from knowledge_base.encoder import Encoder
from knowledge_base.passages import fingerprint
from knowledge_base.types import PassageText, Vectors

__all__ = ["Progress", "centred_by_language", "embed"]

T = TypeVar("T")
Progress = Callable[[list[T]], Iterable[T]]
BATCH = 32  # texts embedded between two steps of a progress bar


def embed(
    texts: Sequence[str], encoder: Encoder, known: Mapping[str, Vectors], progress: Progress[list[str]] = iter
) -> Vectors:
    """A row for each text. Equal texts, and those whose fingerprint is `known`, are not embedded again."""
    prints = [fingerprint(encoder.name, text) for text in texts]
    found = dict(known)
    new = {print_: text for print_, text in zip(prints, texts, strict=True) if print_ not in found}
    batches = [list(new.values())[start : start + BATCH] for start in range(0, len(new), BATCH)]
    rows = [row for batch in progress(batches) for row in encoder.passages(batch)]
    found.update(zip(new, rows, strict=True))
    return np.stack([np.asarray(found[print_], np.float32) for print_ in prints])


def centred_by_language(vectors: Vectors, passages: Sequence[PassageText]) -> Vectors:
    """`vectors` without the mean of their language, of unit length again: multilingual encoders put a language in a
    corner of its own, and what all texts share says nothing."""
    centred = vectors.copy()
    languages = np.array([passage.language for passage in passages])
    for language in set(languages):
        centred[languages == language] -= vectors[languages == language].mean(axis=0)
    norms: Vectors = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    centred /= norms
    return centred
