"""One hostile client. It tries every way in by turns, from many addresses: the server lets in only so much from one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from random import Random

from cxbot.fuzz import frames, plain, requests, rubbish
from cxbot.fuzz.plain import Target
from cxbot.fuzz.sockets import HostileSocket
from cxbot.fuzz.tally import DESK, FRAMES, HANDSHAKE, HTTP, PIECES, Tally

__all__ = ["Attacker", "addresses"]

WAYS = {FRAMES: 55, DESK: 8, HTTP: 15, HANDSHAKE: 8, PIECES: 14}  # how often each
VISITORS, DESK_PATH = "/ws/support/v1/", "/ws/desk/v1/"
LATER = {"close 4429", "close 1013"}  # it said so before it looked


def addresses() -> Iterator[str]:
    return (f"127.0.0.{last}" for last in itertools.cycle(range(2, 201)))


class Attacker:
    """`token` is of a visitor of its own. With the same `chance` it sends the same."""

    def __init__(self, target: Target, token: str, chance: Random, local: Iterator[str], tally: Tally) -> None:
        self._target, self._token, self._chance, self._local, self._tally = target, token, chance, local, tally
        self._socket: HostileSocket | None = None
        self._opened = 0
        self._conversation: str | None = None

    async def run(self, payloads: int, sent: Callable[[], object]) -> None:
        ways = {
            FRAMES: self._frame,
            DESK: self._desk,
            HTTP: self._http,
            HANDSHAKE: self._handshake,
            PIECES: self._bytes,
        }
        for _ in range(payloads):
            (way,) = self._chance.choices(list(WAYS), list(WAYS.values()))
            self._tally.note(way, *await ways[way]())
            sent()
        if self._socket is not None:
            await self._socket.close()

    async def _frame(self) -> tuple[str, str, bytes]:
        """A message to a visitor's socket, which has said hello every other time."""
        payload = frames.hostile(self._chance)
        while True:
            socket = self._socket or await self._open()
            met = await socket.meet(payload)
            self._conversation = socket.conversation or self._conversation
            if socket.ended:
                self._tally.ends[socket.ended] += 1
                self._socket = None
            if met not in LATER:
                return payload.kind, met, payload.data
            await asyncio.sleep((socket.retry_ms or 1000) / 1000)

    async def _open(self) -> HostileSocket:
        self._opened += 1
        self._socket = await HostileSocket.open(self._target, VISITORS, next(self._local))
        if self._opened % 2 == 0:
            await self._socket.say_hello(self._token, self._conversation)
        return self._socket

    async def _desk(self) -> tuple[str, str, bytes]:
        """A message to the desk's socket by one who is not signed in: shown out, whatever it is."""
        payload = frames.hostile(self._chance)
        while True:
            socket = await HostileSocket.open(self._target, DESK_PATH, next(self._local))
            met = await socket.meet(payload)
            if met not in LATER:
                return payload.kind, met, payload.data
            await asyncio.sleep(1)

    async def _http(self) -> tuple[str, str, bytes]:
        kind, data = requests.hostile_request(self._chance, self._token)
        whole = kind not in requests.UNFINISHED
        return kind, await plain.request(self._target, next(self._local), data, whole=whole), data

    async def _handshake(self) -> tuple[str, str, bytes]:
        kind = self._chance.choice(list(rubbish.HANDSHAKES))
        data = rubbish.HANDSHAKES[kind](self._chance)
        return kind, await plain.request(self._target, next(self._local), data, whole=False), data

    async def _bytes(self) -> tuple[str, str, bytes]:
        kind = self._chance.choice(list(rubbish.AFTER_HANDSHAKE))
        data = rubbish.AFTER_HANDSHAKE[kind](self._chance)
        opening = rubbish.handshake(VISITORS, self._chance)
        return kind, await plain.after_handshake(self._target, next(self._local), opening, data), data
