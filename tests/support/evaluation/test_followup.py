"""Learning to read follow-ups, on two tiny businesses."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from knowledge_base import encoder
from support.dialogue import context
from support.dialogue.context import Weights
from support.evaluation.following import held_out
from support.evaluation.remembering import Remembering
from support.understanding import followup
from support.understanding.linear import Linear
from tests.support.evaluation.test_evaluate import write

PLACES = ("Dhaka", "Khulna", "Sylhet", "Rangpur")


def business(folder: Path, thing: str) -> Path:
    """Four articles about `thing`, one for each place, each asked for in full and as a follow-up."""
    folder.mkdir()
    articles: list[Any] = [
        {
            "id": place,
            "category": thing,
            "question": {"en": f"How much is {thing} in {place}?"},
            "answer": {"en": f"It costs {number + 5} taka."},
        }
        for number, place in enumerate(PLACES)
    ]
    asked = [
        {"text": f"{start} {thing}", "lang": "en", "kind": "in_scope", "article": place}
        for place in PLACES
        for start in ("what about the", "is it dear, your")
    ]
    going_on = [
        {
            "text": f"and {place}?",
            "lang": "en",
            "kind": "follow_up",
            "article": place,
            "context": [f"how much is {thing} in {PLACES[0]}"],
        }
        for place in PLACES[1:]
    ]
    return write(folder, articles, [*asked, *going_on])


@pytest.fixture
def businesses(tmp_path: Path, settings: Settings) -> list[Path]:
    settings.VAR_DIR = tmp_path / "var"
    return [business(tmp_path / thing, thing) for thing in ("parking", "cleaning")]


def test_what_it_writes_is_what_the_dialogue_reads(businesses: list[Path], tmp_path: Path) -> None:
    printed = StringIO()
    call_command(
        "train_followup", *businesses, unseen=["parking", "cleaning"], test=businesses[0], to=tmp_path, stdout=printed
    )
    weights = Weights.load(tmp_path / context.WEIGHTS.name)
    assert (len(weights.reading), len(weights.follows)) == (4, 8)
    assert "cleaning, parking" in json.loads((tmp_path / context.WEIGHTS.name).read_text())["note"]
    model = Linear.load(tmp_path / followup.MODEL.name)
    assert followup.leaning("and Barisal?", model) > 0 > followup.leaning("what about the parking", model)
    card = (tmp_path / "FOLLOWUP.md").read_text()
    assert card.strip() == printed.getvalue().strip()
    assert "| held out | en | 6 |" in card and "| parking | en | 3 |" in card


@pytest.mark.parametrize("unseen", [["parking", "no-such"], ["parking"]])
def test_businesses_that_cannot_be_held_out_are_named(
    businesses: list[Path], tmp_path: Path, unseen: list[str]
) -> None:
    with pytest.raises(CommandError, match="unseen"):
        call_command("train_followup", *businesses, unseen=unseen, test=businesses[0], to=tmp_path)
    assert not (tmp_path / context.WEIGHTS.name).exists()


def test_a_business_without_follow_ups_is_named(businesses: list[Path], tmp_path: Path) -> None:
    path = businesses[1] / "queries.jsonl"
    lines = [line for line in path.read_text().splitlines() if "follow_up" not in line]
    path.write_text("\n".join(lines))
    with pytest.raises(CommandError, match="cleaning needs follow-ups"):
        call_command("train_followup", *businesses, unseen=["parking", "cleaning"], test=businesses[0], to=tmp_path)


def test_every_business_is_held_out_once() -> None:
    names = [f"business {number}" for number in range(20)]
    folds = held_out(names * 2)
    assert sorted(name for fold in folds for name in fold) == sorted(names)
    assert folds == held_out(names)


def test_vectors_that_were_read_before_come_from_the_file(tmp_path: Path) -> None:
    class Broken:
        name, dimension = encoder.load("bundled").name, encoder.load("bundled").dimension

        def queries(self, texts: object) -> Any:
            raise AssertionError("read again")

        passages = queries

    path = tmp_path / "vectors.npz"
    read = Remembering(encoder.load("bundled"), path).queries(["koto?", "how much"])
    again = Remembering(Broken(), path)
    assert np.array_equal(again.queries(["how much", "koto?"]), read[::-1])
    with pytest.raises(AssertionError, match="read again"):  # a passage is read in another way than a query
        again.passages(["how much"])
