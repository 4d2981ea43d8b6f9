"""Whole conversations with the demo shop: the right move after each message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from pytest_django import Settings

from knowledge_base import demo, importing, live
from support.dialogue import turn
from support.dialogue.decision import Answer, Clarify, Silent
from support.models import Message, Site
from tests.knowledge_base.conftest import ENTRIES
from tests.support.dialogue import playing, table
from tests.support.dialogue.table import BadTable, Made

TABLE = Path(__file__).with_name("conversations.txt")
SHOP = frozenset(entry.key for entry in importing.read(demo.ARTICLES))
DHAKA, OUTSIDE = "delivery-charge-inside-dhaka", "delivery-charge-outside-dhaka"
FLOOR = 0.56  # a little under what is reached, 0.568: raise it with that. The aim is 0.95.


@pytest.fixture
def shop(tmp_path: Path, settings: Settings, db: None) -> Iterator[Site]:
    settings.INDEX_DIR = tmp_path / "index"
    live.forget()
    demo.load()
    yield Site.objects.create(key="demo", name_en="Shapla Store", name_bn="শাপলা স্টোর", week="always")
    live.forget()


@pytest.mark.timeout(900)  # some 600 turns, of 0.1 s on an idle machine
def test_the_moves_are_right(shop: Site) -> None:
    outcomes = [outcome for told in table.read(TABLE, SHOP) for outcome in playing.play(told, shop)]
    report = playing.report(outcomes)
    (settings.VAR_DIR / "conversations.txt").write_text(report, encoding="utf-8")
    print(report)  # noqa: T201 - shown when the test fails, or by -rP
    assert playing.share(outcomes) >= FLOOR


def played(lines: str, path: Path, site: Site) -> list[str]:
    """What the bot of a small business does in the conversation that `lines` tell."""
    path.write_text(lines, encoding="utf-8")
    articles = frozenset(entry.key for entry in ENTRIES)
    return [str(outcome.made) for told in table.read(path, articles) for outcome in playing.play(told, site)]


@pytest.mark.usefixtures("knowledge")
def test_a_given_question_back_can_be_answered_and_an_agent_is_left_alone(site: Site, tmp_path: Path) -> None:
    lines = "# 001 en title\n> money\n< clarify delivery-charge refund-time\n> 2\n= silent\n* agent\n> hello\n= silent"
    assert played(lines, tmp_path / "table.txt", site) == ["answer refund-time", "silent"]


@pytest.mark.usefixtures("knowledge")
def test_who_is_asked_back_needlessly_presses_what_they_meant(site: Site, tmp_path: Path) -> None:
    asked_back = Clarify(("refund-time", "delivery-charge"))
    with patch.object(turn, "judge", side_effect=[asked_back, *[Answer("delivery-charge", 1.0)] * 2]):
        lines = "# 001 en title\n> what is the fee\n= answer delivery-charge\n> thanks\n= smalltalk"
        made = played(lines, tmp_path / "table.txt", site)
    assert made == ["clarify (offers delivery-charge, refund-time)", "answer delivery-charge"]
    said = Message.objects.filter(sender=Message.Sender.VISITOR).order_by("seq").values_list("body", flat=True)
    assert list(said) == ["what is the fee", "How much is the delivery charge?", "thanks"]


@pytest.mark.usefixtures("knowledge")
def test_pieces_are_one_turn_and_a_person_is_part_of_the_move(site: Site, tmp_path: Path) -> None:
    lines = "# 001 bn title\n> দোকান কখন\n>+ খোলে?\n= silent"
    with patch.object(turn, "judge", side_effect=[Silent(), Answer("opening", 1.0, then_escalate=True)]):
        assert played(lines, tmp_path / "table.txt", site) == ["answer opening + person"]


def test_the_table_is_as_large_and_as_even_as_it_says() -> None:
    told = table.read(TABLE, SHOP)
    written = [one.writing for one in told]
    assert len(told) == 200
    assert min(written.count(way) for way in ("bn", "en", "bn-Latn")) >= 60
    assert all(2 <= len(one.steps) <= 8 for one in told)


def test_no_message_is_one_of_the_articles_own() -> None:
    theirs = {
        words.casefold()
        for entry in importing.read(demo.ARTICLES)
        for words in (
            *(text.question for text in entry.texts.values()),
            *(phrasing for written in entry.phrasings.values() for phrasing in written),
        )
    }
    ours = [piece for one in table.read(TABLE, SHOP) for step in one.steps for piece in step.pieces]
    assert not [piece for piece in ours if piece.casefold() in theirs]


@pytest.mark.parametrize(
    ("right", "made"),
    [
        (f"answer {DHAKA}", Made("answer", frozenset({DHAKA}))),
        (f"answer {DHAKA}|{OUTSIDE}", Made("answer", frozenset({OUTSIDE}))),
        (f"answer {DHAKA} + {OUTSIDE}", Made("answer", frozenset({DHAKA, OUTSIDE}))),
        (f"answer {DHAKA} + {OUTSIDE}", Made("answer", frozenset({DHAKA}), frozenset({OUTSIDE}))),
        (f"answer|clarify {DHAKA}", Made("clarify", offered=frozenset({OUTSIDE, DHAKA}))),
        ("answer damaged-item + person", Made("answer", frozenset({"damaged-item"}), waiting=(False, True))),
        ("answer damaged-item + person", Made("answer", frozenset({"damaged-item"}), waiting=(True, True))),
        ("unknown", Made("clarify", offered=frozenset({DHAKA}))),
        ("unknown", Made("unknown")),
        ("silent | escalate", Made("escalate", reason="upset", waiting=(False, True))),
        ("escalate not_found", Made("silent", waiting=(True, True))),
        ("escalate asked|upset", Made("escalate", reason="asked", waiting=(True, True))),
    ],
)
def test_a_right_move_is_taken_for_right(right: str, made: Made) -> None:
    assert any(one.admits(made) for one in table.right_moves(right, SHOP))


@pytest.mark.parametrize(
    ("right", "made"),
    [
        (f"answer {DHAKA}", Made("answer", frozenset({OUTSIDE}))),
        (f"answer {DHAKA}", Made("answer", frozenset({DHAKA, OUTSIDE}))),
        (f"answer {DHAKA}", Made("clarify", offered=frozenset({DHAKA}))),
        (f"answer {DHAKA}", Made("answer", frozenset({DHAKA}), waiting=(False, True))),
        (f"answer {DHAKA} + {OUTSIDE}", Made("answer", frozenset({DHAKA}))),
        (f"clarify {DHAKA} + {OUTSIDE}", Made("clarify", offered=frozenset({DHAKA}))),
        ("answer damaged-item + person", Made("answer", frozenset({"damaged-item"}))),
        ("escalate upset", Made("escalate", reason="not_found", waiting=(False, True))),
        ("unknown", Made("answer", frozenset({DHAKA}))),
        ("silent", Made("smalltalk")),
        ("unknown | escalate not_found", Made("silent")),
    ],
)
def test_a_wrong_move_is_taken_for_wrong(right: str, made: Made) -> None:
    assert not any(one.admits(made) for one in table.right_moves(right, SHOP))


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("# 002 en second first", "begins otherwise"),
        ("# 001 fr in French", "begins otherwise"),
        ("# 001 en hello\n> hi\n> again", "what is"),
        ("# 001 en hello\n> hi\n# 002 en next", "nothing follows 'hi'"),
        ("# 001 en hello\n> hi", "nothing follows 'hi'"),
        ("# 001 en hello\n> hi\n= answer greeting", "there is no 'greeting'"),
        ("# 001 en hello\n> hi\n= wave", "no move: 'wave'"),
        ("# 001 en hello\n> hi\n= answer", "which articles?"),
        ("# 001 en hello\n> hi\n= escalate bored", "there is no 'bored'"),
        ("# 001 en hello\n> hi\n< silent", "what is given"),
    ],
)
def test_a_table_that_says_nothing_is_refused(tmp_path: Path, lines: str, complaint: str) -> None:
    path = tmp_path / "table.txt"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(BadTable, match=complaint):
        table.read(path, SHOP)
