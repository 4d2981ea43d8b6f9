"""What the promise costs: from `send` to `accepted`, against a bare echo that writes one row for each message.

The conversations are in an agent's hands, so the bot says nothing; but each message is owed a turn, and gets it on the
same machine meanwhile, thinking and all: that is in the price. Both servers run all the while and are asked by turns,
so that what else the machine does hits both. Flat out, what counts is how many messages go through; at the pace of a
busy shop, it is how long one takes.
"""

from __future__ import annotations

import asyncio
import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from cxbot.bench.figures import Figures, summary
from cxbot.torture.session import begin

__all__ = ["MOST", "Contest"]

MOST = 12  # messages of a client in a round: as many as a visitor may send at once
ANSWER_SECONDS = 60.0
BODY = "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"
Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contest:
    """The addresses of an echo and of a cxbot whose SQLite file is `database`. `sent` is called after each message."""

    echo: str
    cxbot: str
    database: Path
    sent: Callable[[], object]

    async def compare(
        self, clients: int, messages: int, rounds: Iterable[int], pace: float = math.inf
    ) -> tuple[Figures, Figures]:
        """Of the echo and of cxbot. `pace` is how many messages a second all clients send together. Each round has a
        number of its own; the first one warms up."""
        times: tuple[list[float], list[float]] = ([], [])
        took = [0.0, 0.0]
        for warm, number in enumerate(rounds):
            contests = (await _echoes(self.echo, clients), await _visitors(self.cxbot, clients, number))
            for which, contestants in enumerate(contests):
                if which:
                    _hand_to_an_agent(self.database)
                began = time.perf_counter()
                sending = (
                    one.send_all(messages, self.sent, clients / pace, at / pace) for at, one in enumerate(contestants)
                )
                answers = await asyncio.gather(*sending)
                seconds = time.perf_counter() - began
                await asyncio.gather(*(contestant.leave() for contestant in contestants))
                if warm:
                    took[which] += seconds
                    times[which].extend(one for of_client in answers for one in of_client)
                while which and _owed(self.database):
                    await asyncio.sleep(0.1)
        return summary(clients, times[0], took[0]), summary(clients, times[1], took[1])


class _Client:
    """Sends the next message when the one before has been answered with a frame of the type `answer`."""

    def __init__(self, socket: ClientConnection, answer: str) -> None:
        self._socket, self._answer = socket, answer

    @classmethod
    async def arrive(cls, url: str, answer: str, hello: Frame | None = None) -> Self:
        subprotocols = [Subprotocol("support.v1")] if hello else None
        client = cls(await connect(url, subprotocols=subprotocols, open_timeout=60, proxy=None), answer)
        if hello:
            await client._socket.send(json.dumps(hello))
            await client._hear("replay_end")
        return client

    async def send_all(self, messages: int, sent: Callable[[], object], every: float, first: float) -> list[float]:
        """Seconds of each. One is sent `every` so many seconds from the `first` on, or as soon as it can be."""
        times = []
        start = time.perf_counter() + first
        for number in range(messages):
            await asyncio.sleep(max(0.0, start + number * every - time.perf_counter()))
            frame = json.dumps({"type": "send", "cid": str(uuid4()), "body": BODY}, ensure_ascii=False)
            began = time.perf_counter()
            await self._socket.send(frame)
            await self._hear(self._answer)
            times.append(time.perf_counter() - began)
            sent()
        return times

    async def leave(self) -> None:
        await self._socket.close()

    async def _hear(self, wanted: str) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            while (frame := json.loads(await self._socket.recv()))["type"] != wanted:
                if frame["type"] in ("error", "bye"):
                    raise ConnectionError(f"the server would not take a message: {frame}")


async def _echoes(address: str, count: int) -> Sequence[_Client]:
    url = address.replace("http", "ws", 1) + "/"
    return await asyncio.gather(*(_Client.arrive(url, "send") for _ in range(count)))


async def _visitors(address: str, count: int, number: int) -> Sequence[_Client]:
    url = address.replace("http", "ws", 1) + "/ws/support/v1/"
    # New ones in each round, and each round's from another address: an address may have a new one a second.
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.0.{2 + number % 250}")
    async with httpx.AsyncClient(transport=transport, timeout=60) as client:
        tokens = [(await begin(client, address)).token for _ in range(count)]
    hellos = [{"type": "hello", "token": token, "last_seq": 0} for token in tokens]
    return await asyncio.gather(*(_Client.arrive(url, "accepted", hello) for hello in hellos))


def _hand_to_an_agent(database: Path) -> None:
    with closing(sqlite3.connect(database, timeout=20)) as file, file:
        file.execute("UPDATE support_conversation SET handler = 'agent'")


def _owed(database: Path) -> bool:
    with closing(sqlite3.connect(database, timeout=20)) as file:
        return bool(file.execute("SELECT count(*) FROM support_turn WHERE done_at IS NULL").fetchone()[0])
