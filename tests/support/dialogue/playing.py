"""Plays the conversations of the table with the bot, as they would be but for the sockets, and tells what it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from unittest.mock import patch

from django.db import transaction

from support import conversation as log
from support.dialogue import turn
from support.dialogue.decision import Clarify
from support.models import Conversation, Message, Site, Turn, Visitor
from tests.support.dialogue import table
from tests.support.dialogue.table import Made, Step

__all__ = ["Outcome", "play", "report", "share"]

Kind, Handler = Message.Kind, Conversation.Handler
NEEDLESS = "clarify with it"  # a question back with the right article among its choices, where an answer was right


@dataclass(frozen=True, slots=True)
class Outcome:
    conversation: table.Conversation
    step: Step
    made: Made
    astray: bool  # after an earlier wrong move the conversation may stand elsewhere than the table supposes

    @property
    def right(self) -> bool:
        return self.step.admits(self.made)

    @property
    def wanted(self) -> str:
        """The kind of the move that is right first of all."""
        return self.step.right[0].verbs[0]


def play(told: table.Conversation, site: Site) -> list[Outcome]:
    """What the bot does after each message of the conversation that is judged.

    Who is asked back where an answer was right presses what they meant: a conversation is not lost by it, and the wrong
    move counts once.
    """
    conversation = log.open_for(Visitor.objects.create(site=site))
    outcomes: list[Outcome] = []
    astray = False
    for step in told.steps:
        if step.event == table.AGENT:
            with transaction.atomic():
                log.hand_to(log.lock(conversation.pk), Handler.AGENT)
        elif step.given:
            with patch.object(turn, "judge", lambda *_, given=step.given: Clarify(given)):
                _turn(conversation, step.pieces)
        else:
            made = _turn(conversation, step.pieces)
            outcomes.append(Outcome(told, step, made, astray))
            pressed = _press(conversation, step, made)
            astray = astray or not (outcomes[-1].right or pressed)
    return outcomes


def share(outcomes: Iterable[Outcome]) -> float:
    """Of right moves, from 0 to 1."""
    judged = [outcome.right for outcome in outcomes]
    return sum(judged) / len(judged)


def report(outcomes: Sequence[Outcome]) -> str:
    """The shares, then every wrong move."""
    wrong = [outcome for outcome in outcomes if not outcome.right]
    astray, needless = sum(one.astray for one in wrong), sum(_kind(one) == NEEDLESS for one in wrong)
    lines = [
        f"right {share(outcomes):.4f} of {len(outcomes)} moves; with needless questions back "
        f"{1 - (len(wrong) - needless) / len(outcomes):.4f}",
        f"{astray} of {len(wrong)} wrong moves were made after the conversation had gone astray",
        "",
        *_shares(outcomes, "by way of writing", lambda outcome: outcome.conversation.writing),
        *_shares(outcomes, "by the move that is right", lambda outcome: outcome.wanted),
        *_shares(outcomes, "by the message's place", lambda outcome: "first" if _is_first(outcome) else "later"),
        "wrong moves by what was right and what was done",
    ]
    confused = Counter((outcome.wanted, _kind(outcome)) for outcome in wrong)
    lines += [f"  {count:4}  {wanted} -> {made}" for (wanted, made), count in confused.most_common()]
    for outcome in wrong:
        told = outcome.conversation
        lines += ["", f"# {told.number:03} {told.writing} {told.title}{' (astray)' * outcome.astray}"]
        lines += [f"{'>' if not place else '>+'} {piece}" for place, piece in enumerate(outcome.step.pieces)]
        lines += [f"= {outcome.step.written}", f"! {outcome.made}"]
    return "\n".join(lines) + "\n"


def _turn(conversation: Conversation, pieces: Sequence[str]) -> Made:
    """The visitor writes `pieces`, and the bot takes its turn."""
    conversation.refresh_from_db()
    before = conversation.handler
    since = conversation.head_seq
    for piece in pieces:
        log.append(conversation.pk, Message.Sender.VISITOR, piece)
    turn.take_turns(conversation.pk)
    conversation.refresh_from_db()
    waiting = (before != Handler.BOT, conversation.handler != Handler.BOT)
    said = [message for message in log.read(conversation.pk, since) if message.sender == Message.Sender.BOT]
    reasons = Turn.objects.filter(message__conversation=conversation, message__seq__gt=since).exclude(reason="")
    return _name(said, reasons.values_list("reason", flat=True).last() or "", waiting)


def _press(conversation: Conversation, step: Step, made: Made) -> bool:
    """Press the button of an article that the visitor meant, if the bot offered one instead of answering."""
    if made.verb != "clarify":
        return False
    asked = conversation.messages.filter(kind=Kind.CLARIFY).latest("seq")
    buttons = {option["article"]: option["question"] for option in asked.extra["options"]}
    meant = next((article for article in step.answers if article in buttons), None)
    if meant is not None:
        _turn(conversation, [buttons[meant]])
    return meant is not None


def _name(said: Sequence[Message], reason: str, waiting: tuple[bool, bool]) -> Made:
    """The move that was made, told from what was said."""
    words = [message for message in said if message.kind != Kind.NOTICE]
    kinds = {message.kind for message in words}
    answered = frozenset(message.extra["article"] for message in words if message.kind == Kind.ANSWER)
    offered = frozenset(option["article"] for message in words for option in message.extra.get("options", []))
    if not words:
        return Made("escalate" if said else "silent", reason=reason if said else "", waiting=waiting)
    if kinds == {Kind.ANSWER}:
        return Made("answer", answered, offered, waiting=waiting)
    if len(words) > 1:
        return Made("several: " + ", ".join(message.kind for message in words), answered, offered, reason, waiting)
    verb = "unknown" if kinds == {Kind.CLARIFY} and not offered else str(words[0].kind)
    return Made(verb, answered, offered, waiting=waiting)


def _shares(outcomes: Sequence[Outcome], title: str, key: Callable[[Outcome], str]) -> list[str]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return [title, *(f"  {name:10} {share(group):.3f} of {len(group)}" for name, group in sorted(groups.items())), ""]


def _is_first(outcome: Outcome) -> bool:
    return outcome.conversation.steps[0] is outcome.step


def _kind(outcome: Outcome) -> str:
    """What kind of wrong move it was."""
    made, meant = outcome.made, {name for right in outcome.step.right for group in right.groups for name in group}
    if made.verb == "clarify":
        return NEEDLESS if made.offered & meant else "clarify without it"
    if made.verb == "answer":
        return "answer, part or not as meant" if made.answered & meant else "answer of another"
    return f"{made.verb} {made.reason}".strip()
