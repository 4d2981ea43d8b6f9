"""An editor's words, or a fixed sentence, in the visitor's language."""

import pytest

from knowledge_base.types import Entry, Text
from support.dialogue import replies
from support.handoff.notices import spoken
from support.models import Site

BOTH = Entry("both", {"en": Text("Q?", "An answer."), "bn": Text("প্রশ্ন?", "উত্তর।")})
ENGLISH = Entry("english", {"en": Text("Only English?", "Yes.")})
SITE = Site(name_en="Shapla", name_bn="শাপলা")


@pytest.mark.parametrize(("speech", "said"), [("en", "An answer."), ("bn", "উত্তর।")])
def test_an_answer_is_the_editors_word_for_word(speech: str, said: str) -> None:
    reply = replies.answer(BOTH, speech)
    assert reply is not None and (reply.body, reply.extra) == (said, {"article": "both"})


def test_a_missing_language_is_said() -> None:
    reply = replies.answer(ENGLISH, "bn")
    assert reply is not None and reply.body == "এই তথ্যটি শুধু ইংরেজিতে আছে:\n\nYes."


def test_an_article_without_an_answer_has_none() -> None:
    assert replies.answer(Entry("mute", {"en": Text("Q?")}), "en") is None


def test_choices_are_questions_in_the_visitors_language() -> None:
    reply = replies.clarify([BOTH, ENGLISH], "bn")
    assert [option["question"] for option in reply.extra["options"]] == ["প্রশ্ন?", "Only English?"]
    assert replies.clarify([], "bn").extra == {}


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
