"""What happened, as the visitors and the fault injector saw it: one record a line, in the run's folder.

`at` is in seconds of one monotonic clock, so that the records of a run can be compared with each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self
from uuid import UUID

import msgspec

__all__ = [
    "Accepted",
    "Claimed",
    "Fault",
    "Heard",
    "Joined",
    "Journal",
    "Left",
    "Record",
    "Refused",
    "Resolved",
    "Sent",
    "read",
]


class Base(msgspec.Struct, frozen=True, kw_only=True, tag_field="what"):
    at: float


class Sent(Base, frozen=True, tag="sent"):
    tab: str
    cid: UUID
    body: str


class Accepted(Base, frozen=True, tag="accepted"):
    """The server said that the message is in the database."""

    tab: str
    conversation: UUID
    cid: UUID
    seq: int
    id: int


class Refused(Base, frozen=True, tag="refused"):
    tab: str
    cid: UUID | None
    code: str


class Joined(Base, frozen=True, tag="joined"):
    """The tab was told what its conversation is. It may hear the whole of it."""

    tab: str
    conversation: UUID


class Heard(Base, frozen=True, tag="heard"):
    """An event, in the conversation that the tab is in."""

    tab: str
    conversation: UUID
    seq: int
    id: int
    sender: str
    body: str


class Claimed(Base, frozen=True, tag="claimed"):
    """The server showed a ticket to an agent as theirs."""

    tab: str
    agent: str
    ticket: int


class Resolved(Base, frozen=True, tag="resolved"):
    """The server showed a ticket as resolved."""

    tab: str
    ticket: int


class Left(Base, frozen=True, tag="left"):
    """The tab was closed for good, and need not have heard the end."""

    tab: str


class Fault(Base, frozen=True, tag="fault"):
    """`back_at` is when the process was started again; None where none had to be."""

    kind: str
    back_at: float | None = None

    @property
    def killed(self) -> bool:
        return self.kind.startswith(("SIGKILL", "SIGTERM"))


Record = Sent | Accepted | Refused | Joined | Heard | Claimed | Resolved | Left | Fault
_decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)


class Journal:
    """The file of a run's history, to be written. `accepted` counts messages, each once."""

    def __init__(self, path: Path) -> None:
        self._file, self._cids = path.open("wb", buffering=0), set[UUID]()
        self.faults = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def accepted(self) -> int:
        return len(self._cids)

    def write(self, record: Record) -> None:
        self._file.write(msgspec.json.encode(record) + b"\n")
        if isinstance(record, Accepted):
            self._cids.add(record.cid)
        self.faults += isinstance(record, Fault)


def read(path: Path) -> Sequence[Record]:
    return _decoder.decode_lines(path.read_bytes())
