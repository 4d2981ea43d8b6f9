"""Frames that visitors' and agents' sockets share, and the strict way in.

A frame is one JSON object in a text frame of at most 16 KiB, with its `type` as a tag. What does not decode into a
frame of the expected union is a `BadFrame`, whatever it is.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import msgspec

from support.errors import SupportError
from support.models import Message

__all__ = [
    "MAX_FRAME",
    "SUBPROTOCOL",
    "Accepted",
    "BadFrame",
    "Bye",
    "Decoder",
    "Error",
    "Event",
    "Incoming",
    "Option",
    "Outgoing",
    "Pong",
    "ReplayEnd",
    "Seq",
    "TooBig",
    "TypingNow",
    "encode",
]

SUBPROTOCOL = "support.v1"
MAX_FRAME = 16 * 1024  # bytes
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
T = TypeVar("T")


class BadFrame(SupportError):
    """Not a frame of this protocol. The message says what is wrong with it."""

    code = "frame"


class TooBig(BadFrame):
    """A text frame of more than `MAX_FRAME` bytes."""

    code = "too_big"


class Incoming(msgspec.Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """The base of what a client may send."""


class Outgoing(msgspec.Struct, kw_only=True, tag_field="type", omit_defaults=True):
    """The base of what the server says. A field at its default is left out."""


class Option(msgspec.Struct, frozen=True):
    """A button under a question back: sending `question` as a body chooses `article`."""

    article: str
    question: str


class Event(Outgoing, tag="event"):
    """A message of the conversation. `cid` is its client's own name for it; `name` is an agent's."""

    seq: int
    id: int
    from_: str = msgspec.field(name="from")
    kind: str
    body: str
    at: str
    name: str | None = None
    cid: UUID | None = None
    options: list[Option] = []
    article: str | None = None

    @classmethod
    def of(cls, message: Message) -> Event:
        agent = getattr(message.author, "agent", None)
        return cls(
            seq=message.seq,
            id=message.pk,
            from_=message.sender,
            kind=message.kind,
            body=message.body,
            at=iso(message.at),
            name=agent.display_name if agent else None,
            cid=message.cid,
            options=[Option(**option) for option in message.extra.get("options", [])],
            article=message.extra.get("article"),
        )


class Accepted(Outgoing, tag="accepted"):
    """The message of this `cid` is in the database, at `seq`."""

    cid: UUID
    seq: int
    id: int
    at: str
    duplicate: bool
    conversation: UUID | None = None

    @classmethod
    def of(cls, message: Message, duplicate: bool, conversation: UUID | None = None) -> Accepted:
        if message.cid is None:
            raise ValueError("only a message with a cid is accepted")
        at = iso(message.at)
        return cls(
            cid=message.cid, seq=message.seq, id=message.pk, at=at, duplicate=duplicate, conversation=conversation
        )


class ReplayEnd(Outgoing, tag="replay_end"):
    """All up to `seq` has been sent."""

    seq: int


class TypingNow(Outgoing, tag="typing"):
    who: str


class Pong(Outgoing, tag="pong"):
    pass


class Error(Outgoing, tag="error"):
    code: str
    cid: UUID | None = None
    retry_ms: int | None = None


class Bye(Outgoing, tag="bye"):
    """The server closes now; come back after `retry_ms`."""

    reason: str
    retry_ms: int


_encoder = msgspec.json.Encoder()


def encode(frame: msgspec.Struct) -> str:
    return _encoder.encode(frame).decode()


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Decoder(Generic[T]):
    """Text to a frame of the union `T`. Raises `BadFrame` and nothing else."""

    def __init__(self, union: Any) -> None:
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(union)

    def __call__(self, text: str | None) -> T:
        if text is None:
            raise BadFrame("a binary frame")
        try:
            data = text.encode()
        except UnicodeEncodeError as error:  # half of a surrogate pair
            raise BadFrame("not Unicode") from error
        if len(data) > MAX_FRAME:
            raise TooBig
        try:
            return self._decoder.decode(data)
        except (msgspec.DecodeError, RecursionError) as error:
            raise BadFrame(str(error)) from error
