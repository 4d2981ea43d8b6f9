"""How people type on a phone: slips of the thumb, no punctuation, other digits, a word left out."""

from __future__ import annotations

import random

__all__ = ["noisy"]

TO_BENGALI = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
TO_LATIN = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi",
    "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip


def noisy(text: str, rng: random.Random) -> str:
    """`text` after one or two of these. Never empty."""
    for change in rng.sample(CHANGES, rng.choice((1, 1, 2))):
        text = change(text, rng) or text
    return text


def _slip(text: str, rng: random.Random) -> str:
    """One letter doubled, dropped, swapped with the next or hit beside; two in a long text."""
    letters = list(text)
    for _ in range(1 + (len(text) > 40)):
        places = [place for place, letter in enumerate(letters[:-1]) if letter.isalpha()]
        if len(places) < 4:
            break
        place = rng.choice(places[1:])
        letter = letters[place]
        match rng.randrange(4):
            case 0:
                letters[place] = letter * 2
            case 1:
                letters[place] = ""
            case 2:
                letters[place], letters[place + 1] = letters[place + 1], letter
            case _:
                letters[place] = rng.choice(NEIGHBOURS.get(letter.lower(), letter))
    return "".join(letters)


def _bare(text: str, _rng: random.Random) -> str:
    return "".join(letter for letter in text if letter not in "?!.,;।'\"")


def _digits(text: str, rng: random.Random) -> str:
    return text.translate(rng.choice((TO_BENGALI, TO_LATIN)))


def _lower(text: str, _rng: random.Random) -> str:
    return text.lower()


def _shorter(text: str, rng: random.Random) -> str:
    """Without one word."""
    words = text.split()
    if len(words) > 4:
        del words[rng.randrange(len(words))]
    return " ".join(words)


def _longer(text: str, rng: random.Random) -> str:
    """With what people say before and after a question."""
    before = rng.choice(("hi,", "hello", "bhai", "vai", "ভাই", "আপু", "apu", "sir", "hey", "আচ্ছা", "accha"))
    after = rng.choice(("please", "plz", "?", "??", "bhai", "ভাই", "একটু বলবেন", "janaben", "thanks", "জানাবেন"))
    return f"{before} {text}" if rng.random() < 0.5 else f"{text} {after}"


CHANGES = (_slip, _slip, _bare, _digits, _lower, _shorter, _longer)
