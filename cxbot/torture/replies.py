"""Which of the bot's messages answer which of the visitor's: no row says so, but turns are taken in order, and what a
turn decided says what it made the bot say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from cxbot.torture.rows import Rows, Turn

__all__ = ["Owed", "first_replies", "replies_owed"]


@dataclass(frozen=True, slots=True)
class Owed:
    """The kinds of the bot's messages that `message` came to; none where it decided to be silent."""

    message: int
    kinds: tuple[str, ...]


def replies_owed(rows: Rows) -> dict[UUID, list[Owed]]:
    """By conversation, in order."""
    turns = {turn.message: turn for turn in rows.turns if turn.done}
    opened = {ticket.message for ticket in rows.tickets}
    owed: dict[UUID, list[Owed]] = defaultdict(list)
    for message in sorted(rows.messages, key=lambda message: message.seq):
        if message.id in turns:
            kinds = _kinds(turns[message.id], opened_a_ticket=message.id in opened)
            owed[message.conversation].append(Owed(message.id, kinds))
    return owed


def first_replies(rows: Rows) -> Iterator[tuple[int, int]]:
    """The ids of a visitor's message and of the first reply to it, where there is one."""
    said: dict[UUID, list[int]] = defaultdict(list)
    for message in sorted(rows.messages, key=lambda message: message.seq):
        if message.sender == "bot":
            said[message.conversation].append(message.id)
    for conversation, replies in replies_owed(rows).items():
        waiting = iter(said[conversation])
        for reply in replies:
            ids = [id_ for _kind, id_ in zip(reply.kinds, waiting, strict=False)]
            if ids:
                yield reply.message, ids[0]


def _kinds(turn: Turn, *, opened_a_ticket: bool) -> tuple[str, ...]:
    """An escalation says what happens next, also to who waits already; an article that needs a person says it once."""
    match turn.decision:
        case "silent" | "joined":
            return ()
        case "escalate":
            return ("notice",)
        case "answer" if turn.reason and opened_a_ticket:
            return ("answer", "notice")
        case decision:
            return (decision,)
