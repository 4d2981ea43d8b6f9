"""Answers to a question back, as people write them."""

import pytest

from support.understanding.choice import Choice, named, read


@pytest.mark.parametrize(
    "text", ["1", "(1)", "১", "first", "the first one", "1st ta", "prothom ta", "প্রথমটা", "no 1", "number one"]
)
def test_the_first_is_picked(text: str) -> None:
    assert read(text, 3) == Choice("picked", 0)


@pytest.mark.parametrize(
    "text",
    [
        "2",
        " ২ ",
        "2nd ta",
        "দ্বিতীয়টা",
        "the second one",
        "second one please",
        "option 2",
        "2 no ta",
        "২ নম্বরটা",
        "2ta",
        "haa 2nd ta",
    ]
    + ["ditiyo ta", "number two", "২য়টা", "vai 2 nombor ta", "দুই নম্বর"],
)
def test_the_second_is_picked(text: str) -> None:
    assert read(text, 3) == Choice("picked", 1)


@pytest.mark.parametrize("text", ["the last one", "sesher ta", "শেষেরটা", "3"])
def test_the_last_is_picked(text: str) -> None:
    assert read(text, 3) == Choice("picked", 2)


@pytest.mark.parametrize(
    "text", ["haa", "ha", "yes", "Yes!", "হ্যাঁ", "জি", "ji vai", "yes please", "etai", "হ্যাঁ এটাই", "that is right"]
)
def test_yes(text: str) -> None:
    assert read(text, 1) == Choice("yes")


@pytest.mark.parametrize(
    "text",
    [
        "no",
        "na",
        "না",
        "konotai na",
        "kono tai na",
        "none of them",
        "none of these",
        "neither",
        "কোনোটাই না",
        "একটাও না",
        "eta na",
        "not these",
    ]
    + ["নাহ"],
)
def test_none_of_them(text: str) -> None:
    assert read(text, 3) == Choice("none")


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "0",
        "12",
        "1 or 2",
        "ঢাকার বাইরে",
        "and for cash?",
        "what is the delivery charge?",
        "ok thanks",
        "return korte chai",
    ]
    + ["", "👍", "no I mean the return of my money", "na vai dhakar baire"],
)
def test_other_words_are_no_choice(text: str) -> None:
    assert read(text, 3) is None


def test_where_nothing_was_offered_there_is_no_choice() -> None:
    assert read("yes", 0) is None and read("2", 1) is None


IN_OR_OUT = (
    ["Delivery charge inside Dhaka?", "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"],
    ["Charge outside Dhaka?", "ঢাকার বাইরে চার্জ কত?"],
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("outside Dhaka", 1),
        ("ঢাকার বাইরে", 1),
        ("inside", 0),
        ("ভিতরে", 0),
        ("Dhaka", None),
        ("outside Khulna", None),
        ("", None),
    ],
)
def test_a_choice_is_named_by_words_that_it_alone_has(text: str, number: int | None) -> None:
    assert named(text, IN_OR_OUT) == number
    assert named(text, IN_OR_OUT[:1]) is None
