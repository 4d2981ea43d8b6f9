"""Where a message may be cut in two."""

import pytest

from support.understanding.halves import MOST_CUTS, halves


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ("delivery charge koto? return korbo kivabe?", [("delivery charge koto?", "return korbo kivabe?")]),
        ("ডেলিভারি চার্জ কত আর ফেরত দেব কীভাবে", [("ডেলিভারি চার্জ কত", "ফেরত দেব কীভাবে")]),
        ("how do I return it, and when do I get my money", [("how do I return it", "when do I get my money")]),
        ("কত দিন লাগে। আর টাকা কত?", [("কত দিন লাগে।", "টাকা কত?")]),
        ("delivery charge koto", []),
        ("and outside Dhaka?", []),
        ("terms and conditions", []),
        ("ok. delivery charge koto?", []),
        ("", []),
    ],
)
def test_it_is_cut_between_sentences_and_at_joining_words(text: str, cuts: list[tuple[str, str]]) -> None:
    assert halves(text)[:1] == cuts


def test_a_long_message_is_cut_in_few_ways() -> None:
    assert len(halves("what is this? " * 50)) == MOST_CUTS
