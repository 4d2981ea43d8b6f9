"""An agent's socket: the inbox, and on a conversation's page that conversation too.

What the socket shows is read from the database as a whole, on a hint and on a slow tick, and sent where it changed;
the same look finds that a session ended or a permission went, and keeps the agent's presence.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import structlog

from support import feed
from support.conversation import MAX_BODY
from support.desk import access, presence, queries
from support.desk.access import Viewer
from support.desk.frames import (
    AgentFrame,
    Away,
    Claim,
    Hello,
    Inbox,
    Presence,
    Refused,
    Resolve,
    Send,
    TicketState,
    Typing,
    Welcome,
)
from support.errors import AlreadyClaimed, NotFound, SupportError
from support.handoff import tickets
from support.models import Ticket
from support.wire.consumer import HEARTBEAT_MS, TOKEN, StrictConsumer
from support.wire.database import in_thread
from support.wire.frames import Accepted, Decoder

__all__ = ["AgentConsumer"]

log = structlog.get_logger(__name__)


class NotAgent(SupportError):
    """Who may only watch tried to act."""

    code = "not_agent"


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the database found."""

    viewer: Viewer
    inbox: Inbox
    ticket: TicketState | None


class AgentConsumer(StrictConsumer):
    decoder = Decoder[AgentFrame](AgentFrame)
    opening = Hello
    me = "agent"
    SLOW_SECONDS = 10.0  # between looks when no hint comes

    async def authorise(self) -> int | None:
        self.ticket_id: int | None = None
        self.understood_to = 0  # turns are taken in order, so one number says which findings were sent
        self.told: dict[type[msgspec.Struct], msgspec.Struct] = {}
        self.looked_at = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._look_again = self._look_at_all = False
        self._one_look = asyncio.Lock()  # what is read last is said last
        viewer = await in_thread(access.viewer_of_session)(self._session_key)
        if viewer is None:
            return TOKEN
        self.viewer = viewer
        return None

    @property
    def _session_key(self) -> str | None:
        key: str | None = self.scope["session"].session_key
        return key

    # --- what the agent says ---

    async def handle(self, frame: msgspec.Struct) -> None:
        try:
            await super().handle(frame)
        except AlreadyClaimed as error:
            await self.send_frame(Refused(code=error.code, cid=getattr(frame, "cid", None), by=error.by))
            await self._look()

    async def on_hello(self, hello: Hello) -> None:
        conversation_id = None if hello.ticket is None else await in_thread(_conversation_of)(hello.ticket)
        self.greeted = True
        self.ticket_id = hello.ticket
        agent = self.viewer.agent
        welcome = Welcome(
            agent=agent.display_name if agent else None,
            away=bool(agent and agent.is_away),
            heartbeat_ms=HEARTBEAT_MS,
            max_body=MAX_BODY,
        )
        await self.send_frame(welcome)
        self.told[Presence] = Presence(away=welcome.away)
        await self._join_group(feed.DESK)
        await self._look()
        if conversation_id is not None:
            await self.follow(conversation_id, hello.last_seq)
            await self._understand()

    async def on_claim(self, frame: Claim) -> None:
        self._must_be_agent()
        await in_thread(tickets.claim)(frame.ticket, self.viewer.user)
        await self._look()

    async def on_send(self, frame: Send) -> None:
        self._must_be_agent()
        said = await in_thread(tickets.reply)(self._ticket(), self.viewer.user, frame.body, frame.cid)
        await self.send_frame(Accepted.of(said.message, said.duplicate))

    async def on_resolve(self, _frame: Resolve) -> None:
        self._must_be_agent()
        await in_thread(tickets.resolve)(self._ticket(), self.viewer.user)
        await self._look()

    async def on_typing(self, _frame: Typing) -> None:
        ticket = self.told.get(TicketState)
        if isinstance(ticket, TicketState) and ticket.mine and ticket.status == Ticket.Status.CLAIMED:
            assert self.conversation_id is not None  # noqa: S101 - a ticket is shown with its conversation
            await feed.typing(self.conversation_id, self.me)

    async def on_away(self, frame: Away) -> None:
        self._must_be_agent()
        await in_thread(presence.set_away)(self.viewer.user, frame.value)
        await self._look()

    def _must_be_agent(self) -> None:
        if self.viewer.agent is None:
            raise NotAgent

    def _ticket(self) -> int:
        if self.ticket_id is None:
            raise NotFound
        return self.ticket_id

    # --- what the desk shows ---

    async def tickets_moved(self, _hint: dict[str, Any]) -> None:
        self._look_soon()

    async def conversation_moved(self, hint: dict[str, str]) -> None:
        await super().conversation_moved(hint)
        self._look_soon()

    def tick(self, now: float) -> None:
        super().tick(now)
        if not self.greeted:
            return
        if now - self.looked_at >= self.SLOW_SECONDS:
            self._look_soon()
        elif self.conversation_id is not None:
            self._look_soon(at_all=False)  # a turn that ends in silence moves nothing, so nobody hints at it

    def _look_soon(self, at_all: bool = True) -> None:
        self._look_again = True
        self._look_at_all |= at_all
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_quietly())

    async def _look_quietly(self) -> None:
        try:
            while self._look_again and not self.closed:  # a hint may come while the one before it is looked into
                at_all, self._look_again, self._look_at_all = self._look_at_all, False, False
                await (self._look() if at_all else self._understand())
        except Exception as error:  # noqa: BLE001 - the next tick looks again, whatever it was
            log.warning("the desk could not look", error=type(error).__name__)

    async def _look(self) -> None:
        async with self._one_look:
            self.looked_at = asyncio.get_running_loop().time()
            look = await in_thread(_look)(self._session_key, self.ticket_id)
            if look is None:
                await self.end(TOKEN)
                return
            self.viewer = look.viewer
            if look.viewer.agent is not None:
                await self._tell(Presence(away=look.viewer.agent.is_away))
            if look.ticket is not None:
                await self._tell(look.ticket)
            await self._tell(look.inbox)

    async def _understand(self) -> None:
        """Send what the turns found that have been done since."""
        if self.conversation_id is None:
            return
        async with self._one_look:
            found = await in_thread(queries.understood)(self.conversation_id, self.understood_to, self.sent)
            for frame in found:
                await self.send_frame(frame)
                self.understood_to = max(self.understood_to, frame.seq)

    async def _tell(self, frame: msgspec.Struct) -> None:
        """Send what differs from what was said last."""
        if self.told.get(type(frame)) != frame:
            self.told[type(frame)] = frame
            await self.send_frame(frame)

    async def disconnect(self, code: int) -> None:
        await super().disconnect(code)
        await self._leave_group(feed.DESK)


def _conversation_of(ticket_id: int) -> UUID:
    ticket = queries.find(ticket_id)
    if ticket is None:
        raise NotFound
    return ticket.conversation_id


def _look(session_key: str | None, ticket_id: int | None) -> Look | None:
    """None: the viewer may not look any more."""
    viewer = access.viewer_of_session(session_key)
    if viewer is None:
        return None
    if viewer.agent is not None:
        presence.seen(viewer.agent)
    ticket = None if ticket_id is None else queries.find(ticket_id)
    return Look(
        viewer=viewer,
        inbox=queries.inbox(viewer.user),
        ticket=None if ticket is None else queries.ticket_state(ticket, viewer.user),
    )
