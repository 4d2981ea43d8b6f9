"""Which agent gets a ticket. The choice is pure; making it holds the agents' rows, so that two workers cannot both give
an agent the last place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import timezone

from support.handoff import tickets
from support.models import Agent, Language, Ticket

__all__ = ["PRESENT", "Desk", "assign", "choose"]

PRESENT = timedelta(seconds=90)  # the desk says that an agent is there every 30 seconds
NEEDED = {Language.ENGLISH: "en"}  # every other way of writing needs someone who reads Bengali


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
    longest idle. None: nobody."""
    needed = NEEDED.get(Language(language), "bn")
    able = [desk for desk in desks if desk.is_present and desk.load < desk.max_load and needed in desk.languages]
    if not able:
        return None
    return min(able, key=lambda desk: (desk.load, desk.idle_since.timestamp() if desk.idle_since else 0.0)).user_id


@transaction.atomic
def assign(ticket_id: int) -> bool:
    """Assign the ticket if it is open and somebody can take it."""
    agents = {agent.user_id: agent for agent in Agent.objects.select_for_update(of=("self",)).select_related("user")}
    ticket = Ticket.objects.filter(pk=ticket_id, status=Ticket.Status.OPEN).first()
    if ticket is None:
        return False
    chosen = choose(_desks(agents.values()), ticket.language)
    return chosen is not None and tickets.assign(ticket_id, agents[chosen].user)


def _desks(agents: Iterable[Agent]) -> list[Desk]:
    in_hand = (Ticket.Status.ASSIGNED, Ticket.Status.CLAIMED)
    counts = Agent.objects.values_list("user").annotate(
        load=Count("user__tickets", filter=Q(user__tickets__status__in=in_hand)),
        last=Max("user__tickets__assigned_at"),
    )
    loads = {user_id: (load, last) for user_id, load, last in counts}
    since = timezone.now() - PRESENT
    return [
        Desk(
            user_id=agent.user_id,
            languages=frozenset(agent.languages),
            is_present=not agent.is_away
            and agent.user.is_active
            and agent.last_seen_at is not None
            and agent.last_seen_at >= since,
            load=loads[agent.user_id][0],
            max_load=agent.max_tickets,
            idle_since=loads[agent.user_id][1],
        )
        for agent in agents
    ]
