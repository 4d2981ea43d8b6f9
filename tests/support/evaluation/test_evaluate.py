"""Figures on any labelled folder, without a database."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from knowledge_base.corpus import Query
from support.dialogue.decision import Answer, Clarify, Decision, Escalate, SmallTalk
from support.evaluation.figures import calibration_error, of_language
from support.evaluation.outcomes import Outcome

ARTICLES = [
    {"id": "refund", "category": "p", "question": {"en": "How long does a refund take?"}, "answer": {"en": "7 days."}},
    {"id": "charge", "question": {"bn": "ডেলিভারি চার্জ কত?"}, "phrasings": {"bn": ["পাঠাতে কত টাকা?"]}},
]
QUERIES: list[dict[str, Any]] = [
    {"text": "how long for a refund", "lang": "en", "kind": "in_scope", "article": "refund"},
    {"text": "who won the game", "lang": "en", "kind": "out_of_scope", "article": None},
    {"text": "hello", "lang": "en", "kind": "smalltalk", "article": None},
    {"text": "talk to a human", "lang": "en", "kind": "human_request", "article": None},
    {"text": "ডেলিভারি চার্জ কত", "lang": "bn", "kind": "in_scope", "article": "charge"},
    {"text": "আর ঢাকার বাইরে?", "lang": "bn", "kind": "follow_up", "article": "charge", "context": ["ডেলিভারি চার্জ কত?"]},
]


def write(folder: Path, articles: list[Any], queries: list[Any]) -> Path:
    for name, rows in (("articles", articles), ("queries", queries)):
        lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_it_prints_and_writes_every_figure_without_a_database(tmp_path: Path) -> None:
    out, printed = tmp_path / "out.json", StringIO()
    call_command("evaluate", write(tmp_path, ARTICLES, QUERIES), json=out, stdout=printed)
    result = json.loads(out.read_text())
    assert (result["articles"], set(result["languages"])) == (2, {"en", "bn"})
    english = result["languages"]["en"]
    assert english["in_scope"]["top1"] == 1.0 and english["in_scope"]["n"] == 1
    assert set(english) == {"in_scope", "decisions", "auroc", "out_of_scope", "smalltalk", "human_request"}
    assert english["human_request"] == {"n": 1, "recall": 1.0, "false_alarms": 0.0}
    assert result["languages"]["bn"]["follow_up"]["top1"] == 1.0
    assert "auroc" not in result["languages"]["bn"]
    assert "top1 1.000" in printed.getvalue()


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([{"text": "a", "lang": "en", "kind": "in_scope", "article": "none-such"}], "line 1.*none-such"),
        ([QUERIES[0], {"text": "a", "lang": "en", "kind": "gossip"}], "line 2.*gossip"),
        ([{"lang": "en", "kind": "in_scope"}], "line 1"),
    ],
)
def test_bad_input_is_named_with_its_line(queries: list[Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("evaluate", write(tmp_path, ARTICLES, queries))


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"articles\.jsonl"):
        call_command("evaluate", tmp_path / "nowhere")


def outcome(kind: str, right: str | None, ranked: str, decision: Decision, confidence: float = 0.5) -> Outcome:
    return Outcome(Query("q", "en", kind, right), tuple(ranked), confidence, confidence, decision)


def test_the_figures_are_what_they_say() -> None:
    figures = of_language(
        [
            outcome("in_scope", "a", "abcd", Answer("a", 0.9), 0.9),
            outcome("in_scope", "a", "bacd", Answer("b", 0.8), 0.8),
            outcome("in_scope", "a", "bcad", Clarify(("b", "c", "a")), 0.3),
            outcome("in_scope", "a", "bcda", Escalate("asked"), 0.2),
            outcome("out_of_scope", None, "abcd", Clarify(()), 0.1),
            outcome("out_of_scope", None, "abcd", Answer("a", 0.7), 0.7),
            outcome("smalltalk", None, "abcd", SmallTalk("thanks")),
            outcome("human_request", None, "abcd", Escalate("upset")),
        ]
    )
    assert (figures["in_scope"]["top1"], figures["in_scope"]["top3"]) == (0.25, 0.75)
    assert figures["decisions"] == {
        "answered_right": 0.25,
        "answered_wrong": 0.25,
        "clarified_right": 0.25,
        "clarified_wrong": 0.0,
        "escalated": 0.25,
    }
    assert figures["auroc"] == 0.75
    assert figures["out_of_scope"] == {"n": 2, "answered": 0.5, "clarified": 0.5, "escalated": 0.0}
    assert figures["smalltalk"] == {"n": 1, "recall": 1.0, "false_alarms": 0.0}
    assert figures["human_request"] == {"n": 1, "recall": 0.0, "false_alarms": 0.25}


def test_calibration_error_is_the_gap_between_promise_and_truth() -> None:
    honest = [outcome("in_scope", "a", "a" if at < 8 else "b", Clarify(()), 0.8) for at in range(10)]
    boastful = [outcome("in_scope", "a", "b", Clarify(()), 0.8) for _ in range(10)]
    assert calibration_error(honest) == pytest.approx(0)
    assert calibration_error(boastful) == pytest.approx(0.8)
