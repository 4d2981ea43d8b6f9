"""What repairs what was lost: rows say what is owed, whatever happened to the messages about them."""

from __future__ import annotations

from datetime import datetime

from support.handoff import assignment, tickets

__all__ = ["take_waiting"]

AT_ONCE = 50
ROWS = 500


def take_waiting(now: datetime) -> list[int]:
    """The tickets that nobody has and somebody could take, longest waiting first. Whoever calls this has all that wait
    in hand: that is what a dispatch would have done, so it counts as theirs."""
    waiting = assignment.waiting(now)
    tickets.mark_dispatched(list(waiting.filter(dispatched_at=None).values_list("pk", flat=True)[:ROWS]))
    # Those that nobody who is there can read would keep the others from their turn.
    return list(waiting.filter(assignment.readable(now)).values_list("pk", flat=True)[:AT_ONCE])
