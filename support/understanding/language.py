"""The way of writing of a message: `en`, `bn`, `bn-Latn`, or `mixed` (both scripts in one message).

Scripts decide where there are Bengali letters. Latin ones are told apart by `knowledge_base.text.banglish`; "ok", "hi"
or "2" say nothing by themselves, so a very short message is taken to go on as the conversation did.
"""

from __future__ import annotations

import re

from knowledge_base.text.banglish import banglish_probability
from knowledge_base.text.scripts import bengali_share, has_letters

__all__ = ["detect"]

DEFAULT = "en"
MIXED_UP_TO = 0.75  # of letters in Bengali script; one brand name in Latin letters does not make a message mixed
SHORT = 2  # words
SURE = 0.85
_WORDS = re.compile(r"[^\W\d_]+")


def detect(text: str, remembered: str = "") -> str:
    """The way `text` is written. `remembered`: how the conversation was written so far ("" at its beginning)."""
    if not has_letters(text):
        return remembered or DEFAULT
    share = bengali_share(text)
    if share > 0:
        return "mixed" if share <= MIXED_UP_TO else "bn"
    probability = banglish_probability(text)
    if remembered and probability < SURE and len(_WORDS.findall(text)) <= SHORT:
        return remembered
    return "bn-Latn" if probability >= 0.5 else "en"
