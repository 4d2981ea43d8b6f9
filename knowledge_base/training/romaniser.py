"""Bengali as people type it in Latin letters: not one transliteration but the many that are in use.

Each text is written by one imagined person, who spells a sound mostly in one way. The spellings are those that occur in
real Banglish for the sounds of standard Bengali: শ ষ স sound alike, so do ন ণ and জ য; the inherent vowel is written o,
a, or not at all; length of vowels and aspiration are often dropped.
"""

from __future__ import annotations

import random
import unicodedata

__all__ = ["romanise"]

CONSONANTS = {
    "ক": "k k k c", "খ": "kh kh k", "গ": "g", "ঘ": "gh gh g", "ঙ": "ng",
    "চ": "c ch ch", "ছ": "ch ch s c sh", "জ": "j j z", "ঝ": "jh jh j", "ঞ": "n",
    "ট": "t", "ঠ": "th th t", "ড": "d", "ঢ": "dh d", "ণ": "n",
    "ত": "t", "থ": "th th t", "দ": "d", "ধ": "dh dh d", "ন": "n",
    "প": "p", "ফ": "f f ph", "ব": "b", "ভ": "v v bh b", "ম": "m",
    "য": "j j z", "র": "r", "ল": "l", "শ": "sh sh s", "ষ": "sh sh s", "স": "s s sh",
    "হ": "h", "ড়": "r", "ঢ়": "r rh", "য়": "y y", "ৎ": "t", "ং": "ng ng n", "ঃ": "h :", "ঁ": "| n | |",
}  # fmt: skip
VOWELS = {
    "অ": "o o a", "আ": "a a a aa", "ই": "i i e", "ঈ": "i ee", "উ": "u u oo", "ঊ": "u oo", "ঋ": "ri",
    "এ": "e e a", "ঐ": "oi", "ও": "o", "ঔ": "ou",
    "া": "a a a a aa", "ি": "i i i e", "ী": "i i ee", "ু": "u u u o", "ূ": "u u oo", "ৃ": "ri ri r",
    "ে": "e e e a", "ৈ": "oi oy", "ো": "o o o u", "ৌ": "ou ow",
}  # fmt: skip
INHERENT = "o o o o a |"
HASANTA, NUKTA = "্", "়"
SILENT = "|"  # a way of spelling that writes nothing
HABIT = 0.85  # how often a person spells a sound as they are used to
DIGITS = str.maketrans("০১২৩৪৫৬৭৮৯", "0123456789")
WORDS = {
    "না": "na na nah", "কি": "ki ki ke", "কী": "ki", "কেন": "keno kano", "এক": "ek ak", "একটা": "ekta akta ekta",
    "টাকা": "taka tk taka", "আছে": "ache ase asey", "হয়": "hoy hoi", "হয়েছে": "hoyeche hoise hoyse", "করে": "kore koira",
    "জন্য": "jonno jonne", "সঙ্গে": "songe shonge", "আপনি": "apni apne", "আপনার": "apnar apner", "প্লিজ": "plz please pls",
    "ধন্যবাদ": "dhonnobad donnobad thanks", "অ্যাকাউন্ট": "account acc akaunt", "নম্বর": "number nombor no",
    "ডেলিভারি": "delivery delivari", "অর্ডার": "order", "মোবাইল": "mobile", "কার্ড": "card", "ব্যাংক": "bank",
    "রিফান্ড": "refund", "পেমেন্ট": "payment", "চার্জ": "charge", "অফিস": "office", "ফোন": "phone fon",
    "অনলাইন": "online", "সময়": "somoy shomoy time", "দিন": "din", "কত": "koto kto", "কিভাবে": "kivabe kibhabe kemne",
    "কীভাবে": "kivabe kibhabe", "পাব": "pabo", "যাবে": "jabe", "চাই": "chai cai",
}  # fmt: skip
_WORDS = {unicodedata.normalize("NFC", word): ways.split() for word, ways in WORDS.items()}


def romanise(text: str, rng: random.Random) -> str:
    """`text` with its Bengali in Latin letters; the rest as it is."""
    person = _Person(rng)
    text = unicodedata.normalize("NFC", text).translate(DIGITS).replace("।", rng.choice([".", ".", ""]))
    return " ".join(person.writes(word) for word in text.split())


class _Person:
    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._habits: dict[str, str] = {}

    def writes(self, word: str) -> str:
        bare = word.rstrip("?!,.")
        if bare in _WORDS and self._rng.random() < 0.7:
            return self._spelling(bare, _WORDS[bare]) + word[len(bare) :]
        return "".join(self._sounds(word))

    def _sounds(self, word: str) -> list[str]:
        written: list[str] = []
        letters = _letters(word)
        for place, letter in enumerate(letters):
            following = letters[place + 1] if place + 1 < len(letters) else ""
            after = letters[place + 2] if place + 2 < len(letters) else ""
            previous = letters[place - 1] if place else ""
            if letter in CONSONANTS:
                if previous == HASANTA and letter == "য":  # jophola: a long consonant, or an a
                    written.append(self._rng.choice(["y", "", written[-1] if written else ""]))
                elif previous == HASANTA and letter == "ব" and len(written) > 1:  # bophola is not heard
                    written.append(self._rng.choice(["", "", written[-1], "w"]))
                else:
                    written.append(self._spelling(letter, CONSONANTS[letter].split()))
                if letter not in "ংঃঁৎ" and self._inherent_follows(following, after, place):
                    written.append(self._spelling("অ", INHERENT.split()))
            elif letter in VOWELS:
                if letter in "ও" and previous and previous not in VOWELS:
                    written.append("o")
                else:
                    written.append(self._spelling(letter, VOWELS[letter].split()))
            elif letter != HASANTA:
                written.append(letter)
        return written

    def _inherent_follows(self, following: str, after: str, place: int) -> bool:
        if following == HASANTA or following in VOWELS:
            return False
        if following in CONSONANTS and following not in "ংঃঁৎ":
            # Between two consonants it is heard unless the next one carries a vowel of its own and a word has begun.
            return place == 0 or after not in VOWELS or self._rng.random() < 0.35
        return following in "ংঃৎ" and bool(following)

    def _spelling(self, sound: str, ways: list[str]) -> str:
        if self._rng.random() > HABIT:
            way = self._rng.choice(ways)
        else:
            way = self._habits.setdefault(sound, self._rng.choice(ways))
        return "" if way == SILENT else way


def _letters(word: str) -> list[str]:
    """Code points, with a nukta joined to its consonant."""
    letters: list[str] = []
    for letter in word:
        if letter == NUKTA and letters and letters[-1] + NUKTA in CONSONANTS:
            letters[-1] += NUKTA
        elif letter != NUKTA:
            letters.append(letter)
    return letters
