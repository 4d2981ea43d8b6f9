"""Which agent gets a ticket. The choice is pure; making it holds the agents' rows, so that two workers cannot both give
an agent the last place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from support import clock
from support.handoff import tickets
from support.models import Agent, Language, Ticket

__all__ = ["PRESENT", "Desk", "assign", "choose", "is_seen", "readable", "waiting"]

PRESENT = timedelta(seconds=90)  # the desk says that an agent is there every 30 seconds
IN_HAND = (Ticket.Status.ASSIGNED, Ticket.Status.CLAIMED)


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent, as the choice sees one."""

    user_id: int
    languages: frozenset[str]
    is_present: bool
    load: int
    max_load: int
    idle_since: datetime | None = None  # when they last got a ticket; None: never


def choose(desks: Iterable[Desk], language: str) -> int | None:
    """The user who should have a ticket in `language`: present, with room, who reads it; the least loaded, then the
    longest idle. None: nobody.

    Banglish and mixed messages need someone who reads Bengali.
    """
    needed = "en" if language == Language.ENGLISH else "bn"
    able = [desk for desk in desks if _is_able(desk) and needed in desk.languages]
    if not able:
        return None
    return min(able, key=lambda desk: (desk.load, desk.idle_since.timestamp() if desk.idle_since else 0.0)).user_id


def is_seen(agent: Agent, now: datetime) -> bool:
    """Whether the agent's desk is open. One that was seen long after now was seen before the clock was set back."""
    return agent.last_seen_at is not None and abs(now - agent.last_seen_at) <= PRESENT


def _is_able(desk: Desk) -> bool:
    return desk.is_present and desk.load < desk.max_load


def waiting(now: datetime) -> QuerySet[Ticket]:
    """Tickets that nobody has, oldest first: the open ones, and those of agents who left before claiming them."""
    left = (
        ~Q(agent__agent__last_seen_at__range=(now - PRESENT, now + PRESENT))
        | Q(agent__agent__is_away=True)
        | Q(agent__is_active=False)
    )
    return Ticket.objects.filter(Q(status=Ticket.Status.OPEN) | Q(left, status=Ticket.Status.ASSIGNED)).order_by(
        "opened_at"
    )


def readable(now: datetime) -> Q:
    """Tickets in a language that somebody who is there, and has room, reads."""
    read = {language for desk in _desks(now) if _is_able(desk) for language in desk.languages}
    in_english, none = Q(language=Language.ENGLISH), Q(pk=None)
    return (in_english if "en" in read else none) | (~in_english if "bn" in read else none)


def assign(ticket_id: int) -> bool:
    """Give the ticket to the agent who should have it. False: nobody can take it, or somebody has it already."""
    # Looking first holds nobody up: the sweep asks often, and mostly for nothing.
    return _chosen(ticket_id) is not None and _assign(ticket_id)


@transaction.atomic
def _assign(ticket_id: int) -> bool:
    # Every worker takes the rows in the same order, so that two cannot wait for each other.
    list(Agent.objects.select_for_update().order_by("pk"))
    user = _chosen(ticket_id)
    return user is not None and tickets.assign(ticket_id, user)


def _chosen(ticket_id: int) -> User | None:
    now = clock.now()
    ticket = waiting(now).filter(pk=ticket_id).first()
    if ticket is None:
        return None
    user_id = choose(_desks(now), ticket.language)
    return None if user_id is None else User.objects.get(pk=user_id)


def _desks(now: datetime) -> list[Desk]:
    agents = Agent.objects.select_related("user").annotate(
        load=Count("user__tickets", filter=Q(user__tickets__status__in=IN_HAND)),
        idle_since=Max("user__tickets__assigned_at"),
    )
    return [
        Desk(
            user_id=agent.pk,
            languages=frozenset(agent.languages),
            is_present=_is_present(agent, now),
            load=agent.load,
            max_load=agent.max_tickets,
            idle_since=agent.idle_since,
        )
        for agent in agents
    ]


def _is_present(agent: Agent, now: datetime) -> bool:
    return is_seen(agent, now) and agent.user.is_active and not agent.is_away
