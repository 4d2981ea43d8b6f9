"""Banglish in Bengali letters: looked up in what people write, and in the knowledge base's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base.management.commands.train_respelling import aligned
from knowledge_base.text import respelling
from knowledge_base.text.respelling import Lexicon, Respeller

LEXICON = Lexicon({"tk": {"টাকা": 9, "টক": 1}}, {"pirt": {"ফেরত": 4}}, frozenset({"order", "the"}))


@pytest.mark.parametrize(
    ("banglish", "bengali"),
    [
        ("taka ferot pabo kobe?", "টাকা ফেরত পাবো কবে?"),
        ("Amar 2.5% charge kete nilo", "আমার 2.5% চার্জ কেটে নিলো"),
        ("ডেলিভারি charge koto", "ডেলিভারি চার্জ কত"),
    ],
)
def test_what_people_write_is_read(banglish: str, bengali: str) -> None:
    assert Respeller(["চার্জ"]).respelled(banglish) == bengali


def test_a_short_form_is_what_it_stands_for_most_often() -> None:
    assert Respeller([], LEXICON).respelled("500 TK FEROT") == "500 টাকা ফেরত"


def test_english_stays_unless_the_knowledge_base_has_the_word() -> None:
    assert Respeller([], LEXICON).respelled("the order") == "the order"
    assert Respeller(["অর্ডার"], LEXICON).respelled("the order") == "the অর্ডার"


def test_a_word_of_the_knowledge_base_comes_before_one_that_sounds_alike() -> None:
    assert Respeller(["ফিরত"], LEXICON).respelled("firot") == "ফিরত"


def test_what_is_like_nothing_stays() -> None:
    assert Respeller([], LEXICON).respelled("xyzzy 😀 42") == "xyzzy 😀 42"
    assert Respeller([], LEXICON).respelled("") == ""


def test_words_are_learned_from_pairs_that_have_as_many() -> None:
    pairs = [("Amar tk, den", "আমার টাকা, দেন"), ("amar tk", "আমার"), ("amar!! tk", "আমার টাকা")]
    assert aligned(pairs) == {"amar": {"আমার": 2}, "tk": {"টাকা": 2}, "den": {"দেন": 1}}


def test_what_is_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    respelling.write(tmp_path / "words.gz", LEXICON.written, {"ফেরত": 4}, LEXICON.english)
    monkeypatch.setattr(respelling, "DATA", tmp_path / "words.gz")
    assert respelling.read.__wrapped__() == LEXICON
