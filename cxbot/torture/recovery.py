"""How long a visitor waits for the reply that a dying process kept from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from cxbot.torture.history import Fault, Heard, Record, Sent
from cxbot.torture.replies import first_replies
from cxbot.torture.rows import Rows

__all__ = ["Recovery", "recoveries"]


@dataclass(frozen=True, slots=True)
class Recovery:
    """Of one reply that a kill kept a visitor waiting for: the seconds from the restart of the process until it was
    heard. `alone`: nothing else happened in between."""

    seconds: float
    alone: bool


def recoveries(history: Sequence[Record], rows: Rows) -> Iterator[Recovery]:
    waits = list(_waits(history, rows))
    faults = [record for record in history if isinstance(record, Fault)]
    for fault in faults:
        if fault.back_at is None:
            continue
        others = [other.at for other in faults if other is not fault]
        for since, until in waits:
            if since <= fault.at and until > fault.back_at:
                alone = not any(since <= at <= until for at in others)
                yield Recovery(until - fault.back_at, alone)


def _waits(history: Sequence[Record], rows: Rows) -> Iterator[tuple[float, float]]:
    """When each visitor's message was first sent, and when the first reply to it was first heard."""
    sent: dict[UUID, float] = {}
    heard: dict[int, float] = {}
    for record in history:
        if isinstance(record, Sent):
            sent.setdefault(record.cid, record.at)
        elif isinstance(record, Heard):
            heard.setdefault(record.id, record.at)
    cids = {message.id: message.cid for message in rows.messages if message.cid is not None}
    for message, reply in first_replies(rows):
        if cids[message] in sent and reply in heard:
            yield sent[cids[message]], heard[reply]
