"""What must hold, whatever died. Pure: it gets histories and rows, and returns what is wrong with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from cxbot.torture.history import Accepted, Claimed, Heard, Joined, Left, Record, Refused, Resolved, Sent
from cxbot.torture.replies import replies_owed
from cxbot.torture.rows import Message, Rows

__all__ = ["Kind", "Violation", "check"]


class Kind(StrEnum):
    LOST = "lost"  # accepted or heard, and not in the conversation
    DUPLICATED = "duplicated"  # one message of a client is in there twice
    REORDERED = "reordered"  # two parties disagree about what was said when
    FOREIGN = "foreign"  # somebody heard what was said in another conversation
    UNHEARD = "unheard"  # in the conversation, and a tab that stayed was not told
    TURN_LOST = "turns lost"  # a message got no turn, or a turn not its reply
    TURN_DOUBLED = "turns doubled"
    TICKET_LOST = "tickets lost"  # handed over, and no agent will ever know
    TICKET_DOUBLED = "tickets doubled"


@dataclass(frozen=True, slots=True)
class Violation:
    kind: Kind
    where: str  # a conversation or a tab
    what: str


def check(history: Sequence[Record], rows: Rows) -> list[Violation]:
    """All violations; `rows` are of a moment when nothing was owed any more."""
    return [
        *_accepted(history, rows),
        *_stored(rows),
        *_heard(history, rows),
        *_turns(rows),
        *_replies(rows),
        *_tickets(rows),
        *_cases(history, rows),
    ]


def _accepted(history: Sequence[Record], rows: Rows) -> Iterator[Violation]:
    stored = {message.id: message for message in rows.messages}
    ids: dict[UUID, set[int]] = defaultdict(set)
    bodies: dict[UUID, str] = {}
    for record in history:
        if isinstance(record, Sent):
            bodies[record.cid] = record.body
        if isinstance(record, Refused) and record.code == "conflict":
            yield Violation(Kind.LOST, record.tab, f"{record.cid} was refused: another body has its cid")
        if not isinstance(record, Accepted):
            continue
        ids[record.cid].add(record.id)
        found = stored.get(record.id)
        if found is None or (found.conversation, found.cid) != (record.conversation, record.cid):
            yield Violation(Kind.LOST, str(record.conversation), f"{record.cid} was accepted at {record.seq}")
        elif found.body != bodies.get(record.cid):
            yield Violation(Kind.LOST, str(record.conversation), f"{record.cid} is stored with another body")
        elif found.seq != record.seq:
            what = f"{record.cid} was accepted at {record.seq} and is at {found.seq}"
            yield Violation(Kind.REORDERED, str(record.conversation), what)
    for cid, known in ids.items():
        if len(known) > 1:
            yield Violation(Kind.DUPLICATED, str(cid), f"was accepted as messages {sorted(known)}")


def _stored(rows: Rows) -> Iterator[Violation]:
    cids = Counter((message.sender, message.cid) for message in rows.messages if message.cid is not None)
    for (_sender, cid), times in cids.items():
        if times > 1:
            yield Violation(Kind.DUPLICATED, str(cid), f"is stored {times} times")
    seqs = {conversation: [one.seq for one in messages] for conversation, messages in _by_conversation(rows).items()}
    for conversation in rows.conversations:
        found = sorted(seqs.get(conversation.id, []))
        if found != list(range(1, conversation.head_seq + 1)):
            what = f"has a head of {conversation.head_seq}, and messages {found}"
            yield Violation(Kind.REORDERED, str(conversation.id), what)


def _heard(history: Sequence[Record], rows: Rows) -> Iterator[Violation]:
    stored = {message.id: message for message in rows.messages}
    heads = {conversation.id: conversation.head_seq for conversation in rows.conversations}
    tabs: dict[str, list[Heard]] = defaultdict(list)
    joined: dict[str, UUID] = {}
    for record in history:
        if isinstance(record, Joined):
            joined[record.tab] = record.conversation
        elif isinstance(record, Heard):
            tabs[record.tab].append(record)
    gone = {record.tab for record in history if isinstance(record, Left)}
    for tab, events in tabs.items():
        for expected, event in enumerate(events, start=1):
            if event.seq != expected:
                yield Violation(Kind.REORDERED, tab, f"heard {event.seq} instead of {expected}")
                break  # what comes after it is shifted, too
        yield from (violation for event in events if (violation := _compared(event, stored.get(event.id))))
    for tab, conversation in joined.items():
        last, head = max((event.seq for event in tabs[tab]), default=0), heads.get(conversation, 0)
        if tab not in gone and last < head:
            yield Violation(Kind.UNHEARD, tab, f"heard up to {last} of {head}")


def _compared(event: Heard, stored: Message | None) -> Violation | None:
    if stored is None:
        return Violation(Kind.LOST, event.tab, f"heard message {event.id} at {event.seq}, which is not stored")
    if stored.conversation != event.conversation:
        return Violation(Kind.FOREIGN, event.tab, f"heard message {event.id} of {stored.conversation}")
    if (stored.seq, stored.sender, stored.body) != (event.seq, event.sender, event.body):
        return Violation(Kind.REORDERED, event.tab, f"heard message {event.id} at {event.seq} otherwise than stored")
    return None


def _turns(rows: Rows) -> Iterator[Violation]:
    """Exactly one for each message of a visitor, also where it was not told that it is accepted."""
    owed = Counter(turn.message for turn in rows.turns)
    done = {turn.message for turn in rows.turns if turn.done}
    for message in rows.messages:
        if message.sender != "visitor":
            continue
        where = f"{message.conversation} {message.seq}"
        if message.id not in done:
            yield Violation(Kind.TURN_LOST, where, f"message {message.id} was given no turn")
        if owed[message.id] > 1:
            yield Violation(Kind.TURN_DOUBLED, where, f"message {message.id} has {owed[message.id]} turns")


def _replies(rows: Rows) -> Iterator[Violation]:
    """What the bot said is what its turns came to, no less and no more, in their order."""
    owed = replies_owed(rows)
    for conversation, messages in _by_conversation(rows).items():
        said = [one.kind for one in messages if one.sender == "bot"]
        expected = [kind for reply in owed.get(conversation, []) for kind in reply.kinds]
        missing, surplus = Counter(expected) - Counter(said), Counter(said) - Counter(expected)
        if missing:
            yield Violation(Kind.TURN_LOST, str(conversation), f"the bot did not say: {_listed(missing)}")
        if surplus:
            yield Violation(Kind.TURN_DOUBLED, str(conversation), f"the bot said too often: {_listed(surplus)}")
        if said != expected and not missing and not surplus:
            yield Violation(Kind.REORDERED, str(conversation), f"the bot said {said} instead of {expected}")


def _tickets(rows: Rows) -> Iterator[Violation]:
    open_tickets = Counter(ticket.conversation for ticket in rows.tickets if ticket.open)
    by_message = Counter(ticket.message for ticket in rows.tickets)
    with_ticket = {ticket.conversation for ticket in rows.tickets}
    conversation_of = {message.id: message.conversation for message in rows.messages}
    for conversation in rows.conversations:
        if conversation.handler != "bot" and not open_tickets[conversation.id]:
            yield Violation(Kind.TICKET_LOST, str(conversation.id), "was handed over and has no open ticket")
        if open_tickets[conversation.id] > 1:
            what = f"has {open_tickets[conversation.id]} open tickets"
            yield Violation(Kind.TICKET_DOUBLED, str(conversation.id), what)
    for turn in rows.turns:
        if turn.reason and (where := conversation_of.get(turn.message)) not in with_ticket:
            yield Violation(Kind.TICKET_LOST, str(where), f"message {turn.message} escalated and there is no ticket")
    for message, times in by_message.items():
        if times > 1:
            yield Violation(Kind.TICKET_DOUBLED, f"message {message}", f"opened {times} tickets")


def _cases(history: Sequence[Record], rows: Rows) -> Iterator[Violation]:
    """A ticket is of the agent who was told so, and of no other; and what was resolved stays so."""
    stored = {ticket.id: ticket for ticket in rows.tickets}
    agents: dict[int, set[str]] = defaultdict(set)
    for record in history:
        if isinstance(record, Claimed):
            agents[record.ticket].add(record.agent)
        if isinstance(record, Resolved) and ((ticket := stored.get(record.ticket)) is None or ticket.open):
            yield Violation(Kind.TICKET_LOST, f"ticket {record.ticket}", "was resolved, and is not")
    for id_, names in agents.items():
        if len(names) > 1:
            yield Violation(Kind.TICKET_DOUBLED, f"ticket {id_}", f"was claimed by {_listed(names)}")
        elif id_ not in stored or stored[id_].agent not in names:
            yield Violation(Kind.TICKET_LOST, f"ticket {id_}", f"was claimed by {_listed(names)}, and is not theirs")


def _by_conversation(rows: Rows) -> dict[UUID, list[Message]]:
    """Their messages, in order."""
    found: dict[UUID, list[Message]] = defaultdict(list)
    for message in sorted(rows.messages, key=lambda message: message.seq):
        found[message.conversation].append(message)
    return found


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kinds))
