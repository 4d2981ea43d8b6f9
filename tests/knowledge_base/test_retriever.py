"""The right article first, in three ways of writing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base import encoder
from knowledge_base.calibration import Calibration, shipped
from knowledge_base.errors import IndexCorrupt, IndexMissing
from knowledge_base.index import PassageIndex
from knowledge_base.lexical import LexicalIndex
from knowledge_base.passages import fingerprint, passages_of
from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, Text
from tests.knowledge_base.conftest import ENTRIES, Counting


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever.build(ENTRIES, encoder.load("bundled"))


@pytest.mark.parametrize(
    ("query", "article"),
    [
        ("when will I get my money back", "refund-time"),
        ("টাকা কবে ফেরত পাবো", "refund-time"),
        ("amar taka ferot kobe dibe", "refund-time"),
        ("shipping cost?", "delivery-charge"),
        ("ডেলিভারি খরচ কেমন", "delivery-charge"),
        ("dilivari charge koto", "delivery-charge"),
        ("dokan kokhon khule", "opening"),
    ],
)
def test_the_right_article_comes_first(retriever: Retriever, query: str, article: str) -> None:
    assert retriever.search(query).candidates[0].article == article


def test_an_articles_own_question_is_certain_and_a_foreign_one_is_not(retriever: Retriever) -> None:
    own, foreign = retriever.search("How much is the delivery charge?"), retriever.search("who won the cricket match")
    assert own.candidates[0].confidence > 0.9
    assert foreign.in_scope < own.in_scope
    assert foreign.candidates[0].confidence < 0.5


def test_confidences_are_a_distribution(retriever: Retriever) -> None:
    ranking = retriever.search("ডেলিভারি কবে পাব", limit=len(ENTRIES))
    assert sum(one.confidence for one in ranking.candidates) == pytest.approx(ranking.in_scope)
    assert [one.score for one in ranking.candidates] == sorted((one.score for one in ranking.candidates), reverse=True)


@pytest.mark.parametrize("query", ["", " ", "?", "\x00", "👍", "ক" * 4000, "a " * 2000])
def test_any_query_is_answered(retriever: Retriever, query: str) -> None:
    assert len(retriever.search(query).candidates) == len(ENTRIES)


def test_what_is_saved_is_what_is_loaded(retriever: Retriever, tmp_path: Path) -> None:
    retriever.save(tmp_path)
    again = Retriever.load(tmp_path, retriever.encoder)
    assert again.entries == retriever.entries
    assert again.search("taka ferot") == retriever.search("taka ferot")


def test_another_encoders_files_are_refused(retriever: Retriever, tmp_path: Path) -> None:
    retriever.save(tmp_path)
    other = Counting(retriever.encoder)
    other.name = "another"
    with pytest.raises(IndexCorrupt, match="another"):
        Retriever.load(tmp_path, other)


@pytest.mark.parametrize("name", ["articles.json", "vectors.npy", "passages.faiss", "spelling.npz", "sound.npz"])
@pytest.mark.parametrize("damage", ["missing", "cut", "rubbish"])
def test_a_damaged_file_is_found(retriever: Retriever, tmp_path: Path, name: str, damage: str) -> None:
    retriever.save(tmp_path)
    path = tmp_path / name
    whole = path.read_bytes()
    path.unlink() if damage == "missing" else path.write_bytes(
        whole[: len(whole) // 3] if damage == "cut" else b"x" * 99
    )
    with pytest.raises(IndexCorrupt):
        Retriever.load(tmp_path, retriever.encoder)


def test_nothing_is_embedded_twice(counting: Counting) -> None:
    first = Retriever.build(ENTRIES, counting)
    known = {
        fingerprint(counting.name, passage.text): vector
        for passage, vector in zip(first.passages, first.vectors, strict=True)
    }
    counting.embedded.clear()
    more = Entry("new", {"en": Text("How do I cancel?", "Press cancel.")})
    Retriever.build([*ENTRIES, more], counting, known)
    assert counting.embedded == ["How do I cancel?", "Press cancel."]


def test_nothing_to_find_is_said(counting: Counting) -> None:
    with pytest.raises(IndexMissing):
        Retriever.build([], counting)


def test_an_answer_is_cut_between_sentences() -> None:
    answer = "প্রথম বাক্যটি বেশ লম্বা করে লেখা হলো। " * 12
    pieces = [one.text for one in passages_of(Entry("long", {"bn": Text("প্রশ্ন?", answer)})) if one.kind == "answer"]
    assert len(pieces) > 1
    assert " ".join(pieces) == answer.strip()
    assert all(piece.endswith("।") for piece in pieces)


def test_the_graph_finds_what_the_exact_index_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = np.random.default_rng(1).normal(size=(2000, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    exact = PassageIndex.build(vectors)
    monkeypatch.setattr("knowledge_base.index.EXACT_UP_TO", 100)
    graph = PassageIndex.build(vectors)
    same = [len(set(exact.search(row, 10)[0]) & set(graph.search(row, 10)[0])) for row in vectors[:50]]
    assert np.mean(same) > 9


def test_sound_meets_across_scripts_where_spelling_does_not() -> None:
    texts = ["টাকা ফেরত", "ঠিকানা বদল"]
    assert LexicalIndex.of_sound(texts).scores("taka pherot").argmax() == 0
    assert LexicalIndex.of_spelling(texts).scores("taka pherot").max() == 0


def test_none_of_them_takes_its_share() -> None:
    shares, any_of_them = shipped().probabilities(np.array([1.0, 1.0]), 1.0)
    assert shares == pytest.approx([1 / 3, 1 / 3])
    assert any_of_them == pytest.approx(2 / 3)


def test_the_calibration_survives_a_file(tmp_path: Path) -> None:
    shipped().save(tmp_path / "c.json", "note")
    again = Calibration.load(tmp_path / "c.json")
    assert np.allclose(again.articles, shipped().articles) and np.allclose(again.none, shipped().none)
