"""Two questions in one message: where it may be cut. Whether it is, is for the answers to say. Pure."""

from __future__ import annotations

import re

__all__ = ["halves"]

_ENDS = re.compile(r"(?<=[?!.।॥\n])\s*(?=\S)")
_JOINS = re.compile(r"(?<!\w)(?:and also|and|also|plus|ar|aar|ebong|আর|এবং)(?!\w)", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
FEWEST = 2  # words of half a message; one word is no question
MOST_CUTS = 3  # of a message that has more, the later ones are left alone: each costs two readings


def halves(text: str) -> list[tuple[str, str]]:
    """The ways to cut `text` in two at the end of a sentence or at a joining word, in the order in which they stand."""
    places = {(match.start(), match.end()) for match in (*_ENDS.finditer(text), *_JOINS.finditer(text))}
    cuts = [(_trim(text[:start]), _trim(text[end:])) for start, end in sorted(places)]
    return [cut for cut in cuts if all(len(_WORDS.findall(half)) >= FEWEST for half in cut)][:MOST_CUTS]


def _trim(half: str) -> str:
    """Without the joining word that a sentence may begin with."""
    half = half.strip(" ,;")
    begins = _JOINS.match(half)
    return half[begins.end() :].strip(" ,;") if begins else half
