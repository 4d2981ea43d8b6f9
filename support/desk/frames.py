"""What an agent's socket may say and hear, beside the frames that visitors' sockets share (`support.wire.frames`)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from support.wire.frames import Incoming, Outgoing, Seq

__all__ = [
    "Ack",
    "AgentFrame",
    "Away",
    "Candidate",
    "Claim",
    "Hello",
    "Inbox",
    "InboxTicket",
    "Ping",
    "Presence",
    "Refused",
    "Resolve",
    "Section",
    "Send",
    "TicketState",
    "Typing",
    "Understood",
    "Welcome",
]

TicketId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Section = Literal["assigned", "mine", "open", "others", "resolved"]


class Hello(Incoming, tag="hello"):
    """The first frame. Without a ticket the socket is an inbox; with one it is that conversation as well."""

    ticket: TicketId | None = None
    last_seq: Seq = 0


class Claim(Incoming, tag="claim"):
    ticket: TicketId


class Send(Incoming, tag="send"):
    """A reply. `cid` is made by the client and kept until `accepted`: the same again is the same message."""

    cid: UUID
    body: str


class Resolve(Incoming, tag="resolve"):
    pass


class Away(Incoming, tag="away"):
    value: bool


class Typing(Incoming, tag="typing"):
    pass


class Ping(Incoming, tag="ping"):
    pass


class Ack(Incoming, tag="ack"):
    seq: Seq


AgentFrame = Hello | Claim | Send | Resolve | Away | Typing | Ping | Ack


class Welcome(Outgoing, tag="welcome"):
    """`agent` is None for one who may only watch."""

    agent: str | None
    away: bool
    heartbeat_ms: int
    max_body: int


class Presence(Outgoing, tag="presence"):
    """The agent's own switch, as it stands: it may have been changed in another tab, or by an administrator."""

    away: bool


class Candidate(msgspec.Struct):
    """An article that the bot considered, with its question in the visitor's language where it has one."""

    article: str
    question: str
    confidence: float


class Understood(Outgoing, tag="understood"):
    """What the turn found in the visitor's message `seq`."""

    seq: int
    language: str
    sentiment: str
    upset: bool
    decision: str
    reason: str = ""
    candidates: list[Candidate] = []


class TicketState(Outgoing, tag="ticket"):
    """Where a ticket stands, for one viewer. `reply_in` is the language to write in: `en` or `bn`.

    `visitor` is empty for one who gave no name, `site` is a key.
    """

    id: int
    status: str
    reason: str
    language: str
    reply_in: str
    site: str
    opened_at: str
    seq: int  # of the message that escalated
    visitor: str = ""
    agent: str | None = None
    mine: bool = False
    claimed_at: str | None = None
    resolved_at: str | None = None


class InboxTicket(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A row of the inbox. `since` is what its waiting time counts from; `words` are the visitor's."""

    id: int
    section: Section
    visitor: str = ""
    site: str
    reason: str
    language: str
    words: str
    since: str
    agent: str | None = None
    upset: bool = False
    unanswered: bool = False  # the visitor spoke last


class Inbox(Outgoing, tag="inbox"):
    tickets: list[InboxTicket]


class Refused(Outgoing, tag="error"):
    """`by` is who has the ticket, where that is why."""

    code: str
    cid: UUID | None = None
    by: str | None = None
