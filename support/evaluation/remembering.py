"""An encoder that keeps what it has read in a file, and a reranker that does in memory: a fit asks the same again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base import remembered
from knowledge_base.encoder import Encoder
from knowledge_base.passages import fingerprint
from knowledge_base.reranker import Reranker
from knowledge_base.types import Vectors

__all__ = ["ReadBefore", "Remembering"]

BATCH = 64  # texts read between two savings: a run that is ended loses no more


class Remembering:
    """`encoder`, and the vectors that a file holds by fingerprint, in half precision. Not thread-safe."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self.name, self.dimension = encoder.name, encoder.dimension
        self._encoder, self._path = encoder, path
        self._known = remembered.load(path) if path.exists() else {}

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._vectors([fingerprint(f"{self.name}, query", text) for text in texts], texts, self._encoder.queries)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._vectors([fingerprint(self.name, text) for text in texts], texts, self._encoder.passages)

    def _vectors(
        self, prints: Sequence[str], texts: Sequence[str], read: Callable[[Sequence[str]], Vectors]
    ) -> Vectors:
        new = {print_: text for print_, text in zip(prints, texts, strict=True) if print_ not in self._known}
        for start in range(0, len(new), BATCH):
            batch = list(new)[start : start + BATCH]
            # Rounded as the file rounds them, so that the second run of a fit finds what the first one did.
            found = read([new[print_] for print_ in batch]).astype(np.float16).astype(np.float32)
            self._known.update(zip(batch, found, strict=True))
            remembered.save(self._path, self._known)
        return np.stack([self._known[print_] for print_ in prints])


class ReadBefore:
    """A reranker that reads no pair twice."""

    def __init__(self, inner: Reranker) -> None:
        self._inner = inner
        self._known: dict[tuple[str, str], float] = {}

    def scores(self, query: str, articles: Sequence[str]) -> NDArray[np.float64]:
        new = [article for article in articles if (query, article) not in self._known]
        if new:
            found = self._inner.scores(query, new)
            self._known.update({(query, article): float(score) for article, score in zip(new, found, strict=True)})
        return np.array([self._known[query, article] for article in articles])
