"""The bench: on a real server it measures what it says, and it leaves none of its own behind."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command

from cxbot import own_server
from cxbot.bench.figures import NothingAnswered, percentiles, summary
from cxbot.management.commands.bench import PACED_ROUNDS, ROUNDS
from tests.serving import free_port, serving

pytestmark = pytest.mark.timeout(240)


def test_all_is_measured_in_one_run(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = shop / "figures.json"
    with serving(shop) as server:
        call_command("bench", "--url", server.address, "--visitors", "3", "--messages", "2", "--json", str(figures))
        ((stored,),) = server.rows("SELECT count(*) FROM support_message WHERE sender = 'visitor'")
    result = json.loads(figures.read_text())
    raw, one, many = result["encoder"], result["one"], result["many"]
    assert (one["visitors"], many["visitors"], many["answered"], many["silent"]) == (1, 3, 6, 0)
    warm_up = 2
    assert one["answered"] + many["answered"] + warm_up == stored
    for figure in (raw, one, many):
        assert 0 < figure["p50_ms"] <= figure["p95_ms"]
    assert result["ratio"] == {name: round(result[name]["p50_ms"] / raw["p50_ms"], 2) for name in ("one", "many")}
    printed = capsys.readouterr().out
    assert all(word in printed for word in (raw["name"], "one visitor", "3 visitors at once", "p95"))


def test_what_the_promise_costs_is_measured_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = tmp_path / "figures.json"
    call_command("bench", "--promise", "--visitors", "3", "--messages", "2", "--json", str(figures))
    result = json.loads(figures.read_text())
    for how, rounds in (("flat_out", ROUNDS), ("paced", PACED_ROUNDS)):
        for name in ("echo", "cxbot"):
            of = result[how][name]
            assert (of["visitors"], of["answered"], of["silent"]) == (3, 3 * 2 * (rounds - 1), 0)
            assert 0 < of["p50_ms"] <= of["p95_ms"]
    assert result["paced"]["echo"]["messages_per_second"] < result["flat_out"]["echo"]["messages_per_second"]
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("a bare echo", "send to accepted", "flat out", "a second"))


def test_a_client_sends_no_more_than_a_visitor_may() -> None:
    with pytest.raises(CommandError, match="at most 12"):
        call_command("bench", "--promise", "--messages", "13")


def test_a_server_that_is_not_there_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="refused"):
        call_command("bench", "--url", f"http://127.0.0.1:{free_port()}")


def test_a_server_that_does_not_start_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_server, "START_SECONDS", 0)
    with pytest.raises(own_server.StartFailed), own_server.own_server(lambda: None):
        pass
    assert not [child for child in psutil.Process().children() if "serve" in child.cmdline()]


def test_percentiles_are_of_the_answered() -> None:
    assert percentiles([0.001 * n for n in range(101)]) == (50.0, 95.0)
    figures = summary(2, [0.01, None, 0.03], took=2.0)
    assert (figures.answered, figures.silent, figures.p50_ms, figures.messages_per_second) == (2, 1, 20.0, 1.0)
    with pytest.raises(NothingAnswered):
        summary(1, [None], took=1.0)
