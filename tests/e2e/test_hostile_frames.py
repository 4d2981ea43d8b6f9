"""Ten thousand hostile frames at a real server, while somebody else talks with the bot."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.e2e.hostile import Payload, frames
from tests.serving import Server, Visitor, serving

pytestmark = pytest.mark.timeout(240)
SEED, COUNT, AT_ONCE, QUESTIONS = 20261126, 10_000, 8, 8
QUESTION = "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"
ENDS = {1008, 1009, 4401, 4429}  # policy, too big, token, rate
ADDRESSES = 5  # of each attacker: the server lets in so many sockets of one address and no more


async def test_hostile_frames_hurt_nobody(shop: Path) -> None:
    hostile = frames(SEED, COUNT)
    with serving(shop) as server, server.visitor("Nadia") as nadia:
        talking = asyncio.create_task(asyncio.to_thread(talk, nadia))
        attackers = [Attacker(server, hostile, number) for number in range(AT_ONCE)]
        await asyncio.gather(*(attacker.run() for attacker in attackers))
        await talking
        with server.visitor() as late:
            late.hears_after(late.say(QUESTION)["seq"], "bot")
    answered = sum((attacker.answered for attacker in attackers), Counter[str]())
    ends = sum((attacker.ends for attacker in attackers), Counter[int]())
    assert answered.total() == COUNT and answered.keys() == {"error", "survived"}
    assert {1008, 1009} <= ends.keys() <= ENDS, ends
    log = server.said()
    assert not re.search(r'Traceback|Exception|Unhandled|"level": "(error|critical)"', log), log[-3000:]


def talk(visitor: Visitor) -> None:
    """Ask and be answered, again and again; `Visitor` itself minds that no event is missing or comes twice."""
    for _ in range(QUESTIONS):
        visitor.hears_after(visitor.say(QUESTION)["seq"], "bot", seconds=60)


@dataclass
class Attacker:
    """Sends what is left of `hostile`, and connects again whenever it is shown out. Says hello every other time."""

    server: Server
    hostile: Iterator[Payload]
    number: int
    answered: Counter[str] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    hello: dict[str, Any] = field(default_factory=dict)
    payload: Payload | None = None

    async def run(self) -> None:
        answer = httpx.post(f"{self.server.address}/api/support/v1/session", json={"site": "demo"}, timeout=10)
        self.hello = {"type": "hello", "token": answer.raise_for_status().json()["token"]}
        self._next()
        while self.payload is not None:
            connections = self.ends.total()
            async with connect(
                f"ws://127.0.0.1:{self.server.port}/ws/support/v1/",
                subprotocols=[Subprotocol("support.v1")],
                local_addr=(f"127.0.{self.number}.{1 + connections % ADDRESSES}", 0),
                open_timeout=30,
            ) as socket:
                await self._attack(socket, greeted=connections % 2 == 0)

    async def _attack(self, socket: ClientConnection, greeted: bool) -> None:
        try:
            if greeted:
                await socket.send(json.dumps(self.hello))
                self.hello["conversation"] = (await hear(socket, "welcome"))["conversation"]
            while self.payload is not None:
                await socket.send(self.payload)
                await self._hear_answer(socket, greeted)
            await socket.close()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, "the connection broke off"
            self.ends[closed.rcvd.code] += 1

    async def _hear_answer(self, socket: ClientConnection, greeted: bool) -> None:
        """An error, or, once greeted, that the socket goes on as if nothing was. Raises `ConnectionClosed`."""
        if not greeted:
            await hear(socket, "error")
            self._next("error")
            return
        with suppress(ConnectionClosed):  # what was said before it closed can still be heard
            await socket.send('{"type":"ping"}')
        refused = (await hear(socket, "pong", "error"))["type"] == "error"
        self._next("error" if refused else "survived")
        if refused:
            await hear(socket, "pong")

    def _next(self, answer: str | None = None) -> None:
        """The frame was answered so; one that was not, because the socket had closed, goes out on the next one."""
        if answer:
            self.answered[answer] += 1
        self.payload = next(self.hostile, None)


async def hear(socket: ClientConnection, *types: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (frame := json.loads(await socket.recv()))["type"] not in types:
            pass
    return dict(frame)
