"""A websocket that is opened again whenever it breaks, as a browser's tab does it."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

__all__ = ["Frame", "Socket"]

Frame = dict[str, Any]
OPEN_SECONDS = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 4.0  # seconds before it connects again


class Socket(ABC):
    """A subclass says where to (`path`), who it is (`headers`, `hello`), and what it does with a frame (`on_frame`)."""

    path: str
    headers: Mapping[str, str] = {}

    def __init__(self, address: str, rng: Random) -> None:
        self._address, self._rng = address, rng
        self._socket: ClientConnection | None = None
        self._retry_ms = 0
        self.opened = 0  # times
        self._running: asyncio.Task[None] | None = None

    @abstractmethod
    def hello(self) -> Frame: ...

    @abstractmethod
    def on_frame(self, frame: Frame) -> None: ...

    async def before_reconnecting(self) -> None:
        """It was away for a while; most have nothing to do then."""
        return

    def start(self) -> None:
        """Connect, and from now on whenever the connection breaks. Once; again changes nothing."""
        self._running = self._running or asyncio.create_task(self._run())

    @property
    def is_started(self) -> bool:
        return self._running is not None

    @property
    def is_open(self) -> bool:
        """The server has said `welcome`."""
        return self._socket is not None

    async def tell(self, frame: Frame) -> None:
        """Send it, if the socket is open; whether it arrives is not known."""
        try:
            if self._socket is not None:
                await asyncio.wait_for(self._socket.send(json.dumps(frame, ensure_ascii=False)), OPEN_SECONDS)
        except (OSError, WebSocketException):
            self.break_off()  # whoever reads from it finds out, too

    def break_off(self) -> None:
        """As a lost network does: without a word."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def close(self) -> None:
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.wait({self._running})
        if not self._running.cancelled() and (error := self._running.exception()):
            raise error

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._converse()
                pause = FIRST_PAUSE
            except (OSError, WebSocketException):
                pause = min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(max(self._rng.uniform(0, pause), self._retry_ms / 1000))
            self._retry_ms = 0
            await self.before_reconnecting()

    async def _converse(self) -> None:
        url = self._address.replace("http", "ws", 1) + self.path
        async with connect(
            url,
            subprotocols=[Subprotocol("support.v1")],
            additional_headers=self.headers,
            open_timeout=OPEN_SECONDS,
            close_timeout=1,
            proxy=None,
        ) as socket:
            await socket.send(json.dumps(self.hello()))
            try:
                async for text in socket:
                    frame = json.loads(text)
                    if frame["type"] == "welcome":
                        self._socket = socket
                        self.opened += 1
                    elif frame["type"] == "bye":
                        self._retry_ms = frame["retry_ms"]
                    self.on_frame(frame)
                    if frame["type"] == "event":
                        await self.tell({"type": "ack", "seq": frame["seq"]})
            finally:
                self._socket = None
