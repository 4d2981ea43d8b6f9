"""Who is at the desk. The only writer of `Agent.last_seen_at`, and of `is_away` for an agent's own switch."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from support import clock
from support.handoff.assignment import PRESENT, is_seen
from support.models import Agent

__all__ = ["AWAY", "HERE", "OFFLINE", "WORDS", "of", "seen", "set_away"]

BEAT = PRESENT / 3  # how often an open socket says that its agent is there

HERE, AWAY, OFFLINE = "here", "away", "offline"
WORDS = {HERE: _("at the desk"), AWAY: _("away"), OFFLINE: _("not signed in")}


def seen(agent: Agent) -> None:
    """Note that the agent's desk is open; writes once a beat, however many tabs there are."""
    now = clock.now()
    if agent.last_seen_at is None or abs(now - agent.last_seen_at) >= BEAT:  # whichever way the clock went
        Agent.objects.filter(pk=agent.pk).update(last_seen_at=now)


def set_away(user: User, value: bool) -> None:
    Agent.objects.filter(user=user).update(is_away=value, last_seen_at=clock.now())


def of(agent: Agent) -> str:
    """`HERE`, `AWAY` or `OFFLINE`."""
    if not is_seen(agent, clock.now()):
        return OFFLINE
    return AWAY if agent.is_away else HERE
