"""A turn: think about a visitor's message, decide, answer or hand over. Each owed turn is taken exactly once.

Thinking is done outside any transaction. Then one transaction locks the conversation, marks the turn done, and stores
the reply and the ticket: all of it, or none. Whatever fails in thinking ends at a person.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from knowledge_base import live
from support import conversation as log_of
from support import turn_queue
from support.dialogue import replies
from support.dialogue.decision import Answer, Clarify, Decision, Escalate, Evidence, Policy, Silent, SmallTalk, decide
from support.dialogue.replies import Reply
from support.dialogue.thinking import Memory, Mind, Offer, Thought
from support.handoff import notices, tickets
from support.models import Conversation, Message, Ticket
from support.turn_queue import Lease
from support.understanding import sentiment

__all__ = ["mind", "take_turns"]

log = structlog.get_logger(__name__)
REMEMBERED = 3  # of the visitor's earlier messages


def take_turns(conversation_id: UUID) -> None:
    """Take every turn that is owed in the conversation, in order; none if somebody else is at it."""
    while (lease := turn_queue.claim(conversation_id)) is not None:
        _take(lease)


def mind() -> Mind:
    """The live knowledge base and the sentiment model of the settings. Raises `IndexMissing`."""
    retriever = live.current()
    return Mind(retriever, sentiment.load(settings.SENTIMENT_MODEL, retriever.encoder.name))


def _take(lease: Lease) -> None:
    thinker, thought = _think(lease)
    with transaction.atomic():
        conversation = log_of.lock(lease.message.conversation_id)
        decision = _decide(conversation, thought)
        if not turn_queue.complete(lease, **_understood(thought, decision)):
            return  # the lease ran out, and somebody else takes this turn
        _act(conversation, lease.message, decision, thinker, thought)
    log.info(
        "turn taken",
        conversation=str(conversation.pk),
        seq=lease.message.seq,
        decision=type(decision).__name__.lower(),
        language=thought.language if thought else "",
    )


def _think(lease: Lease) -> tuple[Mind | None, Thought | None]:
    if lease.attempts > turn_queue.MAX_ATTEMPTS:
        log.error("a message stopped its readers too often", message=lease.message.pk)
        return None, None
    try:
        thinker = mind()
        return thinker, thinker.think(lease.message.body, _memory(lease.message))
    except Exception:
        log.exception("a turn failed", message=lease.message.pk)
        return None, None


def _memory(message: Message) -> Memory:
    conversation = message.conversation
    before = conversation.messages.filter(seq__lt=message.seq).order_by("-seq")
    last_reply = before.filter(sender=Message.Sender.BOT).first()
    offered = last_reply.extra.get("options", []) if last_reply else []
    earlier = before.filter(sender=Message.Sender.VISITOR).values_list("body", flat=True)[:REMEMBERED]
    return Memory(
        language=conversation.language,
        misses=conversation.misses,
        offered=tuple(Offer(option["article"], option["question"]) for option in offered),
        earlier=tuple(reversed(earlier)),
    )


def _decide(conversation: Conversation, thought: Thought | None) -> Decision:
    """The decision, given who handles the conversation now, under the lock."""
    by_agent = conversation.handler == Conversation.Handler.AGENT
    if thought is None:
        return Silent() if by_agent else Escalate("error")
    waiting = conversation.handler == Conversation.Handler.WAITING
    site = conversation.visitor.site
    policy = Policy(answer_at=site.answer_at, clarify_at=site.clarify_at)
    return decide(_now(thought.evidence, waiting, by_agent), policy)


def _now(evidence: Evidence, waiting: bool, by_agent: bool) -> Evidence:
    return replace(evidence, waiting=waiting, handled_by_agent=by_agent)


def _understood(thought: Thought | None, decision: Decision) -> dict[str, object]:
    """The columns of the turn."""
    columns: dict[str, object] = {"decision": type(decision).__name__.lower()}
    if isinstance(decision, Escalate):
        columns["reason"] = decision.reason
    if isinstance(decision, Answer):
        columns |= {"article": decision.article, "confidence": decision.confidence}
    if thought is not None:
        found = thought.ranking.candidates
        columns |= {
            "language": thought.language,
            "sentiment": thought.mood.sentiment,
            "upset": thought.mood.upset,
            "candidates": [{"article": one.article, "confidence": round(one.confidence, 4)} for one in found],
        }
    return columns


def _act(
    conversation: Conversation, message: Message, decision: Decision, thinker: Mind | None, thought: Thought | None
) -> None:
    site, name = conversation.visitor.site, conversation.visitor.name
    written = thought.language if thought else conversation.language or site.default_language
    speech = notices.spoken(written, site)
    misses = conversation.misses
    if isinstance(decision, Answer) and thinker is not None:
        misses = 0
        reply = replies.answer(thinker.retriever.entry(decision.article), speech)
        if reply is None:
            decision = Escalate("not_found")
        else:
            _say(conversation, reply)
            decision = Escalate("article") if decision.then_escalate else Silent()
    elif isinstance(decision, Clarify) and thinker is not None:
        misses += 1
        _say(conversation, replies.clarify([thinker.retriever.entry(key) for key in decision.articles], speech))
    elif isinstance(decision, SmallTalk):
        _say(conversation, replies.small_talk(decision.kind, speech, site, name))
    log_of.note(conversation, language=written, misses=misses)
    if isinstance(decision, Escalate):
        _hand_over(conversation, message, decision.reason, written)


def _hand_over(conversation: Conversation, message: Message, reason: str, written: str) -> None:
    """Open a ticket and say what happens next; to who is waiting already, that it does."""
    site, name, now = conversation.visitor.site, conversation.visitor.name, timezone.now()
    if conversation.handler == Conversation.Handler.WAITING:
        if reason in (Ticket.Reason.ASKED, Ticket.Reason.ERROR):
            _say(conversation, Reply(Message.Kind.NOTICE, notices.reassurance(site, written, now)))
        return
    tickets.open_ticket(conversation, message, reason, written)
    _say(conversation, Reply(Message.Kind.NOTICE, notices.promise(site, reason, written, now, name)))


def _say(conversation: Conversation, reply: Reply) -> None:
    log_of.append(conversation.pk, Message.Sender.BOT, reply.body, kind=reply.kind, extra=reply.extra)
    conversation.refresh_from_db(fields=["head_seq"])
