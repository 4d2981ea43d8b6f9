"""Vectors in a file, by the fingerprints of their texts, in half precision: what was read once is not read again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from knowledge_base.types import Vectors

__all__ = ["load", "save"]


def load(path: Path) -> dict[str, Vectors]:
    """In single precision, as they are used."""
    with np.load(path, allow_pickle=False) as file:
        return dict(zip(file["fingerprints"].tolist(), file["vectors"].astype(np.float32), strict=True))


def save(path: Path, vectors: Mapping[str, Vectors]) -> None:
    """The whole file, or none of it: whoever is ended meanwhile leaves the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished.npz")
    rows = np.stack(list(vectors.values())).astype(np.float16)
    np.savez_compressed(unfinished, fingerprints=np.array(list(vectors)), vectors=rows)
    unfinished.replace(path)
