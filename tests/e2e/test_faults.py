"""Faults that happen, made on purpose on a real server: with SQLite and files, and with PostgreSQL and Redis."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from tests.conftest import missing
from tests.serving import Server, Visitor, eventually, free_port, serving

pytestmark = pytest.mark.timeout(240)
QUESTION = "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"
WANTS_PERSON = "ami ekjon manusher sathe kotha bolte chai"
DISTRIBUTED = pytest.param("distributed", marks=[pytest.mark.postgres, pytest.mark.redis])


@pytest.fixture(params=["embedded", DISTRIBUTED])
def environment(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "embedded":
        return {}
    urls = {"DATABASE_URL": "postgres_url", "REDIS_URL": "redis_url"}
    return {name: request.getfixturevalue(fixture) for name, fixture in urls.items()}


# --- the web process is killed between `accepted` and the reply ---


def test_a_reply_that_was_owed_when_the_server_was_killed_comes_once(shop: Path, environment: dict[str, str]) -> None:
    with serving(shop, environment=environment) as server:
        for _ in range(20):
            with server.visitor() as visitor:
                accepted = visitor.say(QUESTION)
                server.kill("web")
                was_owed = is_owed(server, accepted["id"])
                assert eventually(lambda: server.health() != {})
                if was_owed:
                    assert "web was ended by SIGKILL" in server.said()
                    assert_each_message_has_one_reply(visitor, accepted["seq"])
                    return
        pytest.fail("the bot always replied before it could be killed")


def is_owed(server: Server, message_id: int) -> bool:
    """Whether the message's turn is there and was not taken."""
    return server.rows("SELECT done_at FROM support_turn WHERE message_id = ?", message_id) == [(None,)]


def assert_each_message_has_one_reply(visitor: Visitor, seq: int) -> None:
    visitor.connect()
    visitor.hears_after(seq, "bot")
    # A second reply would have to come before the reply to a later message.
    again = visitor.say(QUESTION)
    visitor.hears_after(again["seq"], "bot")
    assert [event["from"] for event in visitor.events] == ["visitor", "bot", "visitor", "bot"]


# --- the broker is away when a visitor asks for a person ---


class Broker(Protocol):
    """A broker that can go away and come back, and the environment of a server that uses it."""

    environment: dict[str, str]

    def go(self) -> None: ...

    def come_back(self) -> None: ...


@dataclass
class Folder:
    """The file broker. Without its folder, and with a file in its place, nothing can be read or written."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def go(self) -> None:
        self.path.rename(self.path.with_suffix(".away"))
        self.path.write_text("in the way")

    def come_back(self) -> None:
        self.path.unlink()
        self.path.with_suffix(".away").rename(self.path)


@dataclass
class OwnRedis:
    """A Redis server of our own, as broker and channel layer."""

    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    def come_back(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def go(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture(params=["embedded", DISTRIBUTED])
def broker(request: pytest.FixtureRequest, shop: Path) -> Iterator[Broker]:
    if request.param == "embedded":
        yield Folder(shop / "broker")
        return
    if not shutil.which("redis-server"):
        missing("redis-server")
    port = free_port()
    urls = {"DATABASE_URL": request.getfixturevalue("postgres_url"), "REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    redis = OwnRedis(urls, port)
    redis.come_back()
    yield redis
    redis.go()


def test_with_the_broker_away_a_visitor_gets_a_ticket_at_once_and_an_agent_when_it_is_back(
    shop: Path, broker: Broker
) -> None:
    with serving(shop, environment=broker.environment) as server, server.visitor() as visitor:
        visitor.say(QUESTION)
        visitor.hears_after(1, "bot")  # everything is warm
        broker.go()
        asked = time.monotonic()
        accepted = visitor.say(WANTS_PERSON)
        told = visitor.hears_after(accepted["seq"], "bot")
        assert time.monotonic() - asked < 1.0
        assert told["kind"] == "notice"
        query = "SELECT id, status, dispatched_at FROM support_ticket WHERE message_id = ?"
        ((ticket, *state),) = server.rows(query, accepted["id"])
        assert state == ["open", None]
        assert eventually(lambda: server.health().get("broker", {}).get("state") == "broken")
        assert server.health()["status"] == "degraded"  # visitors are served all the same

        broker.come_back()
        query = "SELECT status FROM support_ticket WHERE id = ?"
        assert eventually(lambda: agent_is_seen(server) and server.rows(query, ticket) == [("assigned",)], seconds=90)
        assert eventually(lambda: server.health()["status"] == "ready")


def agent_is_seen(server: Server) -> bool:
    """The desk of the only agent says that she is there."""
    return server.rows("UPDATE support_agent SET last_seen_at = CURRENT_TIMESTAMP RETURNING user_id") != []
