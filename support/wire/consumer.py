"""What visitors' and agents' sockets have in common: a strict way in, an ordered way out, and an end to everything.

A subclass gives `decoder`, `opening` (the type of the first frame) and a method `on_<type>` for each frame; for
messages it calls `follow`. Frames of one socket are handled one after the other, so handlers stay short.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any, ClassVar
from uuid import UUID

import msgspec
import structlog
from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseTrouble
from redis.exceptions import RedisError

from support import conversation, feed
from support.errors import SupportError
from support.wire import room, watch
from support.wire.database import in_thread
from support.wire.frames import (
    SUBPROTOCOL,
    BadFrame,
    Bye,
    Decoder,
    Error,
    Event,
    Pong,
    ReplayEnd,
    TooBig,
    TypingNow,
    encode,
)
from support.wire.throttle import Bucket

__all__ = [
    "HEARTBEAT_MS",
    "OVERLOAD",
    "POLICY",
    "RATE",
    "RESTART",
    "TOKEN",
    "TOO_BIG",
    "StrictConsumer",
    "later_ms",
]

log = structlog.get_logger(__name__)
POLICY, TOO_BIG, RESTART, OVERLOAD, TOKEN, RATE = 1008, 1009, 1012, 1013, 4401, 4429
HEARTBEAT_MS = 25_000
HEARTBEATS_MISSED = 3
HELLO_SECONDS = 5
MAX_BAD_FRAMES = 3
UNACKED = 400  # events on their way to a client that has not said `ack`; a slow reader costs no more memory,
MAX_RESUMES = 5  # and no more than this many times: who has to ask again so often connects again
RETRY_MS = 2000  # after which the database may be back
RESTART_MS = (500, 4000)  # spread, so that not everybody comes back at once
LATER_MS = (3000, 10_000)  # after which there may be room again; spread, too
REFUSED = {OVERLOAD: "overload", RATE: "rate"}  # what a later try may find otherwise


def later_ms() -> int:
    return random.randint(*LATER_MS)  # noqa: S311 - it spreads, it hides nothing


class StrictConsumer(AsyncWebsocketConsumer):
    decoder: ClassVar[Decoder[Any]]
    opening: ClassVar[type[msgspec.Struct]]
    me: ClassVar[str] = ""  # who types on this side: "visitor" or "agent"

    closed = True  # nothing can be said before `connect`
    address: str | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.closed = True
            watch.leave(self)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As in Channels, but without its look at old connections: that runs in the one thread which all sockets share,
        and `in_thread` minds its own connections."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        feed.attach()
        loop = asyncio.get_running_loop()
        self.conversation_id: UUID | None = None
        self.sent = self.acked = 0
        self.bad_frames = self.resumes = 0
        self.spoken = self.greeted = self._behind = False
        self.heard_at = self.opened_at = loop.time()
        self.frames = Bucket(capacity=60, per_second=20)
        self._lock = asyncio.Lock()
        self._catching_up: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        code = await self._authorise() if SUBPROTOCOL in self.scope["subprotocols"] else POLICY
        if code is not None:
            await self.refuse(code)
            return
        self.opened_at = loop.time()  # a slow database before this is not the client's fault
        watch.join(self)
        self.closed = False
        await self.accept(subprotocol=SUBPROTOCOL)
        if watch.stopping:
            await self.restart()

    async def _authorise(self) -> int | None:
        address = (self.scope.get("client") or [""])[0]
        if len(watch.sockets) >= room.MAX_SOCKETS:
            return OVERLOAD
        if room.connections.take(address, self.opened_at):
            return RATE
        try:
            code = await self.authorise()
        except DatabaseTrouble as error:
            log.warning("a socket could not be let in", error=type(error).__name__)
            return OVERLOAD
        # Last, with nothing awaited before the socket is among those that are counted.
        self.address = address
        return RATE if code is None and room.crowded("address", address, room.MAX_SOCKETS_OF_ADDRESS) else code

    async def authorise(self) -> int | None:
        """None lets the socket in; a close code refuses it before it has said anything."""
        return None

    async def refuse(self, code: int) -> None:
        """Close with `code`. The handshake is finished first: a browser hides the reason of a refused one."""
        self.closed = False
        await self.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in self.scope["subprotocols"] else None)
        if code in REFUSED:
            await self.bye(REFUSED[code], code, later_ms())
        else:
            await self.end(code)

    # --- the way in ---

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.closed:
            return
        self.heard_at = asyncio.get_running_loop().time()
        if not self.frames.take(self.heard_at):
            await self.bye("rate", RATE, retry_ms=5000)
            return
        frame = None
        try:
            frame = self.decoder(text_data)
            if isinstance(frame, self.opening) == self.greeted:
                raise BadFrame("hello comes first, and once")
            self.spoken = True
            await self.handle(frame)
        except BadFrame as error:
            await self._bad_frame(error)
        except SupportError as error:
            await self.send_frame(Error(code=error.code, cid=getattr(frame, "cid", None)))
        except DatabaseTrouble as error:
            log.warning("a frame was not handled", error=type(error).__name__)
            await self._try_again(frame, "unavailable")
        except Exception:
            log.exception("a frame was not handled")
            await self._try_again(frame, "internal")

    async def handle(self, frame: msgspec.Struct) -> None:
        await getattr(self, f"on_{frame.__struct_config__.tag}")(frame)

    async def _bad_frame(self, error: BadFrame) -> None:
        self.bad_frames += 1
        await self.send_frame(Error(code=error.code))
        if isinstance(error, TooBig):
            await self.end(TOO_BIG)
        elif self.bad_frames >= MAX_BAD_FRAMES:
            await self.end(POLICY)

    async def _try_again(self, frame: msgspec.Struct | None, code: str) -> None:
        """Have the client try again: this frame, or all of it where there was no beginning."""
        if isinstance(frame, self.opening):
            await self.bye(code, OVERLOAD, RETRY_MS)
        else:
            await self.send_frame(Error(code=code, cid=getattr(frame, "cid", None), retry_ms=RETRY_MS))

    async def on_ping(self, _frame: msgspec.Struct) -> None:
        await self.send_frame(Pong())

    async def on_ack(self, frame: Any) -> None:
        held_back = self._is_full
        self.acked = max(self.acked, min(frame.seq, self.sent))
        if held_back:
            self.head_is(self.sent + 1)

    async def on_resume(self, frame: Any) -> None:
        self.resumes += 1
        if self.resumes > MAX_RESUMES:
            await self.bye("resumes", RATE, RETRY_MS)
            return
        async with self._lock:
            self.sent = self.acked = min(frame.after, self.sent)
        await self.catch_up()
        await self.send_frame(ReplayEnd(seq=self.sent))

    # --- the way out ---

    async def send_frame(self, frame: msgspec.Struct) -> None:
        if not self.closed:
            await self.send(text_data=encode(frame))

    async def follow(self, conversation_id: UUID, after: int) -> None:
        """Send what comes after `after`, then whatever is said in the conversation from now on."""
        self.conversation_id, self.sent, self.acked = conversation_id, after, after
        await self._join_group(feed.conversation_group(conversation_id))
        await self.catch_up()
        await self.send_frame(ReplayEnd(seq=self.sent))

    async def catch_up(self) -> None:
        """Send every message with `seq > sent`, in order, each once, from the database."""
        async with self._lock:
            while self.conversation_id is not None and not self.closed and not self._is_full:
                messages = await in_thread(conversation.read)(self.conversation_id, self.sent)
                for message in messages:
                    await self.send_frame(Event.of(message))
                    self.sent = message.seq
                if len(messages) < conversation.PAGE:
                    break

    @property
    def _is_full(self) -> bool:
        return self.sent - self.acked >= UNACKED

    async def conversation_moved(self, _hint: dict[str, str]) -> None:
        self.head_is(self.sent + 1)

    async def conversation_typing(self, hint: dict[str, str]) -> None:
        if hint["who"] != self.me:
            await self.send_frame(TypingNow(who=hint["who"]))

    def head_is(self, seq: int) -> None:
        if seq > self.sent and not self.closed:
            self._behind = True
            if self._catching_up is None or self._catching_up.done():
                self._catching_up = asyncio.create_task(self._catch_up_quietly())

    async def _catch_up_quietly(self) -> None:
        try:
            while self._behind:  # a hint may come while the one before it is read
                self._behind = False
                await self.catch_up()
        except Exception as error:  # noqa: BLE001 - the next tick tries again, whatever it was
            log.warning("a socket could not read", error=type(error).__name__)

    # --- the end ---

    def tick(self, now: float) -> None:
        silent = now - self.heard_at
        if not self.spoken and now - self.opened_at > HELLO_SECONDS:
            self._ending = asyncio.create_task(self.end(POLICY))
        elif silent * 1000 > HEARTBEAT_MS * HEARTBEATS_MISSED:
            self._ending = asyncio.create_task(self.end(POLICY))

    async def restart(self) -> None:
        await self.bye("restart", RESTART, random.randint(*RESTART_MS))  # noqa: S311 - it spreads, it hides nothing

    async def bye(self, reason: str, code: int, retry_ms: int) -> None:
        await self.send_frame(Bye(reason=reason, retry_ms=retry_ms))
        await self.end(code)

    async def end(self, code: int) -> None:
        if not self.closed:
            self.closed = True
            await self.close(code)

    async def disconnect(self, code: int) -> None:
        self.closed = True
        if self.conversation_id is not None:
            await self._leave_group(feed.conversation_group(self.conversation_id))

    async def _join_group(self, group: str) -> None:
        """Ask for hints. Without them (the layer is down) the tick still brings everything, a second later."""
        try:
            await asyncio.wait_for(self.channel_layer.group_add(group, self.channel_name), 1)
        except (TimeoutError, OSError, RedisError) as error:
            log.warning("no hints for a socket", error=type(error).__name__)

    async def _leave_group(self, group: str) -> None:
        try:
            await asyncio.wait_for(self.channel_layer.group_discard(group, self.channel_name), 1)
        except (TimeoutError, OSError, RedisError) as error:
            log.warning("a socket stays in its group until that expires", error=type(error).__name__)
