"""Which script a text is written in."""

from __future__ import annotations

import re

__all__ = ["bengali_share", "has_letters"]

_BENGALI = re.compile(r"[\u0980-\u09e3\u09f0\u09f1]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


def bengali_share(text: str) -> float:
    """Bengali letters among Bengali and Latin ones, 0 to 1; 0 where there is neither."""
    bengali, latin = len(_BENGALI.findall(text)), len(_LATIN.findall(text))
    return bengali / (bengali + latin) if bengali else 0.0


def has_letters(text: str) -> bool:
    return bool(_BENGALI.search(text) or _LATIN.search(text))
