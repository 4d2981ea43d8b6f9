"""A small business, and the bundled encoder that counts what it embeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytest_django import Settings

from knowledge_base import encoder, live
from knowledge_base.encoder import Encoder
from knowledge_base.types import Entry, Text, Vectors

ENTRIES = [
    Entry(
        "refund-time",
        {
            "en": Text("How long does a refund take?", "A refund takes 7 working days."),
            "bn": Text("টাকা ফেরত পেতে কত দিন লাগে?", "টাকা ফেরত পেতে ৭ কর্মদিবস লাগে।"),
        },
        {"bn-Latn": ("taka ferot pabo kobe",)},
        "payment",
    ),
    Entry(
        "delivery-charge",
        {
            "en": Text("How much is the delivery charge?", "Delivery costs 60 taka inside Dhaka."),
            "bn": Text("ডেলিভারি চার্জ কত?", "ঢাকার ভেতরে ডেলিভারি চার্জ ৬০ টাকা।"),
        },
        {"en": ("What do you charge for shipping?",)},
        "delivery",
    ),
    Entry("opening", {"bn": Text("দোকান কখন খোলে?", "সকাল ৯টায়।")}, {}, "shop", needs_human=True),
]


class Counting:
    """A real encoder that keeps the passages it was given."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self.name, self.dimension = inner.name, inner.dimension
        self.embedded: list[str] = []

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._inner.queries(texts)

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return self._inner.passages(texts)


@pytest.fixture
def counting() -> Counting:
    return Counting(encoder.load("bundled"))


@pytest.fixture
def watched(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> Counting:
    """The encoder that everything in this process uses."""
    monkeypatch.setattr(encoder, "load", lambda _setting: counting)
    return counting


@pytest.fixture
def index_dir(tmp_path: Path, settings: Settings) -> Iterator[Path]:
    """An empty folder for versions, and a process that has loaded none."""
    settings.INDEX_DIR = tmp_path / "index"
    live.forget()
    yield settings.INDEX_DIR
    live.forget()
