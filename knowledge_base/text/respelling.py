"""Banglish in Bengali letters: "taka ferot pabo" is টাকা ফেরত পাবো.

An encoder has read far more Bengali than Banglish, so a question is found better by what it says in Bengali letters.
Each word is looked up, not spelt out: in what people wrote for it (BanglaTLit), among the knowledge base's own words
that sound alike, and among words of support talk that do. What is English, or like nothing, stays as it is.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import log1p
from pathlib import Path
from typing import NamedTuple

from knowledge_base.text.phonetic import phonetic_key

__all__ = ["BENGALI_WORD", "DATA", "LATIN_WORD", "Lexicon", "Respeller", "bengali_words", "read", "write"]

DATA = Path(__file__).parent.parent / "data" / "respelling.json.gz"
LATIN_WORD, BENGALI_WORD = re.compile(r"[A-Za-z]+"), re.compile(r"[\u0980-\u09e3\u09f0-\u09ff]+")
# Evidence for a spelling. Guessed once and left so: they are fitted to nothing, and a fit may find better ones.
WRITTEN, WRITTEN_OFTEN, OWN, OWN_OFTEN, OWN_TOO, KNOWN, KNOWN_OFTEN = 1.0, 2.0, 2.5, 0.5, 1.5, 1.0, 0.25
VOWELS = str.maketrans("", "", "aiu")
# English words keep their spelling in Banglish and are written by ear in Bengali: order and অর্ডার share their consonants
# alone, of which fewer than three prove nothing.
LEAST_BONES = 3


class Lexicon(NamedTuple):
    """What is known before any knowledge base."""

    written: Mapping[str, Mapping[str, int]]  # how often a Latin word was written for a Bengali one
    sounds: Mapping[str, Mapping[str, int]]  # Bengali words of support talk, and how frequent they are, by their key
    english: frozenset[str]


class Respeller:
    def __init__(self, texts: Iterable[str], lexicon: Lexicon | None = None) -> None:
        """`texts` are the knowledge base's: its words are the likeliest to be asked for."""
        self._lexicon = lexicon or read()
        self._own = by_sound(bengali_words(texts))
        self._bones: dict[str, dict[str, int]] = defaultdict(dict)
        for key, words in self._own.items():
            self._bones[consonants(key)] |= words

    def respelled(self, text: str) -> str:
        """`text` with its Latin words in Bengali letters, where it is known which."""
        return LATIN_WORD.sub(lambda match: self._word(match.group().lower()) or match.group(), text)

    def _word(self, word: str) -> str | None:
        key = phonetic_key(word)
        written, own = self._lexicon.written.get(word, {}), self._own.get(key, {})
        if not written and not own and len(bones := consonants(key)) >= LEAST_BONES:
            own = self._bones.get(bones, {})
        if not written and not own and word in self._lexicon.english:
            return None
        evidence: dict[str, float] = defaultdict(float)
        for spelling, times in written.items():
            evidence[spelling] += WRITTEN + WRITTEN_OFTEN * log1p(times) + OWN_TOO * (spelling in own)
        for spelling, times in own.items():
            evidence[spelling] += OWN + OWN_OFTEN * log1p(times)
        for spelling, times in self._lexicon.sounds.get(key, {}).items():
            evidence[spelling] += KNOWN + KNOWN_OFTEN * log1p(times)
        return max(evidence, key=evidence.__getitem__, default=None)


def bengali_words(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in BENGALI_WORD.findall(text))


def by_sound(words: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The words and their counts, by what they sound like."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for word, times in words.items():
        found[phonetic_key(word)][word] = times
    return dict(found)


def consonants(key: str) -> str:
    return key.translate(VOWELS)


@lru_cache(maxsize=1)
def read() -> Lexicon:
    content = json.loads(gzip.decompress(DATA.read_bytes()))
    return Lexicon(content["written"], content["sounds"], frozenset(content["english"]))


def write(
    path: Path, written: Mapping[str, Mapping[str, int]], words: Mapping[str, int], english: Iterable[str]
) -> None:
    # With their keys, which would take a process seconds to make as it starts.
    content = {"written": written, "sounds": by_sound(words), "english": sorted(english)}
    path.write_bytes(gzip.compress(json.dumps(content, ensure_ascii=False, sort_keys=True).encode(), mtime=0))
