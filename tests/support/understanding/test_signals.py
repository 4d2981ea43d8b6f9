"""Who asks for a person, and who makes small talk; in words that are in no training file."""

import time

import pytest

from support.understanding import signals
from support.understanding.signals import Signals


@pytest.mark.parametrize(
    "text",
    [
        "please let me talk to a real human being",
        "I want to speak with an agent now",
        "একজন মানুষের সাথে কথা বলতে চাই ভাই",
        "আপনাদের প্রতিনিধির সঙ্গে কথা বলব",
        "vai ekjon manusher sathe kotha bolte chai",
        "agent er sathe kotha bolte chacchi",
    ],
)
def test_who_asks_for_a_person_is_heard(text: str) -> None:
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
    "text",
    [
        "hi, how much is delivery to Sylhet?",
        "ধন্যবাদ, কিন্তু রিফান্ড তো এখনো পেলাম না",
        "salam vai, order ta kobe pabo",
        "ki vabe return korbo",
        "the delivery person was rude to me yesterday",
        "পেমেন্ট করেছি কিন্তু অর্ডার কনফার্ম হয়নি",
        "",
        "\x00",
        "12345",
    ],
)
def test_a_question_is_neither(text: str) -> None:
    assert signals.read(text) == Signals()


def test_a_long_hostile_message_is_read_in_no_time() -> None:
    began = time.process_time()
    signals.read("ক্" * 2000)
    signals.read("a" * 4000)
    assert time.process_time() - began < 1


def test_phrases_have_classes() -> None:
    phrases = signals.read_phrases()
    assert {label for _text, label in phrases} == {"person", "greeting", "thanks", "goodbye", "bot", "none"}
    assert len(phrases) == len(set(phrases)) > 300
