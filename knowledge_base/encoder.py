"""Texts to vectors. The bundled encoder needs no download and no torch; any sentence-transformers model can replace it.

An encoder's `name` goes into every fingerprint, so it changes whenever its vectors would.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge_base.bundled import BundledEncoder
from knowledge_base.errors import EncoderError
from knowledge_base.network import MANIFEST
from knowledge_base.text.readable import readable
from knowledge_base.types import Vectors

__all__ = ["BUNDLED", "Encoder", "SentenceTransformerEncoder", "load", "read"]

BUNDLED = "bundled"
_loading = threading.Lock()


class Encoder(Protocol):
    """`queries` and `passages` give float32 of shape (n, dimension), rows of unit length. Both are thread-safe."""

    name: str
    dimension: int

    def queries(self, texts: Sequence[str]) -> Vectors: ...

    def passages(self, texts: Sequence[str]) -> Vectors: ...


class SentenceTransformerEncoder:
    """Any sentence-transformers model, by name or folder. Loads torch."""

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name)
        except (OSError, ValueError) as error:
            raise EncoderError(
                f"CXBOT_ENCODER={name!r} cannot be loaded as a sentence-transformers model: {error}. Give a folder "
                f"that holds one, a name that this machine can download, or {BUNDLED!r}."
            ) from error
        self.name = f"{name}@{_digest(self._model)}"
        self.dimension = int(self._model.get_embedding_dimension() or 0)

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_query([readable(text) for text in texts], convert_to_numpy=True))

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_document([readable(text) for text in texts], convert_to_numpy=True))

    def _unit(self, vectors: Vectors) -> Vectors:
        vectors = np.asarray(vectors, np.float32).reshape(-1, self.dimension)
        norms: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        vectors /= norms
        return vectors


def read(model: Encoder, text: str) -> tuple[Vectors, Vectors]:
    """A message's vector, and its tone, which its mood is read from. Both (dimension,). An encoder that knows no tones
    gives its vector for both."""
    if isinstance(model, BundledEncoder):
        vectors, tones = model.with_tones([text])
        return vectors[0], tones[0]
    (vector,) = model.queries([text])
    return vector, vector


def load(setting: str) -> Encoder:
    """The encoder that a setting names, one for the whole process. Raises `EncoderError`."""
    with _loading:
        return _load(setting)


@lru_cache(maxsize=4)
def _load(setting: str) -> Encoder:
    if setting == BUNDLED:
        return BundledEncoder()
    if (Path(setting) / MANIFEST).exists():
        return BundledEncoder(Path(setting))
    return SentenceTransformerEncoder(setting)


def _digest(model: Any) -> str:
    """Of the weights, the modules and the prompts: a folder or a name may hold another model tomorrow."""
    digest = hashlib.sha256(repr((str(model), sorted(model.prompts.items()))).encode())
    for name, weights in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]
