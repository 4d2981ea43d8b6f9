"""A turn: think about a visitor's message, decide, answer or hand over. Each owed turn is taken exactly once.

Thinking is done outside any transaction. Then one transaction locks the conversation, marks the turn done, and stores
the reply and the ticket: all of it, or none. Whatever fails ends at a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from knowledge_base import live
from knowledge_base.retriever import Retriever
from support import conversation as log_of
from support import turn_queue
from support.dialogue import replies
from support.dialogue.decision import (
    Answer,
    Clarify,
    Decision,
    Escalate,
    Evidence,
    Joined,
    Policy,
    Reason,
    Silent,
    decide,
    escalation_of,
)
from support.dialogue.holding import held
from support.dialogue.replies import Reply
from support.dialogue.thinking import Memory, Mind, Offer, Thought
from support.handoff import notices, tickets
from support.models import Conversation, Message, Site
from support.turn_queue import Lease
from support.understanding import language, sentiment

__all__ = ["judge", "mind", "take_turns"]

log = structlog.get_logger(__name__)
REMEMBERED = 3  # of the visitor's earlier messages
MOST_PIECES = 5  # of a message that is written in pieces
Handler = Conversation.Handler


@dataclass(frozen=True, slots=True)
class Reading:
    """A thought, and the mind that had it: the thought is about its articles, whatever is live by now. `whole`: there
    are so many pieces that no more are waited for."""

    mind: Mind
    thought: Thought
    whole: bool = False


def take_turns(conversation_id: UUID, on_thinking: Callable[[], None] = lambda: None, *, patient: bool = False) -> bool:
    """Take every turn that is owed in the conversation, in order; none if somebody else is at it.

    `on_thinking` is called before each that the bot may answer. Who is `patient` leaves the last message owed where it
    is not clear, as the visitor may write on; that is what True says. Raises what the database raises: then the lease
    of that turn runs out, and the sweep finds it.
    """
    while (lease := turn_queue.claim(conversation_id)) is not None:
        if lease.message.conversation.handler == Handler.BOT:
            on_thinking()
        with held(lease):
            taken = _take(lease, patient)
        if not taken:
            return True
    return False


def mind() -> Mind:
    """The live knowledge base and the sentiment model of the settings. Raises `IndexMissing`."""
    retriever = live.current()
    return Mind(retriever, sentiment.load(settings.SENTIMENT_MODEL, retriever.encoder.name))


def judge(evidence: Evidence, retriever: Retriever, site: Site) -> Decision:
    """The decision as the site wants it. An article without an answer was found for nothing."""
    decision = decide(evidence, Policy(wrong_cost=site.wrong_cost, handover_cost=site.handover_cost))
    if isinstance(decision, Answer) and not all(
        replies.can_say(retriever.entry(article)) for article in (decision.article, decision.also) if article
    ):
        return Silent() if evidence.waiting else Escalate("not_found")
    return decision


def _take(lease: Lease, patient: bool = False) -> bool:
    """False: the turn was given back."""
    message, written = lease.message, ""
    if lease.attempts > turn_queue.MAX_ATTEMPTS:
        log.error("a message stopped its readers too often", message=message.pk)
        return _finish(lease, None, written)
    try:
        memory = _memory(message)
        written = language.detect(message.body, memory.language)  # first: who is told of a failure is told in it
        thinker = mind()
        thought = thinker.think("\n".join((*memory.pieces, message.body)), memory)
        return _finish(lease, Reading(thinker, thought, len(memory.pieces) >= MOST_PIECES), written, patient)
    except DatabaseTrouble:
        raise
    except Exception:  # whatever it is, it ends at a person
        log.exception("a turn failed", message=message.pk)
        return _finish(lease, None, written)


def _finish(lease: Lease, reading: Reading | None, written: str, patient: bool = False) -> bool:
    """Decide and act, in one transaction; or, False, give the turn back. `reading` is None where it failed, and
    `written` "" where it did so early."""
    message = lease.message
    with transaction.atomic():
        conversation = log_of.lock(message.conversation_id)
        if reading is not None:
            written = reading.thought.language
        written = written or conversation.language or conversation.visitor.site.default_language
        decision = _decide(conversation, reading)
        unclear = reading is not None and not reading.whole and _is_unclear(decision)
        if unclear and turn_queue.written_on(message):
            decision = Joined()
        elif unclear and patient:
            turn_queue.release(lease)
            return False
        if not turn_queue.complete(lease, language=written, **_understood(decision, reading)):
            return True  # the lease ran out, and somebody else takes this turn
        _act(conversation, message, decision, reading, written)
    move = type(decision).__name__.lower()
    log.info("turn taken", conversation=str(conversation.pk), seq=message.seq, decision=move, language=written)
    return True


def _is_unclear(decision: Decision) -> bool:
    """Whether more words could help."""
    return isinstance(decision, Clarify) or decision == Escalate("not_found")


def _memory(message: Message) -> Memory:
    conversation = message.conversation
    before = conversation.messages.filter(seq__lt=message.seq).order_by("-seq")
    said = before.filter(sender=Message.Sender.BOT)
    last_reply = said.first()
    offered = last_reply.extra.get("options", []) if last_reply else []
    asked = said.filter(kind=Message.Kind.CLARIFY).values_list("extra", flat=True)
    asking = before.filter(sender=Message.Sender.VISITOR, turn__decision__in=("answer", "clarify"))
    earlier = asking.values_list("body", flat=True)[:REMEMBERED]
    return Memory(
        language=conversation.language,
        misses=conversation.misses,
        offered=tuple(Offer(option["article"], option["question"]) for option in offered),
        asked_back=last_reply is not None and last_reply.kind == Message.Kind.CLARIFY,
        answered=_answered(said),
        asked=frozenset(_articles(extra) for extra in asked),
        earlier=tuple(reversed(earlier)),
        pieces=_pieces(before),
    )


def _pieces(before: QuerySet[Message]) -> tuple[str, ...]:
    """The messages right before that were left to be read with this one, oldest first."""
    newest = before.filter(sender=Message.Sender.VISITOR).values_list("body", "turn__decision")[:MOST_PIECES]
    pieces = [body for body, _ in takewhile(lambda piece: piece[1] == "joined", newest)]
    return tuple(reversed(pieces))


def _answered(said: QuerySet[Message]) -> tuple[str, ...]:
    last = said.filter(kind=Message.Kind.ANSWER).first()
    return tuple(last.extra.get("articles", [last.extra["article"]])) if last else ()


def _articles(extra: dict[str, Any]) -> frozenset[str]:
    return frozenset(option["article"] for option in extra.get("options", []))


def _decide(conversation: Conversation, reading: Reading | None) -> Decision:
    """The decision, given who handles the conversation now, under the lock."""
    waiting, by_agent = (conversation.handler == handler for handler in (Handler.WAITING, Handler.AGENT))
    if reading is None:
        return Silent() if by_agent else Escalate("error")
    evidence = replace(reading.thought.evidence, waiting=waiting, handled_by_agent=by_agent)
    return judge(evidence, reading.mind.retriever, conversation.visitor.site)


def _understood(decision: Decision, reading: Reading | None) -> dict[str, object]:
    """The other columns of the turn."""
    columns: dict[str, object] = {"decision": type(decision).__name__.lower()}
    if (reason := escalation_of(decision)) is not None:
        columns["reason"] = reason
    if isinstance(decision, Answer):
        columns |= {"article": decision.article, "confidence": decision.confidence}
    if reading is not None:
        mood, found = reading.thought.mood, reading.thought.ranking.candidates
        columns |= {
            "sentiment": mood.sentiment,
            "upset": mood.upset,
            "candidates": [{"article": one.article, "confidence": round(one.confidence, 4)} for one in found],
        }
    return columns


def _act(
    conversation: Conversation, message: Message, decision: Decision, reading: Reading | None, written: str
) -> None:
    site, name = conversation.visitor.site, conversation.visitor.name
    if reading is not None:
        reply = replies.compose(decision, reading.mind.retriever, notices.spoken(written, site), site, name)
        if reply is not None:
            _say(conversation, reply)
    log_of.note(conversation, language=written, misses=_misses(decision, conversation.misses))
    if (reason := escalation_of(decision)) is not None:
        _hand_over(conversation, message, reason, written)


def _misses(decision: Decision, before: int) -> int:
    """Turns in a row in which nothing was found; small talk and silence count as nothing."""
    if isinstance(decision, Answer):
        return 0
    return before + 1 if isinstance(decision, Clarify) else before


def _hand_over(conversation: Conversation, message: Message, reason: Reason, written: str) -> None:
    """Open a ticket and say what happens next; to who is waiting already, that it does."""
    site, name, now = conversation.visitor.site, conversation.visitor.name, timezone.now()
    if conversation.handler != Handler.WAITING:
        tickets.open_ticket(conversation, message, reason, written)
        text = notices.promise(site, reason, written, now, name)
    elif reason in ("asked", "error"):
        text = notices.reassurance(site, written, now)
    else:
        return
    _say(conversation, Reply(Message.Kind.NOTICE, text))


def _say(conversation: Conversation, reply: Reply) -> None:
    log_of.append(conversation.pk, Message.Sender.BOT, reply.body, kind=reply.kind, extra=reply.extra)
