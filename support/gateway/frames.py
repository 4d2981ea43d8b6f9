"""What a visitor's socket may say. What it hears is in `support.wire.frames`, and `Welcome` here."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec

from support.wire.frames import Incoming, Outgoing, Seq

__all__ = ["Ack", "Feedback", "Hello", "Ping", "Resume", "Send", "Typing", "VisitorFrame", "Welcome"]

Token = Annotated[str, msgspec.Meta(max_length=512)]
MessageId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]


class Hello(Incoming, tag="hello"):
    """Within five seconds. Without a conversation a new one begins; `last_seq` is the newest that the client has."""

    token: Token
    conversation: UUID | None = None
    last_seq: Seq = 0


class Send(Incoming, tag="send"):
    """`cid` is made by the client and kept until `accepted`: the same again is the same message."""

    cid: UUID
    body: str


class Ack(Incoming, tag="ack"):
    seq: Seq


class Resume(Incoming, tag="resume"):
    after: Seq


class Typing(Incoming, tag="typing"):
    pass


class Ping(Incoming, tag="ping"):
    pass


class Feedback(Incoming, tag="feedback"):
    message: MessageId
    value: Literal[-1, 1]


VisitorFrame = Hello | Send | Ack | Resume | Typing | Ping | Feedback


class Welcome(Outgoing, tag="welcome"):
    conversation: UUID
    head_seq: int
    heartbeat_ms: int
    max_body: int
