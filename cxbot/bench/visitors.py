"""Visitors who ask, and time the answers: from `send` to the bot's first `event` over a real websocket.

Each visitor asks the next question when the one before is answered, as people do. A visitor may send a dozen messages
at once and one every two seconds after that; whoever is told to wait does, and the wait is not counted.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from cxbot.bench.figures import Figures, summary

__all__ = ["ask_together"]

ANSWER_SECONDS = 60.0
Frame = dict[str, Any]


async def ask_together(
    address: str, site: str, scripts: Sequence[Sequence[str]], asked: Callable[[], object], *, rounds: int = 1
) -> Figures:
    """One visitor for each script, all at once; with `rounds`, as many times over, each time with new visitors. `asked`
    is called after each message. Raises `OSError` when the server cannot be talked to."""
    times: list[float | None] = []
    took = 0.0
    try:
        for _ in range(rounds):
            seconds, answers = await _round(address, site, scripts, asked)
            took += seconds
            times += answers
    except WebSocketException as error:
        raise ConnectionError(f"{address} ended a conversation: {error}") from error
    return summary(len(scripts), times, took)


async def _round(
    address: str, site: str, scripts: Sequence[Sequence[str]], asked: Callable[[], object]
) -> tuple[float, list[float | None]]:
    visitors = await asyncio.gather(*(_Visitor.arrive(address, site) for _ in scripts))
    began = time.perf_counter()
    answers = await asyncio.gather(
        *(visitor.ask_all(script, asked) for visitor, script in zip(visitors, scripts, strict=True))
    )
    took = time.perf_counter() - began
    await asyncio.gather(*(visitor.leave() for visitor in visitors))
    return took, [one for of_visitor in answers for one in of_visitor]


class _Visitor:
    """The smallest client that can be timed. `seq` is of the newest event that it heard."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._seq = socket, 0

    @classmethod
    async def arrive(cls, address: str, site: str) -> Self:
        token = await asyncio.to_thread(_token, address, site)
        url = address.replace("http", "ws", 1) + "/ws/support/v1/"
        visitor = cls(await connect(url, subprotocols=[Subprotocol("support.v1")], open_timeout=60))
        await visitor._say({"type": "hello", "token": token, "last_seq": 0})
        await visitor._hear(lambda frame: frame["type"] == "replay_end")
        return visitor

    async def ask_all(self, questions: Sequence[str], asked: Callable[[], object]) -> list[float | None]:
        times = []
        for question in questions:
            times.append(await self._ask(question))
            asked()
        return times

    async def _ask(self, question: str) -> float | None:
        """Seconds until the bot said something after it; None if it did not."""
        cid = str(uuid4())
        try:
            while True:
                began = time.perf_counter()
                await self._say({"type": "send", "cid": cid, "body": question})
                frame = await self._hear(lambda frame: frame.get("cid") == cid and frame["type"] != "event")
                if frame["type"] == "accepted":
                    break
                await asyncio.sleep(frame["retry_ms"] / 1000)
            seq = frame["seq"]
            await self._hear(lambda frame: frame["type"] == "event" and frame["from"] == "bot" and frame["seq"] > seq)
        except TimeoutError:
            return None
        return time.perf_counter() - began

    async def leave(self) -> None:
        await self._socket.close()

    async def _say(self, frame: Frame) -> None:
        await self._socket.send(json.dumps(frame, ensure_ascii=False))

    async def _hear(self, wanted: Callable[[Frame], bool]) -> Frame:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                frame: Frame = json.loads(await self._socket.recv())
                if wanted(frame):
                    return frame


def _token(address: str, site: str) -> str:
    """Of a new visitor; an address may make one a second, after the first sixty."""
    body = json.dumps({"site": site}).encode()
    request = Request(f"{address}/api/support/v1/session", body, {"Content-Type": "application/json"})  # noqa: S310
    while True:
        try:
            with urlopen(request, timeout=60) as response:  # noqa: S310 - the address that was given
                token: str = json.load(response)["token"]
                return token
        except HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(json.load(error)["retry_ms"] / 1000)
