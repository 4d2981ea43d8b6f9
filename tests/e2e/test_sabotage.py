"""The checker on a real server that is broken on purpose: each breach of the promise is seen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from cxbot.torture import servers
from cxbot.torture.checker import Kind, Violation, check
from cxbot.torture.fleet import Fleet
from cxbot.torture.history import Journal, read
from cxbot.torture.rig import sabotage
from cxbot.torture.run import talk
from cxbot.torture.servers import Deployment

pytestmark = pytest.mark.timeout(300)
TALKS = 4.0  # seconds
PATIENCE = 2.0  # seconds; what is broken stays so
VISITORS = 12  # with this seed some of them repeat themselves, and some ask for a person, in their first message
SEED = 1
CAUGHT = {
    "forget the cid": Kind.DUPLICATED,
    "skip a seq": Kind.REORDERED,
    "accept before the commit": Kind.LOST,
    "change the words": Kind.LOST,
    "lose the turn": Kind.TURN_LOST,
    "take it twice": Kind.TURN_DOUBLED,
    "say nothing": Kind.TURN_LOST,
    "open no ticket": Kind.TICKET_LOST,
    "open two tickets": Kind.TICKET_DOUBLED,
    "tell the wrong one": Kind.FOREIGN,
    "tell backwards": Kind.REORDERED,
    "keep silent": Kind.UNHEARD,
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    with servers.embedded(tmp_path_factory.mktemp("sabotage"), lambda: None) as deployment:
        yield deployment


@pytest.mark.parametrize("name", CAUGHT)
def test_a_server_that_is_broken_is_caught(name: str, deployment: Deployment, tmp_path: Path) -> None:
    found = violations(deployment, name, tmp_path)
    assert CAUGHT[name] in {violation.kind for violation in found}, found


def test_a_server_that_is_whole_passes(deployment: Deployment, tmp_path: Path) -> None:
    assert violations(deployment, None, tmp_path) == []


def test_each_sabotage_and_each_kind_of_violation_is_tried() -> None:
    assert set(CAUGHT) == set(sabotage.SABOTAGES)
    assert set(CAUGHT.values()) == set(Kind)


def violations(deployment: Deployment, name: str | None, folder: Path) -> list[Violation]:
    [server] = deployment.servers
    before = deployment.database.rows()
    sabotage.choose(server.rig, name)
    try:
        with Journal(folder / "history.jsonl") as journal:
            fleet = Fleet(deployment, VISITORS, {}, SEED, journal)
            patience = PATIENCE if name else 30.0
            asyncio.run(talk(deployment, fleet, asyncio.sleep(TALKS), lambda: None, patience))
            after = deployment.database.rows()
    finally:
        sabotage.choose(server.rig, None)
    return check(read(folder / "history.jsonl"), after.since(before))
