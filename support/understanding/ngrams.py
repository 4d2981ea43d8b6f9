"""Hashed character n-grams of a message, of its spelling and of its sound: the features of the small models here."""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from knowledge_base.text.normalise import normalise
from knowledge_base.text.phonetic import phonetic_key

__all__ = ["COLUMNS", "columns"]

COLUMNS = 2**16
_SIZES = (2, 3, 4, 5)
_MAX_CHARACTERS = 600


def columns(text: str) -> NDArray[np.int64]:
    """The columns of the distinct n-grams and words of `text`, ascending; each below `COLUMNS`."""
    text = text[:_MAX_CHARACTERS]
    grams = {f"s{gram}" for gram in _grams(normalise(text))} | {f"p{gram}" for gram in _grams(phonetic_key(text))}
    return np.array(sorted({zlib.crc32(gram.encode()) % COLUMNS for gram in grams}), np.int64)


def _grams(text: str) -> set[str]:
    words = text.split()
    grams = {f" {word} " for word in words}
    grams.update(f" {first} {second} " for first, second in zip(words, words[1:], strict=False))
    for word in words:
        padded = f" {word} "
        grams.update(padded[at : at + size] for size in _SIZES for at in range(len(padded) - size + 1))
    return grams
