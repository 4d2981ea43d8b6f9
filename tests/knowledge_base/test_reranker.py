"""The reranker that is shipped, and what a search makes of its reading."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base import encoder, reranker
from knowledge_base.calibration import READING, WAYS, Calibration, shipped
from knowledge_base.errors import EncoderError
from knowledge_base.fitting import Labelled, fit
from knowledge_base.network import MODEL, TOKENIZER
from knowledge_base.reranker import FOLDER, MOST, READ, BundledReranker, pair
from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, Text
from tests.knowledge_base.conftest import ENTRIES

REFUND = "How long does a refund take? Money comes back to your card within 7 working days of the return."
HOURS = "When are you open? The shop is open from 10 am to 8 pm, Saturday to Thursday."
BANGLA_REFUND = "টাকা ফেরত পেতে কত দিন লাগে? পণ্য ফেরতের পর ৭ কর্মদিবসে টাকা আপনার কার্ডে ফেরত যায়।"
BANGLA_HOURS = "দোকান কখন খোলা? শনিবার থেকে বৃহস্পতিবার সকাল ১০টা থেকে রাত ৮টা পর্যন্ত দোকান খোলা থাকে।"


class Liking:
    """A reranker that is for the articles with a word in them."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[tuple[str, list[str]]] = []

    def scores(self, query: str, articles: Sequence[str]) -> NDArray[np.float64]:
        self.read.append((query, list(articles)))
        return np.array([9.0 if self.word in article else -9.0 for article in articles])


@pytest.fixture(scope="module")
def shipped_reranker() -> BundledReranker:
    return BundledReranker()


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever.build(ENTRIES, encoder.load("bundled"))


@pytest.mark.parametrize(
    ("query", "right", "wrong"),
    [
        ("i sent the shirt back last week and still have not seen my money", REFUND, HOURS),
        ("can i come by at nine in the evening", HOURS, REFUND),
        ("জিনিস ফেরত দিছি, টাকা এখনো পাই নাই", BANGLA_REFUND, BANGLA_HOURS),
        ("শুক্রবার গেলে দোকান পাব?", BANGLA_HOURS, BANGLA_REFUND),
        ("টাকা কবে ফেরত পাবো / taka kobe ferot pabo", BANGLA_REFUND, BANGLA_HOURS),
    ],
)
def test_the_article_that_answers_scores_higher(
    shipped_reranker: BundledReranker, query: str, right: str, wrong: str
) -> None:
    scores = shipped_reranker.scores(query, [right, wrong])
    assert scores[0] > scores[1]


def test_a_score_does_not_depend_on_what_is_read_beside_it(shipped_reranker: BundledReranker) -> None:
    together = shipped_reranker.scores("when do you close", [REFUND, HOURS, BANGLA_HOURS])
    alone = [shipped_reranker.scores("when do you close", [text])[0] for text in (REFUND, HOURS, BANGLA_HOURS)]
    assert together == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("query", ["", "\x00", "👍", "ক" * 4000, "a " * 2000, "\ud800"])
def test_any_text_is_read(shipped_reranker: BundledReranker, query: str) -> None:
    assert np.isfinite(shipped_reranker.scores(query, [REFUND, "", query])).all()


def test_a_pair_is_never_longer_than_it_may_be() -> None:
    assert len(pair(range(1000), range(1000))) == MOST
    assert pair([5], [6, 7]) == [0, 5, 2, 2, 6, 7, 2]


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    copied = Path(shutil.copytree(FOLDER, tmp_path / "reranker"))
    with (copied / name).open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    with pytest.raises(EncoderError, match=f"{name} is not what was written. Install cxbot again"):
        BundledReranker(copied)


def test_it_can_be_off() -> None:
    assert reranker.load("off") is None and reranker.load("bundled") is reranker.load("bundled")


def test_what_is_read_decides_among_the_likeliest(retriever: Retriever) -> None:
    query = "what does it cost and how long"
    liking = Liking("refund")
    before, after = retriever.search(query), retriever.read_by(liking).search(query)
    assert before.candidates[0].article == "delivery-charge"
    assert after.candidates[0].article == "refund-time"
    assert sum(one.confidence for one in after.candidates) <= after.in_scope + 1e-9


def test_what_reads_as_no_answer_is_out_of_scope(retriever: Retriever) -> None:
    query = "what does it cost and how long"
    assert retriever.read_by(Liking("nothing has this")).search(query).in_scope < retriever.search(query).in_scope


def test_only_the_likeliest_are_read_in_the_language_of_the_question() -> None:
    texts = {"en": Text("Fee {}?", "Fee."), "bn": Text("ফি {}?", "ফি।")}
    entries = [
        Entry(str(n), {way: Text(text.question.format(n), text.answer) for way, text in texts.items()})
        for n in range(READ + 3)
    ]
    liking = Liking("3")
    retriever = Retriever.build(entries, encoder.load("bundled")).read_by(liking)
    for query in ("what is the fee", "ফি কত", "fee koto lagbe bolen"):
        retriever.search(query)
    (_, english), (_, bengali), (read_as, banglish) = liking.read
    assert len(english) == len(bengali) == READ
    assert all(text.endswith("Fee.") for text in english)
    assert all(text.endswith("ফি।") for text in [*bengali, *banglish])
    assert read_as.endswith(" / fee koto lagbe bolen") and "কত" in read_as


def test_an_article_is_read_with_the_phrasing_that_is_nearest_to_the_question() -> None:
    fees = Entry("fee", {"bn": Text("ফি কত?", "ফি নেই।")}, {"en": ("what does it cost", "is there a charge")})
    liking = Liking("ফি")
    retriever = Retriever.build([fees], encoder.load("bundled")).read_by(liking)
    for query in ("any charge?", "ফি কত"):
        retriever.search(query)
    assert [articles for _, articles in liking.read] == [["is there a charge / ফি কত? ফি নেই।"], ["ফি কত? ফি নেই।"]]


def test_an_article_without_texts_is_read_by_its_phrasings() -> None:
    entries = [Entry("a", {}, {"en": ("fee",)}), Entry("b", {"bn": Text("ফি কত?", "ফি।")})]
    liking = Liking("ফি")
    found = Retriever.build(entries, encoder.load("bundled")).read_by(liking).search("what is there to be paid")
    assert found.candidates[0].article == "b"
    assert sorted(liking.read[0][1]) == ["fee ", "ফি কত? ফি।"]


def test_a_fit_trusts_a_reading_as_far_as_it_is_right() -> None:
    rows = [row for way in WAYS for row in made(way, right_by=4.0)]
    weights = fit(rows)
    assert weights.reading.shape == (len(WAYS), len(READING))
    assert (weights.reading[:, READING.index("score")] > 0.5).all()
    worthless = fit([row for way in WAYS for row in made(way, right_by=0.0)])
    assert (np.abs(worthless.reading[:, READING.index("score")]) < 0.3).all()


def test_a_fit_without_readings_says_nothing_of_them() -> None:
    rows = [Labelled(row.features, row.way, row.right) for way in WAYS for row in made(way, right_by=4.0)]
    assert not fit(rows).reading.any()


def test_what_is_fitted_is_what_is_loaded(tmp_path: Path) -> None:
    shipped().save(tmp_path / "weights.json", "a note")
    loaded = Calibration.load(tmp_path / "weights.json")
    assert loaded.reading == pytest.approx(shipped().reading, abs=1e-4)
    assert loaded.articles == pytest.approx(shipped().articles, abs=1e-4)


def made(way: str, right_by: float) -> list[Labelled]:
    """Queries whose right article the channels hardly know, and whose reading is `right_by` higher than the others'."""
    rng = np.random.default_rng(3)
    blank = Retriever.build(ENTRIES, encoder.load("bundled"))
    rows = []
    for number in range(150):
        features = blank.features(f"{number}")
        features.articles[:] = rng.normal(0, 0.1, features.articles.shape)
        features.way[:] = [one == way for one in WAYS]
        right = int(rng.integers(-1, len(ENTRIES)))
        scores = rng.normal(0, 1, len(ENTRIES))
        scores[right] += right_by if right >= 0 else 0
        rows.append(Labelled(features, way, right, scores))
    return rows


def test_what_the_channels_are_sure_of_is_not_read(retriever: Retriever) -> None:
    liking = Liking("nothing has this")
    assert retriever.read_by(liking).search("How much is the delivery charge?").candidates[0].confidence > 0.98
    assert liking.read == []
