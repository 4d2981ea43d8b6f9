"""What repairs what was lost: rows say what is owed, whatever happened to the messages about them."""

from __future__ import annotations

from datetime import datetime

from support.handoff import assignment, tickets

__all__ = ["take_waiting"]

AT_ONCE = 50


def take_waiting(now: datetime) -> list[int]:
    """The tickets that nobody has, longest waiting first. Whoever calls this has them in hand: that is what a dispatch
    would have done, so it counts as theirs."""
    found = list(assignment.waiting(now).values_list("pk", flat=True)[:AT_ONCE])
    tickets.mark_dispatched(found)
    return found
