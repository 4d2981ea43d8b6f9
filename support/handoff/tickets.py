"""Tickets, and their only writer. One function is one change: it locks the conversation, checks, writes, and on commit
logs and tells the desk. A handoff and its ticket are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from support import conversation as log_of
from support import feed
from support.conversation import Appended
from support.errors import AlreadyClaimed, NotFound, SupportError
from support.handoff import dispatch, notices
from support.models import Conversation, Message, Ticket

__all__ = ["NotYours", "agent_name", "assign", "claim", "mark_dispatched", "open_ticket", "reply", "resolve"]

log = structlog.get_logger(__name__)
UNCLAIMED = (Ticket.Status.OPEN, Ticket.Status.ASSIGNED)


class NotYours(SupportError):
    """Only who claimed the ticket may do this."""

    code = "not_yours"


def open_ticket(conversation: Conversation, message: Message, reason: str, language: str) -> Ticket:
    """Ask for a person, within the transaction in which `conversation` is locked. One open ticket a conversation: if
    there is one already, it stays as it is. `reason` is a `Ticket.Reason`."""
    known = Ticket.objects.filter(conversation=conversation).exclude(status=Ticket.Status.RESOLVED).first()
    if known is not None:
        return known
    ticket = Ticket.objects.create(conversation=conversation, message=message, reason=reason, language=language)
    log_of.hand_to(conversation, Conversation.Handler.WAITING)
    transaction.on_commit(lambda: dispatch.submit(ticket.pk))
    _tell("ticket opened", ticket, reason=reason, language=language)
    return ticket


def mark_dispatched(ticket_ids: Iterable[int]) -> None:
    """A carrier has them. No lock: the column says nothing about who does what next."""
    Ticket.objects.filter(pk__in=ticket_ids, dispatched_at=None).update(dispatched_at=timezone.now())


@transaction.atomic
def assign(ticket_id: int, user: User) -> bool:
    """Ask an agent to take the ticket; False if somebody has claimed it. Another agent may still claim it."""
    ticket, _conversation = _locked(ticket_id)
    if ticket.status not in UNCLAIMED:
        return False
    ticket.status, ticket.agent, ticket.assigned_at = Ticket.Status.ASSIGNED, user, timezone.now()
    ticket.save(update_fields=["status", "agent", "assigned_at"])
    _tell("ticket assigned", ticket, agent=user.pk)
    return True


@transaction.atomic
def claim(ticket_id: int, user: User) -> Ticket:
    """Take the case: the bot is silent from now on. Raises `AlreadyClaimed` and `NotFound`."""
    ticket, conversation = _locked(ticket_id)
    if ticket.status == Ticket.Status.CLAIMED and ticket.agent_id == user.pk:
        return ticket
    if ticket.status not in UNCLAIMED:
        raise AlreadyClaimed(agent_name(ticket.agent) if ticket.agent else "")
    ticket.status, ticket.agent, ticket.claimed_at = Ticket.Status.CLAIMED, user, timezone.now()
    ticket.save(update_fields=["status", "agent", "claimed_at"])
    log_of.hand_to(conversation, Conversation.Handler.AGENT, user)
    _notice(conversation.pk, notices.joined(conversation, agent_name(user)))
    _tell("ticket claimed", ticket, agent=user.pk)
    return ticket


@transaction.atomic
def reply(ticket_id: int, user: User, body: str, cid: UUID) -> Appended:
    """Say something to the visitor as the agent who has the case. Raises `NotYours`, and what `append` raises."""
    ticket, conversation = _locked(ticket_id)
    _check_holder(ticket, user)
    transaction.on_commit(feed.tickets_moved)
    return log_of.append(conversation.pk, Message.Sender.AGENT, body, cid=cid, author=user)


@transaction.atomic
def resolve(ticket_id: int, user: User) -> Ticket:
    """Close the case: the bot may speak again. By who claimed it, or a superuser. Raises `NotYours`, `NotFound`."""
    ticket, conversation = _locked(ticket_id)
    if ticket.status == Ticket.Status.RESOLVED:
        return ticket
    if not user.is_superuser:
        _check_holder(ticket, user)
    if ticket.status != Ticket.Status.CLAIMED:
        ticket.agent = user
    ticket.status, ticket.resolved_at = Ticket.Status.RESOLVED, timezone.now()
    ticket.save(update_fields=["status", "resolved_at", "agent"])
    log_of.hand_to(conversation, Conversation.Handler.BOT)
    _notice(conversation.pk, notices.resolved(conversation, agent_name(ticket.agent or user)))
    _tell("ticket resolved", ticket, agent=user.pk)
    return ticket


def agent_name(user: User) -> str:
    """The name that visitors see."""
    agent = getattr(user, "agent", None)
    return agent.display_name if agent else user.get_short_name() or user.get_username()


def _locked(ticket_id: int) -> tuple[Ticket, Conversation]:
    """The ticket and its conversation, locked: the conversation first, in the order that turns take them in."""
    conversation_id = Ticket.objects.filter(pk=ticket_id).values_list("conversation", flat=True).first()
    if conversation_id is None:
        raise NotFound
    conversation = log_of.lock(conversation_id)
    return Ticket.objects.select_for_update(of=("self",)).select_related("agent__agent").get(pk=ticket_id), conversation


def _check_holder(ticket: Ticket, user: User) -> None:
    if ticket.status != Ticket.Status.CLAIMED or ticket.agent_id != user.pk:
        raise NotYours


def _notice(conversation_id: UUID, text: str) -> None:
    log_of.append(conversation_id, Message.Sender.SYSTEM, text, kind=Message.Kind.NOTICE)


def _tell(event: str, ticket: Ticket, **details: str | int) -> None:
    """Log the change and have the inboxes look, once it is committed."""
    transaction.on_commit(lambda: log.info(event, ticket=ticket.pk, **details))
    transaction.on_commit(feed.tickets_moved)
