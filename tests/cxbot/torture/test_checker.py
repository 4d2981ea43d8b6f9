"""The checker: it passes what is right, and catches each way in which a server may break its promise.

A right history is built by a small model of the server; then one thing in it, or in the rows, is broken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxbot.torture.checker import Kind, check
from cxbot.torture.history import Accepted, Claimed, Fault, Heard, Joined, Left, Record, Refused, Resolved, Sent
from cxbot.torture.report import report
from cxbot.torture.rows import Conversation, Message, Rows, Ticket, Turn

# What a turn comes to: its decision, its reason, and what the bot then says.
ANSWER, CLARIFY, SILENT = ("answer", ""), ("clarify", ""), ("silent", "")
ASKED, ARTICLE = ("escalate", "asked"), ("answer", "article")
Move = tuple[str, str]
T = TypeVar("T")


@dataclass
class Model:
    """Conversations as a server should keep them, with one tab in each that hears everything."""

    history: list[Record] = field(default_factory=list)
    conversations: dict[UUID, Conversation] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)
    clock: float = 0.0

    @property
    def rows(self) -> Rows:
        return Rows(list(self.conversations.values()), self.messages, self.turns, self.tickets)

    def ask(self, number: int, move: Move) -> None:
        """A visitor's message in a conversation, accepted, and the turn that is taken."""
        conversation, tab = UUID(int=number), f"tab {number}"
        cid, body = UUID(int=1000 + len(self.messages)), f"question {len(self.messages)}"
        self.history.append(Sent(at=self.tick(), tab=tab, cid=cid, body=body))
        message = self.append(conversation, "visitor", "text", body, cid)
        self.history.append(
            Accepted(at=self.tick(), tab=tab, conversation=conversation, cid=cid, seq=message.seq, id=message.id)
        )
        decision, reason = move
        self.turns.append(Turn(message.id, True, decision, reason))
        if decision not in ("escalate", "silent"):
            self.append(conversation, "bot", decision, "words")
        waiting = self.conversations[conversation].handler == "waiting"
        if reason and not waiting:
            self.tickets.append(Ticket(len(self.tickets) + 1, conversation, message.id, True))
            self.conversations[conversation] = replace(self.conversations[conversation], handler="waiting")
        if decision == "escalate" or (reason and not waiting):
            self.append(conversation, "bot", "notice", "somebody will come")

    def claim(self, agent: str) -> None:
        """The first ticket."""
        change(self.tickets, self.tickets[0], agent=agent)
        self.history.append(Claimed(at=self.tick(), tab=f"{agent} #1", agent=agent, ticket=1))

    def open(self, conversation: UUID) -> Conversation:
        joined = Joined(at=self.tick(), tab=f"tab {conversation.int}", conversation=conversation)
        self.history.append(joined)
        return Conversation(conversation, "bot", 0)

    def append(self, conversation: UUID, sender: str, kind: str, body: str, cid: UUID | None = None) -> Message:
        known = self.conversations.get(conversation) or self.open(conversation)
        seq = known.head_seq + 1
        self.conversations[conversation] = replace(known, head_seq=seq)
        message = Message(len(self.messages) + 1, conversation, seq, sender, kind, cid, body)
        self.messages.append(message)
        self.history.append(self.heard(message, f"tab {conversation.int}"))
        return message

    def heard(self, message: Message, tab: str) -> Heard:
        return Heard(
            at=self.tick(),
            tab=tab,
            conversation=message.conversation,
            seq=message.seq,
            id=message.id,
            sender=message.sender,
            body=message.body,
        )

    def tick(self) -> float:
        self.clock += 1
        return self.clock


def kept() -> Model:
    """Two conversations. Messages 1, 2 (answered), 3 to 5 (handed over) and 6 to 9 (asked back, answered)."""
    model = Model()
    for number, move in ((1, ANSWER), (1, ARTICLE), (2, CLARIFY), (2, ANSWER)):
        model.ask(number, move)
    return model


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([ANSWER, CLARIFY, SILENT, ASKED, ARTICLE]))))
def test_what_is_right_passes(moves: Sequence[tuple[int, Move]]) -> None:
    model = Model()
    for number, move in moves:
        model.ask(number, move)
    assert check(model.history, model.rows) == []


# --- one thing is broken ---


def a_message_is_gone(model: Model) -> None:
    model.messages.remove(asked(model))


def a_message_has_another_body(model: Model) -> None:
    change(model.messages, asked(model), body="something else")


def a_message_is_refused_as_another(model: Model) -> None:
    model.history.append(Refused(at=1, tab="tab 1", cid=UUID(int=1), code="conflict"))


def an_event_was_never_stored(model: Model) -> None:
    change(model.history, event(model), id=99)


def a_cid_is_stored_twice(model: Model) -> None:
    model.append(UUID(int=1), "visitor", "text", "question 0", asked(model).cid)
    model.turns.append(Turn(len(model.messages), True, "silent", ""))


def a_cid_is_accepted_twice(model: Model) -> None:
    first = next(record for record in model.history if isinstance(record, Accepted))
    model.history.append(msgspec.structs.replace(first, id=first.id + 5))


def an_event_comes_twice(model: Model) -> None:
    model.history.insert(model.history.index(event(model)), event(model))


def an_event_is_left_out(model: Model) -> None:
    model.history.remove(event(model))


def two_events_change_places(model: Model) -> None:
    one, other = [record for record in model.history if isinstance(record, Heard)][:2]
    first, second = model.history.index(one), model.history.index(other)
    model.history[first], model.history[second] = other, one


def an_event_has_another_body(model: Model) -> None:
    change(model.history, event(model), body="something else")


def a_seq_is_skipped(model: Model) -> None:
    last = model.messages[-1]
    change(model.messages, last, seq=last.seq + 1)
    change(model.history, model.history[-1], seq=last.seq + 1)
    known = model.conversations[last.conversation]
    model.conversations[last.conversation] = replace(known, head_seq=last.seq + 1)


def a_message_moves_after_it_was_accepted(model: Model) -> None:
    first = next(record for record in model.history if isinstance(record, Accepted))
    change(model.history, first, seq=first.seq + 1)


def turns_are_taken_in_another_order(model: Model) -> None:
    one, other = [message for message in model.messages if message.conversation.int == 2 and message.sender == "bot"]
    change(model.messages, one, kind=other.kind)
    change(model.messages, other, kind=one.kind)


def somebody_elses_event_is_heard(model: Model) -> None:
    change(model.history, event(model), conversation=UUID(int=2))


def the_last_event_is_not_heard(model: Model) -> None:
    model.history.pop()


def nothing_is_heard(model: Model) -> None:
    model.history = [record for record in model.history if not isinstance(record, Heard)]


def a_turn_is_missing(model: Model) -> None:
    model.turns.pop(0)


def a_turn_is_not_done(model: Model) -> None:
    change(model.turns, model.turns[0], done=False)


def a_turn_is_done_without_its_reply(model: Model) -> None:
    model.messages.pop()


def a_message_has_two_turns(model: Model) -> None:
    model.turns.append(model.turns[0])


def a_message_is_answered_twice(model: Model) -> None:
    model.append(UUID(int=2), "bot", "answer", "words")


def a_handover_has_no_ticket(model: Model) -> None:
    model.tickets.clear()


def an_open_ticket_is_closed_unseen(model: Model) -> None:
    change(model.tickets, model.tickets[0], open=False)


def an_escalation_changes_nothing(model: Model) -> None:
    model.tickets.clear()
    model.conversations[UUID(int=1)] = replace(model.conversations[UUID(int=1)], handler="bot")


def a_conversation_has_two_open_tickets(model: Model) -> None:
    model.tickets.append(Ticket(2, UUID(int=1), 1, True))


def a_message_opens_two_tickets(model: Model) -> None:
    model.tickets.append(replace(model.tickets[0], id=2, open=False))


def a_ticket_is_of_two_agents(model: Model) -> None:
    model.claim("Rina")
    model.history.append(Claimed(at=model.tick(), tab="Tareq #1", agent="Tareq", ticket=1))


def a_claim_is_forgotten(model: Model) -> None:
    model.claim("Rina")
    change(model.tickets, model.tickets[0], agent=None)


def a_resolved_ticket_is_open_again(model: Model) -> None:
    model.claim("Rina")
    model.history.append(Resolved(at=model.tick(), tab="Rina #1", ticket=1))


BROKEN: dict[Callable[[Model], None], Kind] = {
    a_message_is_gone: Kind.LOST,
    a_message_has_another_body: Kind.LOST,
    a_message_is_refused_as_another: Kind.LOST,
    an_event_was_never_stored: Kind.LOST,
    a_cid_is_stored_twice: Kind.DUPLICATED,
    a_cid_is_accepted_twice: Kind.DUPLICATED,
    an_event_comes_twice: Kind.REORDERED,
    an_event_is_left_out: Kind.REORDERED,
    two_events_change_places: Kind.REORDERED,
    an_event_has_another_body: Kind.REORDERED,
    a_seq_is_skipped: Kind.REORDERED,
    a_message_moves_after_it_was_accepted: Kind.REORDERED,
    turns_are_taken_in_another_order: Kind.REORDERED,
    somebody_elses_event_is_heard: Kind.FOREIGN,
    the_last_event_is_not_heard: Kind.UNHEARD,
    nothing_is_heard: Kind.UNHEARD,
    a_turn_is_missing: Kind.TURN_LOST,
    a_turn_is_not_done: Kind.TURN_LOST,
    a_turn_is_done_without_its_reply: Kind.TURN_LOST,
    a_message_has_two_turns: Kind.TURN_DOUBLED,
    a_message_is_answered_twice: Kind.TURN_DOUBLED,
    a_handover_has_no_ticket: Kind.TICKET_LOST,
    an_open_ticket_is_closed_unseen: Kind.TICKET_LOST,
    an_escalation_changes_nothing: Kind.TICKET_LOST,
    a_conversation_has_two_open_tickets: Kind.TICKET_DOUBLED,
    a_message_opens_two_tickets: Kind.TICKET_DOUBLED,
    a_ticket_is_of_two_agents: Kind.TICKET_DOUBLED,
    a_claim_is_forgotten: Kind.TICKET_LOST,
    a_resolved_ticket_is_open_again: Kind.TICKET_LOST,
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_what_is_broken_is_caught(broken: Callable[[Model], None]) -> None:
    model = kept()
    broken(model)
    assert BROKEN[broken] in {violation.kind for violation in check(model.history, model.rows)}


def test_each_kind_of_violation_is_caught_above() -> None:
    assert set(BROKEN.values()) == set(Kind)


def test_a_tab_that_left_need_not_have_heard_the_end() -> None:
    model = kept()
    model.history[-1] = Left(at=model.tick(), tab="tab 2")
    assert check(model.history, model.rows) == []


# --- the report ---


def test_a_recovery_is_from_the_restart_until_the_missing_reply_is_heard() -> None:
    model = Model()
    model.ask(1, ANSWER)
    model.ask(2, ANSWER)
    sent, heard = times(model)
    model.history.append(Fault(at=sent + 0.2, kind="SIGKILL web", back_at=sent + 0.4))
    outcome = report(model.history, model.rows, [])
    [recovery] = outcome.recoveries
    assert recovery.seconds == pytest.approx(heard - sent - 0.4)
    assert recovery.alone
    assert (outcome.accepted, outcome.kills, outcome.holds) == (2, 1, True)


def test_a_recovery_that_another_fault_held_up_is_told_apart() -> None:
    model = Model()
    model.ask(1, ANSWER)
    sent, _heard = times(model)
    model.history.append(Fault(at=sent + 0.2, kind="SIGKILL web", back_at=sent + 0.4))
    model.history.append(Fault(at=sent + 0.6, kind="SIGSTOP worker"))
    assert [one.alone for one in report(model.history, model.rows, []).recoveries] == [False]


def test_who_sent_after_the_kill_was_kept_from_nothing() -> None:
    model = Model()
    model.ask(1, ANSWER)
    sent, _heard = times(model)
    model.history.append(Fault(at=sent - 0.4, kind="SIGKILL web", back_at=sent - 0.2))
    assert report(model.history, model.rows, []).recoveries == []


def test_nothing_is_proven_where_nothing_was_accepted_or_something_is_still_owed() -> None:
    model = kept()
    assert not report([], Rows([], [], [], []), []).holds
    assert not report(model.history, model.rows, ["Something was still owed."]).holds


def times(model: Model) -> tuple[float, float]:
    """When the last message was sent, and when its reply was heard."""
    sent = [record.at for record in model.history if isinstance(record, Sent)]
    return sent[-1], model.history[-1].at


def asked(model: Model) -> Message:
    """The first message of a visitor."""
    return model.messages[0]


def event(model: Model) -> Heard:
    """The first event of the bot."""
    return next(record for record in model.history if isinstance(record, Heard) and record.sender == "bot")


def change(things: list[T], one: T, **values: object) -> None:
    changed: Any = one
    changed = (msgspec.structs.replace if isinstance(one, msgspec.Struct) else replace)(changed, **values)
    things[things.index(one)] = changed
