"""Businesses judged by what was fitted on others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from knowledge_base.corpus import Query
from support.dialogue.decision import Clarify
from support.evaluation.held_out import answered_at
from support.evaluation.outcomes import Outcome

WAYS = {"en": "how much is {}", "bn": "{} এর দাম কত", "bn-Latn": "{} er dam koto bhai"}
THINGS = ("bread", "milk", "fish", "rice")


def business(folder: Path) -> Path:
    """Four articles, asked for in each way of writing, and a question that none answers."""
    folder.mkdir()
    articles = [{"id": thing, "question": {"en": f"What does {thing} cost?"}} for thing in THINGS]
    queries: list[dict[str, str | None]] = [
        {"text": form.format(thing), "lang": way, "kind": "in_scope", "article": thing}
        for way, form in WAYS.items()
        for thing in THINGS
    ]
    queries += [{"text": "who won the match", "lang": way, "kind": "out_of_scope", "article": None} for way in WAYS]
    for name, rows in (("articles", articles), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows))
    return folder


def test_every_query_of_every_business_is_judged(tmp_path: Path) -> None:
    one, other, tested = (business(tmp_path / name) for name in ("one", "other", "tested"))
    out = tmp_path / "figures.json"
    call_command("evaluate_held_out", one, other, test=[tested], json=out, reranker="off")
    result = json.loads(out.read_text())
    figures = result["languages"]
    assert result["articles"] == 12
    assert {way: of_way["in_scope"]["n"] for way, of_way in figures.items()} == dict.fromkeys(WAYS, 12)
    assert figures["en"]["out_of_scope"]["n"] == 3
    assert figures["en"]["in_scope"]["top1"] == 1.0
    assert 0 <= figures["en"]["at_precision_0.97"]["answered"] <= 1


def test_one_business_alone_cannot_be_held_out(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="two or more"):
        call_command("evaluate_held_out", business(tmp_path / "one"), json=tmp_path / "figures.json")


def outcome(kind: str, right: bool, confidence: float) -> Outcome:
    query = Query("a", "en", kind, "right" if kind == "in_scope" else None)
    return Outcome(query, ("right" if right else "wrong",), confidence, confidence, Clarify(()))


def test_as_many_are_answered_as_the_precision_allows() -> None:
    found = [outcome("in_scope", True, 0.9), outcome("in_scope", True, 0.8), outcome("out_of_scope", False, 0.7)]
    found += [outcome("in_scope", True, 0.6), outcome("in_scope", False, 0.5)]
    assert answered_at(0.97, found) == {"answered": 0.5, "from": 0.8}
    assert answered_at(0.75, found) == {"answered": 0.75, "from": 0.6}
    assert answered_at(0.97, [outcome("in_scope", False, 0.9)]) == {"answered": 0.0, "from": 1.0}
