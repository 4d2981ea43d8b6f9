"""An answer to "did you mean one of these?": which one, yes, or none of them, said in few words. Pure.

It is read as such only where a question back was asked. Any other words are left to the search, which knows what was
offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from knowledge_base.text.normalise import normalise

__all__ = ["Choice", "named", "read"]

_WORDS = re.compile(r"[^\W_]+(?:[\u0980-\u09ff]+)*", re.UNICODE)
_ENDINGS = re.compile(r"(?<=.)(?:ta|ti|tai|tar|টা|টি|টাই|টার|টাতে)$")
_MOST_WORDS = 6


def _set(words: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in words.split())


_NUMBERS = tuple(
    _set(words)
    for words in (
        "1 1st first one ek 1no prothom prothm porthom ১ ১ম এক প্রথম",
        "2 2nd second two dui 2no ditiyo ditio dwitiyo ditiyo ২ ২য় দুই দ্বিতীয়",
        "3 3rd third three tin 3no tritiyo tritio ৩ ৩য় তিন তৃতীয়",
    )
)
_LAST = _set("last sesh shesh sesher shesher শেষ শেষের")
_YES = _set(
    "yes yeah yep yup ya sure correct right exactly haa ha haan hae hya hyan hm hmm ji jee jii jw thik thikache hoi"
    " hoy etai eitai oitai setai হ্যাঁ হ্যা হা হুম জি জ্বি জ্বী জী ঠিক হয় এটাই ওটাই সেটাই"
)
_NO = _set(
    "no nope nah not none neither na nah nai noi noy nei konotai tai kono konota ektao ekta eitao না নাহ নাই নয় নেই"
    " কোনোটাই কোনটাই কোনোটা কোনো কোনটা একটাও"
)
_REFUSAL = _set("no nope nah not none neither na noi noy না নাহ নয়")  # one of these is in every refusal
_FILLERS = _set(
    "the one number no nombor nambar nmbr option choice ta ti please pls plz that this it is its i mean meant want of"
    " them these those any either bhai vai bro apu sir er o to tar ache ase ami amar chai jante eta ota oita eita"
    " eigula egulo egula ogula নম্বর নাম্বার টা টি এটা ওটা এগুলো এগুলোর ওগুলো এর মধ্যে ভাই আপু স্যার আছে আমি জানতে চাই তো ও"
)


@dataclass(frozen=True, slots=True)
class Choice:
    """`number` counts from 0 and is given where one was picked."""

    kind: Literal["picked", "yes", "none"]
    number: int = -1


def read(text: str, offered: int) -> Choice | None:
    """What `text` says to a question back with that many choices; None where it says something else."""
    words = [_bare(word) for word in _WORDS.findall(normalise(text))]
    if not words or len(words) > _MOST_WORDS or offered < 1:
        return None
    if _all(words, _NO | _FILLERS) and _any(words, _REFUSAL) and not _picked(words, offered, strict=True):
        return Choice("none")
    if _all(words, _YES | _FILLERS) and _any(words, _YES):
        return Choice("yes")
    number = _picked(words, offered, strict=False)
    return Choice("picked", number - 1) if number else None


def named(text: str, choices: Sequence[Iterable[str]]) -> int | None:
    """The number, from 0, of the only choice in whose texts all words of a short message stand: "outside Dhaka"."""
    words = set(_WORDS.findall(normalise(text)))
    if not words or len(words) > _MOST_WORDS:
        return None
    known = [{word for line in texts for word in _WORDS.findall(normalise(line))} for texts in choices]
    found = [number for number, of_choice in enumerate(known) if words <= of_choice]
    return found[0] if len(found) == 1 and len(choices) > 1 else None


def _picked(words: list[str], offered: int, *, strict: bool) -> int:
    """The number, from 1, that the words name; 0 where they name none or several, or one that was not offered.

    "one" and "no" are fillers too ("the second one", "no 2"), so that they count only where nothing else does.
    """
    rest = [word for word in words if word not in _FILLERS and word not in _YES]
    named = {at for at, names in enumerate(_NUMBERS, 1) for word in rest if word in names}
    named |= {offered for word in rest if word in _LAST}
    known = all(word in _LAST or any(word in names for names in _NUMBERS) for word in rest)
    if not rest and not strict and "one" in words:
        named = {1}
    return named.pop() if known and len(named) == 1 and max(named) <= offered else 0


def _bare(word: str) -> str:
    """Without "ta" and its like, where what is left is a word that is known here."""
    bare = _ENDINGS.sub("", word)
    return bare if word not in _KNOWN and bare in _KNOWN else word


def _all(words: list[str], among: frozenset[str]) -> bool:
    return all(word in among for word in words)


def _any(words: list[str], among: frozenset[str]) -> bool:
    return any(word in among for word in words)


_KNOWN = frozenset[str]().union(*_NUMBERS, _LAST, _YES, _NO, _FILLERS)
