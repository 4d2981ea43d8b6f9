"""The moves in the demo shop: its sixty articles, the shipped encoder, the costs that a site begins with."""

from __future__ import annotations

import pytest

from knowledge_base import demo, encoder
from knowledge_base.corpus import read_entries
from knowledge_base.retriever import Retriever
from support.dialogue.decision import Answer, Clarify, Policy, decide
from support.dialogue.thinking import Memory, Mind
from support.understanding import sentiment


@pytest.fixture(scope="module")
def mind() -> Mind:
    model = encoder.load("bundled")
    return Mind(Retriever.build(read_entries(demo.ARTICLES.parent), model), sentiment.load("bundled", model.name))


@pytest.mark.parametrize("text", ["delivery charge koto?", "ডেলিভারি চার্জ কত?", "how much is delivery?"])
def test_what_two_articles_answer_is_asked_back_with_both(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, Memory()).evidence, Policy())
    assert isinstance(move, Clarify)
    assert {"delivery-charge-inside-dhaka", "delivery-charge-outside-dhaka"} <= set(move.articles)


@pytest.mark.parametrize("text", ["dhakar baire delivery charge koto?", "ঢাকার বাইরে ডেলিভারি চার্জ কত?"])
def test_what_one_of_them_answers_is_answered(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, Memory()).evidence, Policy())
    assert isinstance(move, Answer) and move.article == "delivery-charge-outside-dhaka"
