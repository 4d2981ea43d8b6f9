"""What only a real server shows of the wire: its close codes, its stop, and a reply to what came over HTTP."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.serving import Server, eventually, serving

pytestmark = pytest.mark.timeout(240)
QUESTION = "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"


@pytest.fixture(scope="module")
def server(_set_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(Path(shutil.copytree(_set_up, tmp_path_factory.mktemp("wire") / "var"))) as server:
        yield server


def token(server: Server) -> str:
    answer = httpx.post(f"{server.address}/api/support/v1/session", json={"site": "demo"}, timeout=10)
    return str(answer.raise_for_status().json()["token"])


def knock(server: Server, *, subprotocol: str = "support.v1", origin: str | None = None) -> ClientConnection:
    return connect(
        f"ws://127.0.0.1:{server.port}/ws/support/v1/",
        subprotocols=[Subprotocol(subprotocol)],
        origin=Origin(origin) if origin else None,
        open_timeout=20,
        close_timeout=30,  # the server lets a connection go after ten, if what it says is not answered
        legacy=True,
    )


def end_of(socket: ClientConnection) -> tuple[int, list[str]]:
    """The code it was closed with, and the types of the frames that came before."""
    heard = []
    try:
        while True:
            heard.append(json.loads(socket.recv(timeout=20))["type"])
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, "the connection broke off"
        return closed.rcvd.code, heard


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (["{"] * 3, 1008),
        ([b"\x00"] * 3, 1008),
        ([json.dumps({"type": "send", "body": "ক" * 6000})], 1009),
        ([json.dumps({"type": "hello", "token": "forged"})], 4401),
    ],
)
def test_each_end_has_its_code(server: Server, frames: list[str | bytes], code: int) -> None:
    with knock(server) as socket:
        for frame in frames:
            socket.send(frame)
        ended, heard = end_of(socket)
    assert (ended, set(heard)) == (code, {"error"})


@pytest.mark.parametrize("body", ["x" * 100_000, "x" * 3_000_000])
def test_what_is_far_too_big_is_not_even_read(server: Server, body: str) -> None:
    with knock(server) as socket:
        with suppress(ConnectionClosed):  # the server may not wait for the second half
            socket.send([body[: len(body) // 2], body[len(body) // 2 :]])
        assert end_of(socket) == (1009, [])


@pytest.mark.parametrize("refused", [{"subprotocol": "support.v2"}, {"origin": "https://evil.example"}])
def test_a_refusal_has_its_code_after_the_handshake(server: Server, refused: dict[str, str]) -> None:
    with knock(server, **refused) as socket:
        assert end_of(socket) == (1008, [])


async def test_who_hears_late_still_hears_the_code(server: Server) -> None:
    """On a network that stands still for a while, as bad ones do."""
    url = f"ws://127.0.0.1:{server.port}/ws/support/v1/"
    async with connect_async(url, subprotocols=[Subprotocol("support.v1")]) as socket:
        socket.transport.pause_reading()
        await socket.send(json.dumps({"type": "hello", "token": "forged"}))
        await asyncio.sleep(3)
        socket.transport.resume_reading()
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None and closed.value.rcvd.code == 4401


def test_a_flood_has_its_code(server: Server) -> None:
    with knock(server) as socket:
        socket.send(json.dumps({"type": "hello", "token": token(server)}))
        for _ in range(200):
            socket.send('{"type":"ping"}')
        code, heard = end_of(socket)
    assert (code, heard[-1]) == (4429, "bye")


def test_a_message_over_http_gets_its_reply(server: Server) -> None:
    with httpx.Client(base_url=server.address, headers={"Authorization": f"Bearer {token(server)}"}) as client:
        sent = {"conversation": None, "cid": str(uuid.uuid4()), "body": QUESTION}
        accepted = client.post("/api/support/v1/messages", json=sent).raise_for_status().json()
        where = {"conversation": accepted["conversation"], "after": accepted["seq"]}

        def replies() -> list[str]:
            page = client.get("/api/support/v1/messages", params=where).raise_for_status().json()
            return [event["from"] for event in page["events"]]

        assert eventually(lambda: replies() == ["bot"], 20)


def test_a_stop_is_said_and_nothing_is_missed(server: Server) -> None:
    with server.visitor() as visitor, knock(server) as other:
        visitor.hears_after(visitor.say(QUESTION)["seq"], "bot")
        other.send(json.dumps({"type": "hello", "token": token(server)}))
        assert json.loads(other.recv(timeout=20))["type"] == "welcome"
        server.kill("web", signal.SIGTERM)
        code, heard = end_of(other)
        assert (code, heard[-1]) == (1012, "bye")
        assert eventually(lambda: server.health() != {}, 60)
        visitor.connect()
        visitor.hears_after(visitor.say(QUESTION)["seq"], "bot")
        assert [event["from"] for event in visitor.events] == ["visitor", "bot"] * 2
