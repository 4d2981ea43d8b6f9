"""One form for texts that mean the same: for comparing, never for showing.

Bengali has several encodings of the same letters (য় as one code point or two), joiners that only change the drawing,
and digits of its own. `bnunicodenormalizer` repairs Bengali words; the rest is Unicode's own compatibility form.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

from bnunicodenormalizer import Normalizer

__all__ = ["normalise"]

_BENGALI_WORD = re.compile(r"[\u0980-\u09e3\u200c\u200d]+")  # letters and signs: no digits, no ৳
_JOINERS = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DIGITS = {ord("০") + digit: str(digit) for digit in range(10)}
_PUNCTUATION = str.maketrans({"।": ".", "॥": ".", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "."})
_REPEATED_LETTER = re.compile(r"([^\W\d_])\1{2,}")
_REPEATED_MARK = re.compile(r"([^\w\s])\1+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_DIGIT_COMMA = re.compile(r"(?<=\d),(?=\d)")
_SPACE = re.compile(r"\s+")
_bengali = Normalizer()
_repairing = threading.Lock()  # the library keeps the word that it works on in the object itself


def normalise(text: str) -> str:
    """`text` in lower case, NFC, Latin digits, plain punctuation, no joiners, no letter more than twice in a row.

    Applying it twice changes nothing more; it never raises.
    """
    text = _once(text)
    return _once(text)  # a repair may bring letters together that are then repeated, or repair further


def _once(text: str) -> str:
    text = unicodedata.normalize("NFKC", text.encode("utf-8", "ignore").decode())
    text = _CONTROL.sub(" ", text)
    text = _BENGALI_WORD.sub(lambda match: _word(match.group()), text)
    text = text.translate(_JOINERS).translate(_DIGITS).translate(_PUNCTUATION).lower()
    text = _REPEATED_LETTER.sub(r"\1\1", text)
    text = _REPEATED_MARK.sub(r"\1", text)
    text = _DIGIT_COMMA.sub("", text)
    return unicodedata.normalize("NFC", _SPACE.sub(" ", text).strip())


@lru_cache(maxsize=20_000)
def _word(word: str) -> str:
    """A Bengali word repaired; as it is where the repair finds no word in it."""
    with _repairing:
        repaired = _bengali(word[:100])["normalized"]
    return (repaired or word[:100]) + word[100:]
