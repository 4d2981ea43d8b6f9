"""Texts that mean the same have one form."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.text import normalise as module
from knowledge_base.text.normalise import normalise
from knowledge_base.text.phonetic import phonetic_key

BENGALI = st.text(st.characters(min_codepoint=0x0980, max_codepoint=0x09FF))
ANYTHING = st.text() | BENGALI | st.text("aab খ্যাত়া।৳১২\u200d\u200c\x00!?👍")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("বড়", "বড\u09bc"),  # ড় as one code point and as two
        ("\u09afয়\u09bc"[1:], "য\u09bc"),
        ("র\u200d্যাব", "র্যাব"),
        ("ব্যাক\u200cআপ", "ব্যাকআপ"),
        ("৳১,৫০০", "৳1500"),
        ("কবে পাব।", "কবে পাব."),
        ("pleaseeeee", "pleasee"),
        ("WHERE  is\nmy order???", "where is my order?"),
        ("“don’t”", '"don\'t"'),
    ],
)
def test_spellings_of_one_text_have_one_form(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize("text", ["bKash *247#", "👍🏽", "SHP12345678", "help@shop.example", "৳৫০০"])
def test_what_is_not_a_bengali_word_survives(text: str) -> None:
    assert normalise(text).replace("500", "৫০০") == text.lower()


@given(ANYTHING)
def test_twice_is_as_good_as_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(ANYTHING)
def test_any_text_has_a_key(text: str) -> None:
    assert "\x00" not in phonetic_key(text)


@pytest.mark.parametrize(
    "spellings",
    [
        "ফেরত ferot pherot ferott",
        "কত koto kto",
        "হবে hobe hbe",
        "কোথায় kothay",
        "ঠিকানা thikana",
        "পাঠানো pathano",
        "আছে ache achhe",
        "চট্টগ্রাম chottogram",
        "ব্যাংক bank",
        "স্বাগতম shagotom",
    ],
)
def test_a_word_sounds_alike_in_both_scripts(spellings: str) -> None:
    assert len({phonetic_key(word) for word in spellings.split()}) == 1


def test_words_that_sound_different_have_different_keys() -> None:
    words = "টাকা ফেরত ডেলিভারি অর্ডার ঠিকানা পেমেন্ট বাতিল রাইডার".split()
    assert len({phonetic_key(word) for word in words}) == len(words)


@pytest.fixture
def threads_that_interrupt_each_other() -> Iterator[ThreadPoolExecutor]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with ThreadPoolExecutor(8) as pool:
        yield pool
    sys.setswitchinterval(usual)


def test_texts_read_at_once_do_not_mix(threads_that_interrupt_each_other: ThreadPoolExecutor) -> None:
    letters = "কখগঘচছজঝটঠডঢতথদধনপফবভমযরলশষসহ"
    texts = [f"{first}া{second}্যা{first}়ে{second}িন" for first in letters for second in letters]
    module._word.cache_clear()
    alone = [normalise(text) for text in texts]
    module._word.cache_clear()
    together = list(threads_that_interrupt_each_other.map(normalise, texts))
    assert together == alone
