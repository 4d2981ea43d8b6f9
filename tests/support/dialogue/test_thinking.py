"""What is known about a message, with the real encoder and no database."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from knowledge_base import encoder, reranker
from knowledge_base.bundled import BundledEncoder
from knowledge_base.retriever import Retriever
from knowledge_base.types import Vectors
from support.dialogue.decision import Option, Policy
from support.dialogue.thinking import Memory, Mind, Offer
from support.understanding import sentiment
from tests.knowledge_base.conftest import ENTRIES

ANGRY = "Why has nobody paid my money back, this is a scandal and I want to talk to your manager!"
OFFERED = (Offer("delivery-charge", ANGRY), Offer("opening", "দোকান কখন খোলে?"), Offer("withdrawn", "Gone?"))

OUTRIGHT = 1 - 1 / Policy().wrong_cost  # from here on an answer is given with no question back and nothing below it


@pytest.fixture
def mind() -> Mind:
    model = encoder.load("bundled")
    retriever = Retriever.build(ENTRIES, model).read_by(reranker.load("bundled"))
    return Mind(retriever, sentiment.load("bundled", model.name))


def test_one_call_of_the_encoder_serves_search_and_mood(mind: Mind, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Sequence[str]] = []
    model = mind.retriever.encoder
    assert isinstance(model, BundledEncoder)
    embed = model._encode

    def listen(texts: Sequence[str], outputs: list[str]) -> list[Vectors]:
        asked.append(texts)
        return embed(texts, outputs)

    monkeypatch.setattr(model, "_encode", listen)
    thought = mind.think("How much is the delivery charge?", Memory(earlier=("taka ferot pabo kobe",)))
    assert thought.evidence.options[0].article == "delivery-charge"
    assert asked == [["How much is the delivery charge?"]]


def test_yes_to_several_choices_is_the_first_and_offers_the_next(mind: Mind) -> None:
    evidence = mind.think("haa", Memory(offered=OFFERED, asked_back=True)).evidence
    assert (evidence.chosen, evidence.or_else) == (Option("delivery-charge", 1.0), "opening")
    evidence = mind.think("হ্যাঁ", Memory(offered=OFFERED[:1], asked_back=True)).evidence
    assert (evidence.chosen, evidence.or_else) == (Option("delivery-charge", 1.0), "")


def test_none_of_them_refuses_a_question_back_and_is_polite_about_what_stood_below_an_answer(mind: Mind) -> None:
    assert mind.think("konotai na", Memory(offered=OFFERED, asked_back=True)).evidence.refused
    below = mind.think("na", Memory(offered=OFFERED[:1])).evidence
    assert (below.refused, below.small_talk) == (False, "thanks")


@pytest.mark.parametrize("text", [ANGRY, "1", " ১ ", "(1)"])
def test_a_choice_is_known_by_its_words_or_its_number(mind: Mind, text: str) -> None:
    assert mind.think(text, Memory(offered=OFFERED)).evidence.chosen == Option("delivery-charge", 1.0)


def test_a_button_says_an_editors_words_and_not_the_visitors_mood_or_language(mind: Mind) -> None:
    own = mind.think(ANGRY, Memory(language="bn-Latn"))
    assert own.evidence.chosen is None and own.language == "en"
    assert own.evidence.upset > 0.9 and own.mood.sentiment == "negative"
    pressed = mind.think(ANGRY, Memory(language="bn-Latn", offered=OFFERED))
    assert pressed.language == "bn-Latn" and pressed.mood.sentiment == "neutral"
    assert not pressed.evidence.wants_person and pressed.evidence.upset == 0


@pytest.mark.parametrize("text", ["Gone?", "3", "4", "0", "12"])
def test_a_withdrawn_article_or_a_number_too_high_is_no_choice(mind: Mind, text: str) -> None:
    assert mind.think(text, Memory(offered=OFFERED)).evidence.chosen is None


@pytest.mark.parametrize("text", ["আর চট্টগ্রামে?", "ar baire hole?", "and outside the city?"])
def test_a_short_message_is_read_with_the_one_before_which_cannot_answer_by_itself(mind: Mind, text: str) -> None:
    alone = mind.think(text, Memory()).ranking.candidates
    after = mind.think(text, Memory(earlier=("How much is the delivery charge?",))).ranking.candidates
    assert after[0].article == "delivery-charge"
    assert alone[0].confidence < 0.1 < after[0].confidence < OUTRIGHT
    assert [found.confidence for found in after] == sorted((found.confidence for found in after), reverse=True)


@pytest.mark.parametrize(
    "text", ["দোকান কখন খোলে?", "and what about all of the many people who happen to live outside of the city?"]
)
def test_a_message_that_is_sure_or_long_stands_by_itself(mind: Mind, text: str) -> None:
    alone, after = (mind.think(text, Memory(earlier=earlier)) for earlier in ((), ("delivery charge koto?",)))
    assert alone.ranking == after.ranking


@pytest.mark.parametrize("text", ["ধন্যবাদ", "I want to talk to a human"])
def test_a_signal_is_no_half_of_a_question(mind: Mind, text: str) -> None:
    alone, after = (mind.think(text, Memory(earlier=earlier)) for earlier in ((), ("delivery charge koto?",)))
    assert alone.ranking == after.ranking
