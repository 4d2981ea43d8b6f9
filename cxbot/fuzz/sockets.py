"""A websocket of a hostile client: what it sends is well framed, and wrong."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from cxbot.fuzz.frames import Payload
from cxbot.fuzz.plain import ANSWER_SECONDS, DROPPED, NO_ANSWER, Target

__all__ = ["HostileSocket"]

NEWEST = 2**31 - 1  # a `last_seq` with which nothing is replayed
BAD_FRAMES = 3  # the third one closes a socket
PING = '{"type":"ping"}'
Frame = dict[str, Any]


class HostileSocket:
    """`retry_ms` is set where the server said when to come back; `ended` is how it closed."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._errors = 0
        self.greeted = False
        self.conversation: str | None = None
        self.retry_ms: int | None = None
        self.ended = ""

    @classmethod
    async def open(cls, target: Target, path: str, local: str) -> Self:
        """Raises `OSError`, `TimeoutError` or `WebSocketException` when the server cannot be talked to."""
        socket = await connect(
            f"ws://{target.host}:{target.port}{path}",
            subprotocols=[Subprotocol("support.v1")],
            origin=Origin(f"http://{target.host}:{target.port}"),
            local_addr=(local, 0),
            open_timeout=ANSWER_SECONDS,
            close_timeout=1,
            ping_interval=None,
            compression=None,
            proxy=None,
        )
        return cls(socket)

    async def say_hello(self, token: str, conversation: str | None) -> str:
        hello = {"type": "hello", "token": token, "last_seq": NEWEST, "conversation": conversation}
        return await self.meet(Payload("hello", json.dumps(hello).encode()))

    async def meet(self, payload: Payload) -> str:
        """How the payload is met: with an error, a close code, `NO_ANSWER`, or by going on."""
        met = ""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._socket.send(payload.data, text=payload.text)
                if not self.greeted:
                    return await self._first_answer()
                with suppress(ConnectionClosed):  # what was said before it closed can still be heard
                    await self._socket.send(PING)
                pongs = 1 + _is_ping(payload)
                while pongs:
                    frame = await self._hear()
                    pongs -= frame["type"] == "pong"
                    met = met or _answer(frame)
        except ConnectionClosed as closed:
            self.ended = _code(closed)
            return met or self.ended
        except TimeoutError:
            return met or NO_ANSWER
        return met or "goes on"

    async def _first_answer(self) -> str:
        """Before hello nothing can be said that tells whether the socket goes on; but which errors end it is known."""
        while not (met := _answer(await self._hear())):
            pass
        self._errors += 1
        if met == "welcome":
            self.greeted = True
        elif met != "error frame" or self._errors == BAD_FRAMES:
            with suppress(ConnectionClosed):
                while True:
                    await self._hear()
            self.ended = f"close {self._socket.close_code}"
        return met

    async def end(self) -> str:
        """How it ends when nothing is said."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while True:
                    await self._hear()
        except ConnectionClosed as closed:
            return _code(closed)
        except TimeoutError:
            return NO_ANSWER

    async def close(self) -> None:
        await self._socket.close()

    async def _hear(self) -> Frame:
        frame: Frame = json.loads(await self._socket.recv())
        if frame["type"] == "bye":
            self.retry_ms = frame["retry_ms"]
        elif frame["type"] == "welcome":
            self.conversation = frame["conversation"]
        return frame


def _answer(frame: Frame) -> str:
    """What the frame says about a payload; nothing where it is about something else."""
    if frame["type"] == "error":
        return f"error {frame['code']}"
    return frame["type"] if frame["type"] in ("accepted", "welcome") else ""


def _code(closed: ConnectionClosed) -> str:
    return f"close {closed.rcvd.code}" if closed.rcvd else DROPPED


def _is_ping(payload: Payload) -> bool:
    try:
        return payload.text and json.loads(payload.data) == {"type": "ping"}
    except (ValueError, RecursionError):
        return False
