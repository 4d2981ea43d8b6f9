"""Who asks for a person, and who makes small talk."""

import random
import time

import pytest

from support.understanding import signals
from support.understanding.phrases import Phrases, Row, messages, read_phrases
from support.understanding.signals import Signals


@pytest.mark.parametrize(
    "text",
    [
        "please let me talk to a real human being",
        "I want to speak with an agent now",
        "is anybody from your support team around to talk?",
        "get me your manager",
        "enough of this bot. I want a person",
        "একজন মানুষের সাথে কথা বলতে চাই ভাই",
        "আপনাদের প্রতিনিধির সঙ্গে কথা বলব",
        "রোবট চাই না, মানুষ দেন",
        "vai ekjon manusher sathe kotha bolte chai",
        "agent er sathe kotha bolte chacchi",
        "apnader manager ke daken",
    ],
)
def test_who_asks_for_a_person_is_heard(text: str) -> None:
    assert signals.read(text).wants_person


@pytest.mark.parametrize(
    "text",
    [
        "my order is late, give me a human",
        "hello! can I talk to a person?",
        "টাকা কেটে নিয়েছে কিন্তু অর্ডার হয়নি। একজন মানুষ দিন",
        "taka kete nise, ekjon manush den",
    ],
)
def test_a_person_asked_for_beside_something_else_is_heard(text: str) -> None:
    assert signals.read(text).wants_person


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hello!", "greeting"),
        ("আসসালামু আলাইকুম ভাইয়া", "greeting"),
        ("kemon achen bhai", "greeting"),
        ("thank you very much", "thanks"),
        ("অনেক ধন্যবাদ আপনাকে", "thanks"),
        ("dhonnobad bhai", "thanks"),
        ("ok bye", "goodbye"),
        ("আল্লাহ হাফেজ", "goodbye"),
        ("are you a robot?", "bot"),
        ("apni ki robot naki manush", "bot"),
    ],
)
def test_small_talk_is_heard(text: str, kind: str) -> None:
    assert signals.read(text) == Signals(small_talk=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("hi, how are you?", "greeting"), ("ok, thanks. bye!", "goodbye"), ("hello, are you a bot?", "bot")],
)
def test_small_talk_of_several_kinds_is_what_it_says_last(text: str, kind: str) -> None:
    assert signals.read(text) == Signals(small_talk=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "hi, how much is delivery to Sylhet?",
        "thanks, and how do I return it",
        "hello where is my order",
        "ধন্যবাদ, কিন্তু রিফান্ড তো এখনো পেলাম না",
        "salam vai, order ta kobe pabo",
    ],
)
def test_a_question_after_a_greeting_is_a_question(text: str) -> None:
    assert signals.read(text) == Signals()


@pytest.mark.parametrize(
    "text",
    [
        "ki vabe return korbo",
        "the delivery person was rude to me yesterday",
        "পেমেন্ট করেছি কিন্তু অর্ডার কনফার্ম হয়নি",
        "",
        "\x00",
        "12345",
        "?!",
    ],
)
def test_a_question_is_neither(text: str) -> None:
    assert signals.read(text) == Signals()


def test_a_long_hostile_message_is_read_in_no_time() -> None:
    began = time.process_time()
    signals.read("ক্" * 2000)
    signals.read("a" * 4000)
    signals.read("a," * 2000)
    assert time.process_time() - began < 1


def test_phrases_have_classes_and_ways_of_writing() -> None:
    templates = read_phrases().templates
    assert {row.label for row in templates} == {"person", "greeting", "thanks", "goodbye", "bot", "none"}
    assert {row.language for row in templates} == {"en", "bn", "bn-Latn"}
    assert len(templates) == len({(row.text, row.label) for row in templates})


def test_a_template_is_written_out_with_its_alternatives_and_words() -> None:
    phrases = Phrases(words={"WHO": ["agent", "human"]})
    texts = phrases.expand("{get|give} me {WHO|staff} {now|}", random.Random(1))
    assert len(texts) == 12
    assert {"get me agent", "give me human now", "get me staff"} <= set(texts)


def test_a_greeting_joined_to_a_question_is_learned_as_none() -> None:
    phrases = read_phrases()
    greetings = [row for row in phrases.templates if row.label == "greeting" and row.language == "en"]
    rows = messages(phrases, greetings, [Row("where is my order", "in_scope", "en", "shop")])
    joined = [row for row in rows if row.text.endswith("where is my order") and row.source != "shop"]
    assert joined
    assert {row.label for row in joined} == {"none"}
