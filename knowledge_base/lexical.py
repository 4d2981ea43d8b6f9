"""The lexical channel: what is spelled alike. Character n-grams, weighted by how rare they are (TF-IDF).

Two spaces of n-grams: over the normalised text, and over its phonetic key, where Bengali and Latin spellings meet. An
n-gram's column is a hash of it, so the vocabulary need not be kept, and a new n-gram needs none.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from knowledge_base.errors import IndexCorrupt
from knowledge_base.text.normalise import normalise
from knowledge_base.text.phonetic import phonetic_key

__all__ = ["LexicalIndex"]

_COLUMNS = 2**18
_MAX_CHARACTERS = 400  # of one text: who writes more tells a story, and its beginning says what about
Analyser = Callable[[str], str]


class LexicalIndex:
    """Texts by the n-grams of one reading of them."""

    def __init__(self, analyser: Analyser, sizes: tuple[int, ...], idf: NDArray[np.float32], rows: sparse.csr_matrix):
        self._analyser, self._sizes, self._idf, self._rows = analyser, sizes, idf, rows
        self._texts_of = rows.T.tocsr()  # an inverted file: a query touches only the texts that share an n-gram with it

    @classmethod
    def of_spelling(cls, texts: Sequence[str]) -> LexicalIndex:
        return cls._build(texts, normalise, (3, 4, 5))

    @classmethod
    def of_sound(cls, texts: Sequence[str]) -> LexicalIndex:
        return cls._build(texts, phonetic_key, (2, 3, 4))

    @classmethod
    def _build(cls, texts: Sequence[str], analyser: Analyser, sizes: tuple[int, ...]) -> LexicalIndex:
        counts = [_ngrams(analyser(text[:_MAX_CHARACTERS]), sizes) for text in texts]
        seen = np.zeros(_COLUMNS, np.float32)
        for count in counts:
            seen[list(count)] += 1
        idf = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
        return cls(analyser, sizes, idf, sparse.vstack([_row(count, idf) for count in counts], "csr"))

    def scores(self, query: str) -> NDArray[np.float32]:
        """Cosine of the query to every text, in their order: 0 to 1."""
        count = _ngrams(self._analyser(query[:_MAX_CHARACTERS]), self._sizes)
        return np.asarray((_row(count, self._idf) @ self._texts_of).todense(), np.float32).ravel()

    def save(self, path: Path) -> None:
        rows = self._rows
        np.savez(path, idf=self._idf, data=rows.data, indices=rows.indices, indptr=rows.indptr)

    @classmethod
    def load(cls, path: Path, like: Callable[[Sequence[str]], LexicalIndex]) -> LexicalIndex:
        """What `save` wrote of an index made by `like` (`of_spelling` or `of_sound`). Raises `IndexCorrupt`."""
        empty = like([""])
        try:
            with np.load(path, allow_pickle=False) as file:
                shape = (len(file["indptr"]) - 1, _COLUMNS)
                rows = sparse.csr_matrix((file["data"], file["indices"], file["indptr"]), shape)
                return cls(empty._analyser, empty._sizes, file["idf"], rows)
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            raise IndexCorrupt(f"{path.name} cannot be read") from error


def _ngrams(text: str, sizes: tuple[int, ...]) -> Counter[int]:
    """How often each n-gram occurs within the words of `text`, a space before and after each."""
    grams: Counter[int] = Counter()
    for word in text.split():
        padded = f" {word} "
        for size in sizes:
            for start in range(max(1, len(padded) - size + 1)):
                grams[zlib.crc32(padded[start : start + size].encode()) % _COLUMNS] += 1
    return grams


def _row(count: Counter[int], idf: NDArray[np.float32]) -> sparse.csr_matrix:
    columns = np.fromiter(count, np.int32, len(count))
    values = (1 + np.log(np.fromiter(count.values(), np.float32, len(count)))) * idf[columns]
    values /= np.linalg.norm(values) or 1.0
    return sparse.csr_matrix((values, columns, [0, len(columns)]), (1, _COLUMNS))
