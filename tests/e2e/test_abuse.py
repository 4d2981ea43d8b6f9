"""Abuse of a real server: each kind meets a limit, memory stays bounded, and others do not notice."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from django.core import signing
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as connect_sync
from websockets.typing import Subprotocol

from cxbot.fuzz import rubbish
from tests.e2e.abusers import MEBIBYTE, QUESTION, Raw, memory_of, somebody_is_answered
from tests.serving import SECRET, Server, eventually, serving

pytestmark = pytest.mark.timeout(300)
SUPPORT_V1 = [Subprotocol("support.v1")]
MESSAGES = "/api/support/v1/messages"
SMALL = 24  # MiB: less than a tenth of what is sent
TEXT = 1
PINGS = rubbish.frame(9, b"x" * 125) * 1000


@pytest.fixture(scope="module")
def server(_set_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Path(shutil.copytree(_set_up, tmp_path_factory.mktemp("abuse") / "var"))) as server:
        with server.visitor() as visitor:  # what is loaded once is loaded
            visitor.hears_after(visitor.say(QUESTION)["seq"], "bot", seconds=60)
        yield server


# --- too much ---


@pytest.mark.parametrize(
    ("begin", "more", "code"),
    [
        pytest.param(b"", rubbish.frame(TEXT, b"x" * 16_000), 1008, id="messages that fit"),
        pytest.param(b"", rubbish.frame(TEXT, b"x" * MEBIBYTE), 1009, id="messages that do not"),
        pytest.param(
            rubbish.frame(TEXT, b"x", fin=False), rubbish.frame(0, b"x" * 60_000, fin=False), 1009, id="one in pieces"
        ),
        pytest.param(rubbish.frame(TEXT, length=b"\x7f" + b"\x7f" * 8), b"x" * MEBIBYTE, 1009, id="one of exabytes"),
        pytest.param(b"", PINGS, 1008, id="pings of the protocol"),
    ],
)
def test_a_flood_has_its_end_and_costs_no_memory(server: Server, begin: bytes, more: bytes, code: int) -> None:
    with somebody_is_answered(server), memory_of(server) as memory, Raw(server) as flood:
        flood.upgrade()
        flood.listen()
        flood.send(begin)
        flood.send(more, times=(60 if more == PINGS else 300) * MEBIBYTE // len(more))
        assert flood.close_code() == code
    assert memory.grown < SMALL


def test_five_hundred_sockets_of_one_address_are_three_hundred(server: Server) -> None:
    async def attack() -> Counter[str]:
        return Counter(await asyncio.gather(*(hold(server) for _ in range(500))))

    with somebody_is_answered(server), memory_of(server) as memory:
        ends = asyncio.run(attack())
    assert ends["let in"] <= 300 and ends["let in"] + ends["4429 after a bye"] == 500
    assert memory.grown < 200  # of sockets that are really open


async def hold(server: Server) -> str:
    url = f"ws://127.0.0.1:{server.port}/ws/support/v1/"
    async with connect(
        url, subprotocols=SUPPORT_V1, local_addr=("127.0.7.1", 0), open_timeout=120, close_timeout=30, proxy=None
    ) as socket:
        try:
            said = json.loads(await asyncio.wait_for(socket.recv(), 4))  # nobody says hello: then it ends after five
            assert (said["type"], said["retry_ms"] > 0) == ("bye", True)
            await socket.recv()
        except TimeoutError:
            return "let in"
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return f"{closed.rcvd.code} after a bye"
        raise AssertionError("a goodbye is the last word")


# --- too slow ---


def test_who_never_finishes_the_handshake_is_shown_out(server: Server) -> None:
    silent, dripping = ([Raw(server, f"127.0.8.{1 + number}") for number in range(150)] for _ in range(2))
    with somebody_is_answered(server), memory_of(server) as memory:
        for raw in silent + dripping:
            raw.listen()
        for raw in dripping:
            raw.send(b"GET /ws/support/v1/ HTTP/1.1\r\nHost: localhost\r\nX-Drip: ")
        deadline = time.monotonic() + 60
        while dripping[-1].is_open and time.monotonic() < deadline:  # a byte a second keeps nobody in
            time.sleep(1)
            for raw in dripping:
                raw.send(b"x")
        answers = {raw.heard().partition(b"\r\n")[0] for raw in silent + dripping}
    assert answers == {b"HTTP/1.1 408 Request Timeout"}
    assert memory.grown < SMALL


def test_who_does_not_read_and_does_not_ack_is_sent_so_much_and_no_more(server: Server) -> None:
    with server.visitor() as visitor:
        fill(server, visitor.conversation, 2000)
        hello = {"type": "hello", "token": visitor.token, "conversation": visitor.conversation, "last_seq": 0}
        with memory_of(server) as memory:
            sleepers = [Raw(server) for _ in range(6)]
            for sleeper in sleepers:
                sleeper.upgrade()
                sleeper.send(rubbish.frame(TEXT, json.dumps(hello).encode()))
            with connect_sync(f"ws://127.0.0.1:{server.port}/ws/support/v1/", subprotocols=SUPPORT_V1) as reader:
                reader.send(json.dumps(hello))
                assert heard_before(reader, "replay_end") == 400
            with somebody_is_answered(server):
                pass
        assert memory.grown < 100  # 7 * 400 messages of 12 kB are 34 MB, and are copied once; of 2000 it were 168
        for sleeper in sleepers:
            sleeper.__exit__()


def test_who_pings_and_does_not_read_is_not_read_either(server: Server) -> None:
    with somebody_is_answered(server), memory_of(server) as memory, Raw(server) as sleeper:
        sleeper.upgrade()
        sleeper.send(PINGS, times=300 * MEBIBYTE // len(PINGS))
        assert eventually(lambda: not is_connected(server, sleeper.port), 60)
    assert memory.grown < SMALL


def test_who_says_goodbye_and_does_not_read_is_not_waited_for(server: Server) -> None:
    with server.visitor() as visitor:
        fill(server, visitor.conversation, 400)
        hello = {"type": "hello", "token": visitor.token, "conversation": visitor.conversation, "last_seq": 0}
        with Raw(server) as sleeper:
            sleeper.upgrade()
            sleeper.send(rubbish.frame(TEXT, json.dumps(hello).encode()))
            assert eventually(lambda: is_connected(server, sleeper.port))
            sleeper.send(rubbish.frame(rubbish.CLOSE, b"\x03\xe8"))
            assert eventually(lambda: not is_connected(server, sleeper.port), 60)


def fill(server: Server, conversation: str | None, count: int) -> None:
    """A history of long messages in Bengali."""
    assert conversation is not None
    server.rows(
        "WITH RECURSIVE n(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?) "
        "INSERT INTO support_message (conversation_id, seq, sender, kind, body, extra, at) "
        "SELECT ?, seq, 'bot', 'text', ?, '{}', CURRENT_TIMESTAMP FROM n",
        *(count, conversation.replace("-", ""), "ক" * 4000),
    )
    server.rows("UPDATE support_conversation SET head_seq = ? WHERE id = ?", count, conversation.replace("-", ""))


def heard_before(reader: object, last: str) -> int:
    events = 0
    while (frame := json.loads(reader.recv(timeout=60)))["type"] != last:  # type: ignore[attr-defined]
        events += frame["type"] == "event"
    return events


def is_connected(server: Server, port: int) -> bool:
    web = server.child("web")
    assert web is not None
    return any(one.raddr and one.raddr.port == port for one in web.net_connections("tcp"))


# --- somebody else's ---


class Old(signing.TimestampSigner):
    def timestamp(self) -> str:
        return signing.b62_encode(int(time.time()) - 91 * 24 * 3600)


@pytest.mark.parametrize("kind", ["expired", "of another server", "of nobody", "of another salt"])
def test_a_token_that_is_not_good_opens_nothing(server: Server, kind: str) -> None:
    with server.visitor() as visitor:
        ((visitor_id,),) = server.rows("SELECT visitor_id FROM support_conversation WHERE id = ?", plain(visitor))
        token = {
            "expired": Old(key=SECRET, salt="support.visitor").sign(visitor_id),
            "of another server": signing.TimestampSigner(key="x" * 50, salt="support.visitor").sign(visitor_id),
            "of nobody": signing.TimestampSigner(key=SECRET, salt="support.visitor").sign(uuid4().hex),
            "of another salt": signing.TimestampSigner(key=SECRET, salt="support.agent").sign(visitor_id),
        }[kind]
        assert end_of_hello(server, token, visitor.conversation) == (["token"], 4401)
        asked = {"conversation": visitor.conversation or ""}
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(server.address + MESSAGES, params=asked, headers=headers, timeout=30).status_code == 401


def test_a_conversation_of_somebody_else_is_not_found(server: Server) -> None:
    with server.visitor() as nadia, server.visitor() as mallory:
        nadia.hears_after(nadia.say(QUESTION)["seq"], "bot", seconds=60)
        assert end_of_hello(server, mallory.token, nadia.conversation) == (["not_found"], 1008)
        headers = {"Authorization": f"Bearer {mallory.token}"}
        asked = {"conversation": nadia.conversation or ""}
        assert httpx.get(server.address + MESSAGES, params=asked, headers=headers, timeout=30).status_code == 404
        said = {**asked, "cid": str(uuid4()), "body": "I am Nadia"}
        assert httpx.post(server.address + MESSAGES, json=said, headers=headers, timeout=30).status_code == 404
        assert [event["from"] for event in nadia.events] == ["visitor", "bot"]


def plain(visitor: object) -> str:
    return str(getattr(visitor, "conversation", "")).replace("-", "")


def end_of_hello(server: Server, token: str, conversation: str | None) -> tuple[list[str], int]:
    with connect_sync(f"ws://127.0.0.1:{server.port}/ws/support/v1/", subprotocols=SUPPORT_V1) as socket:
        socket.send(json.dumps({"type": "hello", "token": token, "conversation": conversation}))
        errors = []
        try:
            while True:
                errors.append(json.loads(socket.recv(timeout=30))["code"])
        except ConnectionClosed as closed:
            assert closed.rcvd is not None
            return errors, closed.rcvd.code


def test_none_of_it_left_a_traceback(server: Server) -> None:
    said = server.said()
    assert not [line for line in said.splitlines() if "Traceback" in line or '"level": "error"' in line]
