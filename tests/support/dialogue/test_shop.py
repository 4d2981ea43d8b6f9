"""The moves in the demo shop: its sixty articles, the shipped encoder and reranker, a new site's costs."""

from __future__ import annotations

import pytest

from knowledge_base import demo, encoder, reranker
from knowledge_base.corpus import read_entries
from knowledge_base.retriever import Retriever
from support.dialogue.decision import Answer, Clarify, Policy, decide
from support.dialogue.thinking import Memory, Mind, Offer
from support.understanding import sentiment


@pytest.fixture(scope="module")
def mind() -> Mind:
    model = encoder.load("bundled")
    shop = Retriever.build(read_entries(demo.ARTICLES.parent), model, demo.vectors())
    return Mind(shop.read_by(reranker.load("bundled")), sentiment.load("bundled", model.name))


@pytest.mark.parametrize("text", ["delivery charge koto?", "ডেলিভারি চার্জ কত?", "how much is delivery?"])
def test_what_two_articles_answer_is_asked_back_with_both(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, Memory()).evidence, Policy())
    assert isinstance(move, Clarify)
    assert {"delivery-charge-inside-dhaka", "delivery-charge-outside-dhaka"} <= set(move.articles)


@pytest.mark.parametrize("text", ["dhakar baire delivery charge koto?", "ঢাকার বাইরে ডেলিভারি চার্জ কত?"])
def test_what_one_of_them_answers_is_answered(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, Memory()).evidence, Policy())
    assert isinstance(move, Answer) and move.article == "delivery-charge-outside-dhaka"


INSIDE, OUTSIDE = "delivery-charge-inside-dhaka", "delivery-charge-outside-dhaka"
ASKED_BACK = Memory(
    misses=1,
    offered=(
        Offer(INSIDE, "How much is delivery inside Dhaka?"),
        Offer(OUTSIDE, "How much is delivery outside Dhaka?"),
    ),
    asked_back=True,
    asked=frozenset({frozenset({INSIDE, OUTSIDE})}),
    earlier=("delivery charge koto?",),
)


@pytest.mark.parametrize("text", ["ঢাকার বাইরে", "outside dhaka", "dhakar baire", "2nd ta", "দ্বিতীয়টা", "the second one"])
def test_an_answer_to_a_question_back_is_understood_as_one(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, ASKED_BACK).evidence, Policy())
    assert isinstance(move, Answer) and move.article == OUTSIDE


@pytest.mark.parametrize(
    ("text", "earlier", "article"),
    [
        ("আর চট্টগ্রামে?", "ঢাকার ভিতরে ডেলিভারি চার্জ কত?", OUTSIDE),
        ("and to chittagong?", "How much is delivery inside Dhaka?", OUTSIDE),
        ("ar nagad e?", "bkash diye kivabe pay korbo", "pay-with-nagad"),
    ],
)
def test_a_follow_up_is_read_with_what_came_before(mind: Mind, text: str, earlier: str, article: str) -> None:
    assert mind.think(text, Memory(earlier=(earlier,))).ranking.candidates[0].article == article


@pytest.mark.parametrize("text", ["how do i sign up", "পাসওয়ার্ড ভুলে গেছি", "order cancel korbo kivabe"])
def test_a_question_that_stands_by_itself_is_not_bent_by_what_came_before(mind: Mind, text: str) -> None:
    alone, after = (mind.think(text, memory).ranking.candidates[0].article for memory in (Memory(), ASKED_BACK))
    assert alone == after


@pytest.mark.parametrize(
    "text",
    [
        "dhakar baire delivery charge koto? order cancel korbo kivabe?",
        "ঢাকার বাইরে ডেলিভারি চার্জ কত আর অর্ডার বাতিল করব কীভাবে?",
        "how much is delivery outside dhaka and how do I cancel my order",
    ],
)
def test_two_questions_get_two_answers(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, Memory()).evidence, Policy())
    assert isinstance(move, Answer) and (move.article, move.also) == (OUTSIDE, "cancel-before-shipping")


@pytest.mark.parametrize(
    "text", ["how do I return and get a refund", "ami ar amar bhai order dite chai", "name and address change"]
)
def test_one_question_with_an_and_in_it_is_one(mind: Mind, text: str) -> None:
    move = decide(mind.think(text, Memory()).evidence, Policy())
    assert not (isinstance(move, Answer) and move.also)
