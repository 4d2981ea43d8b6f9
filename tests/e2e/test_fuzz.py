"""The fuzzer: a short run of it hurts nobody, and it tells when somebody is hurt."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from cxbot.fuzz import attacker, frames, requests, rubbish
from cxbot.fuzz.plain import DROPPED, NO_ANSWER
from cxbot.fuzz.run import MAY_GROW, Outcome
from cxbot.fuzz.tally import FRAMES, HANDSHAKE, HTTP, Tally

pytestmark = pytest.mark.timeout(300)


def test_hostile_clients_hurt_nobody(tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.VAR_DIR = tmp_path
    call_command("fuzz", "--seed", "20261126", "--payloads", "2500")
    printed = capsys.readouterr().out
    assert re.search(r"^payloads +2500$", printed, re.MULTILINE)
    for kind in (*frames.KINDS, *requests.KINDS, *rubbish.HANDSHAKES, *rubbish.AFTER_HANDSHAKE):
        assert f"  {kind} " in printed
    for code in (1002, 1007, 1008, 1009, 4401):
        assert f"close {code}" in printed
    assert "Verdict: nobody was hurt." in printed
    assert list((tmp_path / "fuzz").iterdir()) == []


def test_there_is_something_to_send() -> None:
    with pytest.raises(CommandError, match="counts from 1"):
        call_command("fuzz", "--payloads", "0")


def test_the_same_seed_sends_the_same() -> None:
    def drawn(seed: int) -> list[bytes]:
        chance = Random(seed)
        sent = [frames.hostile(chance).data for _ in range(50)]
        sent += [requests.hostile_request(chance, "token")[1] for _ in range(50)]
        return sent + [make(chance) for make in (*rubbish.HANDSHAKES.values(), *rubbish.AFTER_HANDSHAKE.values())]

    assert drawn(1) == drawn(1) != drawn(2)


def test_it_speaks_from_many_addresses() -> None:
    local = attacker.addresses()
    assert len({next(local) for _ in range(400)}) == 199


@pytest.mark.parametrize(
    ("way", "met"),
    [
        (FRAMES, NO_ANSWER),
        (FRAMES, DROPPED),
        (FRAMES, "error internal"),
        (FRAMES, "close 1011"),
        (HTTP, "HTTP 500"),
        (HTTP, NO_ANSWER),
    ],
)
def test_what_may_not_be_is_seen(way: str, met: str) -> None:
    outcome = sound()
    assert outcome.holds
    outcome.tally.note(way, "noise", met, b"{")
    assert not outcome.holds and outcome.tally.odd == [(way, "noise", met, "b'{'")]


def test_what_is_no_http_may_be_dropped() -> None:
    outcome = sound()
    outcome.tally.note(HANDSHAKE, "garbage", DROPPED, b"\x00")
    assert outcome.holds


@pytest.mark.parametrize(
    "wrong",
    [
        {"silent": 1},
        {"asked": 0},
        {"left": 1},
        {"faults": ["Traceback (most recent call last):"]},
        {"memory": [100.0, 101.0 + MAY_GROW]},
    ],
)
def test_each_thing_that_must_hold_is_in_the_verdict(wrong: dict[str, object]) -> None:
    outcome = sound()
    for name, value in wrong.items():
        setattr(outcome, name, value)
    assert not outcome.holds
    assert list(outcome.lines())[-1] == "Verdict: FAILED."


def sound() -> Outcome:
    return Outcome(Tally(), asked=5, memory=[100.0, 101.0])
