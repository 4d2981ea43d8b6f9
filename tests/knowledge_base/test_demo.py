"""The demo shop: there after the first start, and never in anybody's way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from knowledge_base import demo, encoder, importing, live
from knowledge_base.models import Article, ArticleText, IndexVersion
from knowledge_base.passages import fingerprint, passages_of
from tests.knowledge_base.conftest import ENTRIES, Counting

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_demo_can_be_asked(index_dir: Path) -> None:
    count = demo.load()
    assert count == Article.objects.count() == len(importing.read(demo.ARTICLES))
    assert live.status().articles == count
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


def test_nothing_of_it_is_embedded(index_dir: Path, watched: Counting) -> None:
    demo.load()
    assert watched.embedded == []


def test_its_vectors_are_those_of_the_encoder() -> None:
    model = encoder.load(settings.ENCODER)
    texts = [passage.text for entry in importing.read(demo.ARTICLES) for passage in passages_of(entry)]
    known = demo.vectors()
    assert {fingerprint(model.name, text) for text in texts} == set(known), "run manage.py embed_demo"
    some = texts[::60]
    kept = np.stack([known[fingerprint(model.name, text)] for text in some])
    assert (kept * model.passages(some)).sum(axis=1).min() > 0.999  # each kind of processor rounds otherwise
