"""Banglish and slips of the thumb, made from clean text."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.text.phonetic import phonetic_key
from knowledge_base.training.noise import noisy
from knowledge_base.training.romaniser import CONSONANTS, VOWELS, romanise


def ways(text: str, count: int = 60) -> set[str]:
    return {romanise(text, random.Random(seed)) for seed in range(count)}


@pytest.mark.parametrize(
    ("bengali", "real"),
    [
        ("ফেরত", {"ferot", "pherot"}),
        ("টাকা", {"taka"}),
        ("কবে পাব", {"kobe pabo"}),
        ("রাস্তা", {"rasta", "rashta"}),
        ("বিশ্বাস", {"bishas", "bissas"}),
        ("ভাই", {"vai", "bhai"}),
    ],
)
def test_people_are_found_who_spell_it_so(bengali: str, real: set[str]) -> None:
    assert real & ways(bengali, 400)


def test_one_text_is_spelled_in_many_ways() -> None:
    assert len(ways("আমার রিফান্ডের টাকা কবে ফেরত পাব?")) > 30


def test_most_ways_sound_like_the_text() -> None:
    key = phonetic_key("ফেরত")
    alike = [phonetic_key(romanise("ফেরত", random.Random(seed))) == key for seed in range(200)]
    assert sum(alike) / len(alike) > 0.6


@given(st.text(alphabet="".join((*CONSONANTS, *VOWELS, "্", "়", " ", "?", "৫")), max_size=30), st.integers())
def test_no_bengali_letter_is_left(text: str, seed: int) -> None:
    written = romanise(text, random.Random(seed))
    assert not [letter for letter in written if "\u0995" <= letter <= "\u09b9"]


def test_what_is_latin_stays() -> None:
    assert "wifi 20mbps" in romanise("wifi 20mbps কত", random.Random(1))


def test_the_same_seed_makes_the_same_text() -> None:
    assert romanise("ডেলিভারি চার্জ", random.Random(7)) == romanise("ডেলিভারি চার্জ", random.Random(7))


@given(st.text(min_size=1), st.integers())
def test_noise_leaves_something(text: str, seed: int) -> None:
    assert noisy(text, random.Random(seed))
