"""A key that a word shares across scripts and spellings: ফেরত, ferot, pherot and ferott are all `pirt`.

It keeps what every romanisation of Bengali agrees on. Aspiration, retroflexion and the three sibilants are written at
will in Latin letters, so they fall together; the inherent vowel (অ, often left out) and ও fall away; ই, ঈ and এ are
one.
"""

from __future__ import annotations

import re

from knowledge_base.text.normalise import normalise

__all__ = ["phonetic_key"]

_BENGALI_LETTERS = str.maketrans(
    {
        **dict.fromkeys("কখ", "k"),
        **dict.fromkeys("গঘ", "g"),
        **dict.fromkeys("ঙংঞণন", "n"),
        **dict.fromkeys("চছ", "c"),
        **dict.fromkeys("জঝয", "j"),
        **dict.fromkeys("টঠতথৎ", "t"),
        **dict.fromkeys("ডঢদধ", "d"),
        **dict.fromkeys("পফ", "p"),
        **dict.fromkeys("বভ", "b"),
        "ম": "m",
        "র": "r",
        "ল": "l",
        **dict.fromkeys("শষস", "s"),
        "হ": "h",
        **dict.fromkeys("আা", "a"),
        **dict.fromkeys("ইঈিীএে", "i"),
        **dict.fromkeys("উঊুূ", "u"),
        **dict.fromkeys("ঐৈ", "i"),
        **dict.fromkeys("ঔৌ", "u"),
        **dict.fromkeys("অওো্ঃঁ়", None),
        "ঋ": "ri",
        "ৃ": "ri",
    }
)
_BENGALI_CLUSTERS = [
    (re.compile("ক্ষ"), "খ"),
    (re.compile("জ্ঞ"), "গ"),
    (re.compile("ড়|ঢ়|\u09dc|\u09dd"), "র"),
    (re.compile("্য(?!়)"), ""),  # ya-phala is not spoken as a consonant
    (re.compile("(?<=[কগতদধশসষ])্ব"), ""),  # nor is ba-phala after these
    (re.compile("য়|\u09df"), ""),
]
_LATIN_CLUSTERS = [
    (re.compile(pattern), key)
    for pattern, key in [
        ("x", "ks"),
        ("q", "k"),
        ("c+k", "k"),
        ("t[iy]on", "sn"),
        ("ch+", "C"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("C", "c"),
        ("ph|f", "p"),
        ("bh|v", "b"),
        ("(?<=[ksgjtdrl])h", ""),
        ("z", "j"),
        ("n+g(?![aeiou])", "n"),
        ("oo", "u"),
        ("ee|ea", "i"),
        ("(?<=[aeiou])[yw]", ""),
        ("[oiu]y", "i"),
        ("w", ""),
        ("[ey]", "i"),
        ("o", ""),
    ]
]
_INNER_H = re.compile(r"(?<=\w)h")
_REPEATED = re.compile(r"(\w)\1+")
_LATIN_WORD = re.compile(r"[a-z]+")


def phonetic_key(text: str) -> str:
    """`text`, normalised, each word as its key; words are separated by single spaces."""
    text = normalise(text)
    for cluster, key in _BENGALI_CLUSTERS:
        text = cluster.sub(key, text)
    text = _LATIN_WORD.sub(lambda match: _latin(match.group()), text)
    text = text.translate(_BENGALI_LETTERS)
    text = _INNER_H.sub("", text)
    return " ".join(re.findall(r"\w+", _REPEATED.sub(r"\1", text)))


def _latin(word: str) -> str:
    for cluster, key in _LATIN_CLUSTERS:
        word = cluster.sub(key, word)
    return word
