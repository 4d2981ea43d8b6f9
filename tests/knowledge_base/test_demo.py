"""The demo shop: there after the first start, and never in anybody's way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import demo, encoder, importing, live
from knowledge_base.encoder import Encoder
from knowledge_base.models import Article, ArticleText, IndexVersion
from knowledge_base.types import Vectors
from tests.knowledge_base.conftest import ENTRIES, Counting

pytestmark = pytest.mark.django_db(transaction=True)


class Remembering(Counting):
    """A real encoder that embeds every text once for all tests of this module."""

    def __init__(self, inner: Encoder) -> None:
        super().__init__(inner)
        self._vectors: dict[str, Vectors] = {}

    def passages(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in texts if text not in self._vectors]
        self._vectors.update(zip(new, super().passages(new), strict=True))
        return np.stack([self._vectors[text] for text in texts])


@pytest.fixture(scope="module")
def remembering() -> Remembering:
    return Remembering(encoder.load("bundled"))


@pytest.fixture(autouse=True)
def _remembered(remembering: Remembering, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "load", lambda _setting: remembering)


def test_the_demo_can_be_asked(index_dir: Path) -> None:
    batches = []

    def progress(all_: Iterable[list[str]]) -> Iterator[list[str]]:
        for batch in all_:
            batches.append(batch)
            yield batch

    count = demo.load(progress)
    assert count == Article.objects.count() == len(importing.read(demo.ARTICLES))
    assert live.status().articles == count
    assert {text for batch in batches for text in batch} == {passage.text for passage in live.current().passages}
    for question in ("ঢাকার ভিতরে ডেলিভারি চার্জ কত?", "dhakar vitore delivery charge koto?", "delivery fee in Dhaka?"):
        assert live.current().search(question).candidates[0].article == "delivery-charge-inside-dhaka"


def test_a_second_start_changes_nothing(index_dir: Path) -> None:
    demo.load()
    ArticleText.objects.filter(article__key="track-order", language="en").update(answer="Ask us.")
    assert demo.load() == 0
    assert IndexVersion.objects.count() == 1
    assert ArticleText.objects.get(article__key="track-order", language="en").answer == "Ask us."


def test_a_start_that_died_before_the_index_is_made_good(index_dir: Path) -> None:
    importing.save(importing.read(demo.ARTICLES), publish=True)
    assert demo.load() == 0
    assert live.status().articles == Article.objects.count()


def test_articles_of_ones_own_are_left_alone(index_dir: Path) -> None:
    importing.save(ENTRIES, publish=True)
    assert demo.load() == 0
    assert Article.objects.count() == live.status().articles == len(ENTRIES)


def test_every_article_speaks_both_languages_and_a_few_need_a_person() -> None:
    entries = importing.read(demo.ARTICLES)
    assert all(text.question and text.answer for entry in entries for text in entry.texts.values())
    assert all(set(entry.texts) == {"en", "bn"} for entry in entries)
    assert {entry.key for entry in entries if entry.needs_human} == {"damaged-item", "fraud-calls"}
