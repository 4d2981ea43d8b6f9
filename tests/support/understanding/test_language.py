"""The way of writing of a message."""

import pytest

from support.understanding.language import detect


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("when will my parcel arrive", "en"),
        ("how do I reset my password?", "en"),
        ("আমার পার্সেল কবে আসবে", "bn"),
        ("বিকাশে টাকা দিলে bKash চার্জ লাগে?", "bn"),
        ("amar parcel kobe ashbe", "bn-Latn"),
        ("vai order ta cancel korte chai", "bn-Latn"),
        ("taka to kete nilo kintu order confirm holo na", "bn-Latn"),
        ("আমার order টা cancel করতে চাই, status processing", "mixed"),
    ],
)
def test_a_message_is_told_by_its_letters_and_words(text: str, written: str) -> None:
    assert detect(text) == written


@pytest.mark.parametrize("text", ["ok", "2", "👍", "???", "bKash", "yes", ""])
@pytest.mark.parametrize("remembered", ["en", "bn", "bn-Latn", "mixed"])
def test_what_says_nothing_goes_on_as_before(text: str, remembered: str) -> None:
    assert detect(text, remembered) == remembered


def test_a_clear_message_overrules_the_memory() -> None:
    assert detect("where is my order now", "bn") == "en"
    assert detect("ভাই", "en") == "bn"
    assert detect("kobe pabo", "en") == "bn-Latn"
