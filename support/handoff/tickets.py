"""Tickets, and their only writer. One function is one change: it locks the conversation, checks, writes, logs, and
tells the desk on commit. A hand-over and its ticket are one transaction.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from django.contrib.auth.models import AbstractBaseUser, User
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
UNTAKEN = (Ticket.Status.OPEN, Ticket.Status.ASSIGNED)


class NotYours(SupportError):
    """Only who claimed the ticket may do this."""

    code = "not_yours"


def open_ticket(conversation: Conversation, message: Message, reason: str, language: str) -> Ticket:
    """Ask for a person, within the transaction in which `conversation` is locked. One open ticket a conversation: if
    there is one already, it stays as it is."""
    known = Ticket.objects.filter(conversation=conversation).exclude(status=Ticket.Status.RESOLVED).first()
    if known is not None:
        return known
    ticket = Ticket.objects.create(conversation=conversation, message=message, reason=reason, language=language)
    log_of.hand_to(conversation, Conversation.Handler.WAITING)
    transaction.on_commit(lambda: dispatch.submit(ticket.pk))
    transaction.on_commit(feed.tickets_moved)
    log.info("ticket opened", ticket=ticket.pk, conversation=str(conversation.pk), reason=reason)
    return ticket


def mark_dispatched(ticket_id: int) -> None:
    """A carrier has taken it."""
    Ticket.objects.filter(pk=ticket_id, dispatched_at=None).update(dispatched_at=timezone.now())


@transaction.atomic
def assign(ticket_id: int, user: AbstractBaseUser) -> bool:
    """Suggest the ticket to an agent; False if it is no longer open. Another agent may still claim it."""
    now = timezone.now()
    changed = Ticket.objects.filter(pk=ticket_id, status=Ticket.Status.OPEN).update(
        status=Ticket.Status.ASSIGNED, agent=user.pk, assigned_at=now
    )
    if changed:
        transaction.on_commit(feed.tickets_moved)
        log.info("ticket assigned", ticket=ticket_id, agent=user.pk)
    return changed == 1


@transaction.atomic
def claim(ticket_id: int, user: User) -> Ticket:
    """Take the case: the bot is silent from now on. Raises `AlreadyClaimed` and `NotFound`."""
    ticket, conversation = _locked(ticket_id)
    if ticket.status == Ticket.Status.CLAIMED and ticket.agent_id == user.pk:
        return ticket
    if ticket.status not in UNTAKEN:
        raise AlreadyClaimed(agent_name(ticket.agent) if ticket.agent else "")
    ticket.status, ticket.agent, ticket.claimed_at = Ticket.Status.CLAIMED, user, timezone.now()
    ticket.save(update_fields=["status", "agent", "claimed_at"])
    log_of.hand_to(conversation, Conversation.Handler.AGENT, user)
    _notice(conversation.pk, notices.joined(conversation, agent_name(user)))
    transaction.on_commit(feed.tickets_moved)
    log.info("ticket claimed", ticket=ticket.pk, agent=user.pk)
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
    ticket.status, ticket.resolved_at = Ticket.Status.RESOLVED, timezone.now()
    ticket.agent = ticket.agent or user
    ticket.save(update_fields=["status", "resolved_at", "agent"])
    log_of.hand_to(conversation, Conversation.Handler.BOT)
    _notice(conversation.pk, notices.resolved(conversation, agent_name(ticket.agent)))
    transaction.on_commit(feed.tickets_moved)
    log.info("ticket resolved", ticket=ticket.pk, agent=user.pk)
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
