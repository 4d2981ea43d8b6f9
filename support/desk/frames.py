"""What an agent's socket may say and hear, beside the frames that visitors' sockets share (`support.wire.frames`)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

__all__ = [
    "Away",
    "AgentFrame",
    "Candidate",
    "Claim",
    "Hello",
    "Inbox",
    "InboxTicket",
    "Refused",
    "Resolve",
    "Send",
    "Section",
    "TicketState",
    "Understood",
    "Welcome",
]

TicketId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Section = Literal["assigned", "mine", "open", "others", "resolved"]


class Frame(msgspec.Struct, kw_only=True, tag_field="type", omit_defaults=True):
    pass


class FromAgent(Frame, forbid_unknown_fields=True):
    pass


class Hello(FromAgent, tag="hello"):
    """The first frame. Without a ticket the socket is an inbox; with one it is that conversation as well."""

    ticket: TicketId | None = None
    last_seq: Seq = 0


class Claim(FromAgent, tag="claim"):
    ticket: TicketId


class Send(FromAgent, tag="send"):
    """A reply. `cid` is made by the client and kept until `accepted`: the same again is the same message."""

    cid: UUID
    body: str


class Resolve(FromAgent, tag="resolve"):
    pass


class Away(FromAgent, tag="away"):
    value: bool


class Typing(FromAgent, tag="typing"):
    pass


class Ping(FromAgent, tag="ping"):
    pass


AgentFrame = Hello | Claim | Send | Resolve | Away | Typing | Ping


class Welcome(Frame, tag="welcome"):
    """`agent` is None for one who may only watch."""

    agent: str | None
    away: bool
    head_seq: int
    heartbeat_ms: int
    max_body: int


class Candidate(msgspec.Struct):
    """An article that the bot considered, with its question in the visitor's language where it has one."""

    article: str
    question: str
    confidence: float


class Understood(Frame, tag="understood"):
    """What the turn found in the visitor's message `seq`."""

    seq: int
    language: str
    sentiment: str
    upset: bool
    decision: str
    reason: str = ""
    candidates: list[Candidate] = []


class TicketState(Frame, tag="ticket"):
    """Where a ticket stands, for one viewer. `reply_in` is the language to write in: `en` or `bn`."""

    id: int
    status: str
    reason: str
    language: str
    reply_in: str
    visitor: str
    site: str
    opened_at: str
    seq: int  # of the message that escalated
    agent: str | None = None
    mine: bool = False
    claimed_at: str | None = None
    resolved_at: str | None = None


class InboxTicket(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of the inbox. `since` is what its waiting time counts from; `words` are the visitor's."""

    id: int
    section: Section
    visitor: str
    site: str
    reason: str
    language: str
    words: str
    since: str
    agent: str | None = None
    upset: bool = False
    unanswered: bool = False  # the visitor spoke last


class Inbox(Frame, tag="inbox"):
    tickets: list[InboxTicket]


class Refused(Frame, tag="error"):
    """`by` is who has the ticket, where that is why."""

    code: str
    cid: UUID | None = None
    by: str | None = None
