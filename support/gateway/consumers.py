"""A visitor's socket. Commit, then speak: `accepted` is sent after the message is in the database, never before."""

from __future__ import annotations

import asyncio
from typing import ClassVar
from uuid import UUID

from support import conversation, feed, turn_queue
from support.dialogue import pool
from support.errors import BadToken, NotFound
from support.gateway import limits, origins, tokens
from support.gateway.frames import Feedback, Hello, Send, Typing, VisitorFrame, Welcome
from support.models import Message, Visitor
from support.wire import room
from support.wire.consumer import HEARTBEAT_MS, OVERLOAD, POLICY, RATE, TOKEN, StrictConsumer, later_ms
from support.wire.database import in_thread
from support.wire.frames import Accepted, Decoder, Error
from support.wire.throttle import Bucket

__all__ = ["VisitorConsumer"]


class VisitorConsumer(StrictConsumer):
    decoder: ClassVar[Decoder[VisitorFrame]] = Decoder(VisitorFrame)
    opening = Hello
    me = "visitor"

    visitor_id: UUID | None = None

    async def authorise(self) -> int | None:
        headers = dict(self.scope["headers"])
        self.origin = headers[b"origin"].decode("latin-1") if b"origin" in headers else None
        self.host = headers.get(b"host", b"").decode("latin-1")
        self.typed = Bucket(capacity=2, per_second=0.5)
        if pool.is_full():
            return OVERLOAD
        return None if await in_thread(origins.may_connect)(self.origin, self.host) else POLICY

    async def on_hello(self, hello: Hello) -> None:
        try:
            visitor = await in_thread(tokens.read)(hello.token)
            if not origins.may_use(visitor.site, self.origin, self.host):
                await self.end(POLICY)
                return
            await self._welcome(visitor, hello)
        except (BadToken, NotFound) as error:
            await self.send_frame(Error(code=error.code))
            await self.end(TOKEN if isinstance(error, BadToken) else POLICY)

    async def _welcome(self, visitor: Visitor, hello: Hello) -> None:
        if room.crowded("visitor_id", visitor.pk, limits.MAX_SOCKETS_OF_VISITOR):
            await self.bye("tabs", RATE, retry_ms=30_000)
            return
        self.visitor_id = visitor.pk
        if hello.conversation is None and (retry_ms := limits.openings.take(str(visitor.pk), _now())):
            await self.bye("rate", RATE, retry_ms)
            return
        opened = await in_thread(conversation.open_for)(visitor, hello.conversation)
        self.greeted = True
        await self.send_frame(
            Welcome(
                conversation=opened.pk,
                head_seq=opened.head_seq,
                heartbeat_ms=HEARTBEAT_MS,
                max_body=conversation.MAX_BODY,
            )
        )
        await self.follow(opened.pk, min(hello.last_seq, opened.head_seq))
        if opened.head_seq and await in_thread(turn_queue.is_owed)(opened.pk):
            # Whoever owed it may have died, and that may be why the visitor is back: do not wait for the sweep.
            pool.submit(opened.pk)

    async def on_send(self, frame: Send) -> None:
        assert self.conversation_id is not None  # noqa: S101 - hello came first
        if pool.is_full():  # before it is stored: nobody could say when it will be answered
            await self.send_frame(Error(code="overload", cid=frame.cid, retry_ms=later_ms()))
            return
        if retry_ms := limits.sends.take(str(self.visitor_id), _now()):
            await self.send_frame(Error(code="rate", cid=frame.cid, retry_ms=retry_ms))
            return
        appended = await in_thread(conversation.append)(
            self.conversation_id, Message.Sender.VISITOR, frame.body, cid=frame.cid
        )
        await self.send_frame(Accepted.of(appended.message, appended.duplicate))
        pool.submit(self.conversation_id)

    async def on_typing(self, _frame: Typing) -> None:
        if self.conversation_id is not None and self.typed.take(_now()):
            pool.typing(self.conversation_id)
            await feed.typing(self.conversation_id, self.me)

    async def on_feedback(self, frame: Feedback) -> None:
        if self.conversation_id is not None:
            await in_thread(conversation.give_feedback)(self.conversation_id, frame.message, frame.value)


def _now() -> float:
    return asyncio.get_running_loop().time()
