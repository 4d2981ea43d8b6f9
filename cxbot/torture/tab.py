"""A tab: one websocket of a visitor, which is opened again whenever it breaks, and what it hears."""

from __future__ import annotations

import asyncio
import json
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from cxbot.torture.history import Accepted, Heard, Joined, Journal, Left, Refused, Sent
from cxbot.torture.session import Session

__all__ = ["Tab"]

OPEN_SECONDS = 10.0
LONGEST_PAUSE = 4.0  # seconds before it connects again
READS_OVER_HTTP = 0.2  # how often it reads over HTTP what it missed, before it connects again


class Tab:
    """`address` is of the web process that it talks to."""

    def __init__(self, name: str, address: str, session: Session, journal: Journal, rng: Random) -> None:
        self.name, self._address, self._session, self._journal, self._rng = name, address, session, journal, rng
        self.seq = 0  # of the newest event that it heard
        self._socket: ClientConnection | None = None
        self._retry_ms = 0
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and from now on whenever the connection breaks. Once; again changes nothing."""
        self._running = self._running or asyncio.create_task(self._run())

    @property
    def is_started(self) -> bool:
        return self._running is not None

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    async def say(self, cid: UUID, body: str) -> None:
        """Send it, if the socket is open; whether it arrives is not known."""
        if self._socket is not None:
            self._journal.write(Sent(at=monotonic(), tab=self.name, cid=cid, body=body))
            await self._tell({"type": "send", "cid": str(cid), "body": body})

    async def post(self, cid: UUID, body: str) -> None:
        """The same over HTTP. Whether it was accepted is in the session."""
        self._journal.write(Sent(at=monotonic(), tab=self.name, cid=cid, body=body))
        frame = await self._session.post(self._address, cid, body)
        if frame is not None:
            self._on_frame(frame | {"cid": str(cid)})

    def break_off(self) -> None:
        """As a lost network does: without a word."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def leave(self) -> None:
        self._journal.write(Left(at=monotonic(), tab=self.name))
        await self.close()

    async def close(self) -> None:
        if self._running is None:
            return
        self._running.cancel()
        await asyncio.wait({self._running})
        if not self._running.cancelled() and (error := self._running.exception()):
            raise error

    async def _run(self) -> None:
        pause = 0.2
        while True:
            try:
                await self._converse()
                pause = 0.2
            except (OSError, WebSocketException):
                pause = min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(max(self._rng.uniform(0, pause), self._retry_ms / 1000))
            self._retry_ms = 0
            if self._rng.random() < READS_OVER_HTTP:
                await self._read_over_http()

    async def _converse(self) -> None:
        url = self._address.replace("http", "ws", 1) + "/ws/support/v1/"
        hello = {"type": "hello", "token": self._session.token, "last_seq": self.seq}
        if self._session.conversation is not None:
            hello["conversation"] = str(self._session.conversation)
        subprotocols = [Subprotocol("support.v1")]
        async with connect(
            url, subprotocols=subprotocols, open_timeout=OPEN_SECONDS, close_timeout=1, proxy=None
        ) as socket:
            await socket.send(json.dumps(hello))
            try:
                async for text in socket:
                    frame = json.loads(text)
                    if frame["type"] == "welcome":
                        self._socket = socket
                    self._on_frame(frame)
                    if frame["type"] == "event":
                        await self._tell({"type": "ack", "seq": self.seq})
            finally:
                self._socket = None

    async def _tell(self, frame: dict[str, Any]) -> None:
        try:
            if self._socket is not None:
                await asyncio.wait_for(self._socket.send(json.dumps(frame, ensure_ascii=False)), OPEN_SECONDS)
        except (OSError, WebSocketException):
            self.break_off()  # whoever reads from it finds out, too

    async def _read_over_http(self) -> None:
        try:
            for frame in await self._session.read(self._address, after=self.seq):
                self._on_frame(frame)
        except httpx.HTTPError:
            return  # the socket will bring it

    def _on_frame(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self._session.joined(conversation := UUID(frame["conversation"]))
                self._journal.write(Joined(at=monotonic(), tab=self.name, conversation=conversation))
            case "accepted":
                self._on_accepted(UUID(frame["cid"]), frame["seq"], frame["id"])
            case "event":
                self._on_event(frame)
            case "error":
                cid = UUID(frame["cid"]) if "cid" in frame else None
                self._journal.write(Refused(at=monotonic(), tab=self.name, cid=cid, code=frame["code"]))
                self._session.refused(cid, frame.get("retry_ms"))
            case "bye":
                self._retry_ms = frame["retry_ms"]

    def _on_accepted(self, cid: UUID, seq: int, id_: int) -> None:
        conversation = self._session.known_conversation
        self._journal.write(
            Accepted(at=monotonic(), tab=self.name, conversation=conversation, cid=cid, seq=seq, id=id_)
        )
        self._session.accepted(cid)

    def _on_event(self, frame: dict[str, Any]) -> None:
        self.seq = frame["seq"]
        self._journal.write(
            Heard(
                at=monotonic(),
                tab=self.name,
                conversation=self._session.known_conversation,
                seq=frame["seq"],
                id=frame["id"],
                sender=frame["from"],
                body=frame["body"],
            )
        )
