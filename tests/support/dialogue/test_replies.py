"""An editor's words, or a fixed sentence, in the visitor's language."""

import pytest

from knowledge_base.types import Entry, Text
from support.dialogue import replies
from support.handoff.notices import spoken
from support.models import Site

BOTH = Entry("both", {"en": Text("Q?", "An answer."), "bn": Text("প্রশ্ন?", "উত্তর।")})
ENGLISH = Entry("english", {"en": Text("Only English?", "Yes.")})
BENGALI = Entry("bengali", {"bn": Text("শুধু বাংলা?", "হ্যাঁ।")})
PHRASED = Entry("phrased", {}, {"bn-Latn": ("kobe pabo",)})
SITE = Site(name_en="Shapla", name_bn="শাপলা")


@pytest.mark.parametrize(("speech", "said"), [("en", "An answer."), ("bn", "উত্তর।")])
def test_an_answer_is_the_editors_word_for_word(speech: str, said: str) -> None:
    reply = replies.answer(BOTH, speech)
    assert (reply.kind, reply.body, reply.extra) == ("answer", said, {"article": "both"})


@pytest.mark.parametrize(
    ("entry", "speech", "said"),
    [
        (ENGLISH, "bn", "এই তথ্যটি শুধু ইংরেজিতে আছে:\n\nYes."),
        (BENGALI, "en", "I have this in Bengali only:\n\nহ্যাঁ।"),
    ],
)
def test_a_missing_language_is_said(entry: Entry, speech: str, said: str) -> None:
    assert replies.answer(entry, speech).body == said


def test_an_article_without_an_answer_cannot_be_said() -> None:
    assert replies.can_say(ENGLISH) and replies.can_say(BENGALI)
    assert not replies.can_say(Entry("mute", {"en": Text("Q?"), "bn": Text("প্রশ্ন?", " ")}))


def test_choices_are_questions_in_the_visitors_language() -> None:
    reply = replies.clarify([BOTH, ENGLISH, PHRASED], "bn")
    assert [option["question"] for option in reply.extra["options"]] == ["প্রশ্ন?", "Only English?"]


def test_an_only_choice_is_asked_about_as_one() -> None:
    assert replies.clarify([BOTH], "en").body.startswith("Did you mean this?")


def test_what_else_may_be_meant_is_offered_below_the_answer() -> None:
    reply = replies.answer(BOTH, "en", ENGLISH)
    assert (reply.kind, reply.body) == ("answer", "An answer.\n\nOr did you mean this?")
    assert reply.extra == {"article": "both", "options": [{"article": "english", "question": "Only English?"}]}
    assert replies.answer(BOTH, "en", PHRASED) == replies.answer(BOTH, "en")


def test_without_a_choice_to_offer_other_words_are_asked_for() -> None:
    for entries in ([], [PHRASED]):
        reply = replies.clarify(entries, "bn")
        assert (reply.extra, reply.body) == (
            {},
            "ঠিক বুঝতে পারিনি। একটু অন্যভাবে লিখবেন কি? মানুষের সাথে কথা বলতে চাইলে শুধু জানান।",
        )


@pytest.mark.parametrize("kind", ["greeting", "thanks", "goodbye", "bot"])
def test_small_talk_is_warm_in_both_languages(kind: str) -> None:
    english, bengali = (replies.small_talk(kind, speech, SITE, "Rahim").body for speech in ("en", "bn"))  # type: ignore[arg-type]
    assert english.isascii() and not any("a" <= letter <= "z" for letter in bengali.replace("Rahim", ""))
    assert ("Rahim" in english) == (kind == "greeting")


@pytest.mark.parametrize(
    ("written", "banglish_reply", "speech"),
    [
        ("en", "bn", "en"),
        ("bn", "en", "bn"),
        ("bn-Latn", "bn", "bn"),
        ("bn-Latn", "en", "en"),
        ("mixed", "en", "bn"),
        ("", "bn", "bn"),
    ],
)
def test_what_language_a_message_is_answered_in(written: str, banglish_reply: str, speech: str) -> None:
    assert spoken(written, Site(banglish_reply=banglish_reply, default_language="bn")) == speech
