"""What repairs what was lost: rows say what is owed, whatever happened to the messages about them."""

from __future__ import annotations

from support.handoff import assignment, tickets
from support.models import Ticket

__all__ = ["assign_waiting"]

AT_ONCE = 50


def assign_waiting() -> int:
    """Assign the tickets that wait longest. Returns how many were taken."""
    waiting = Ticket.objects.filter(status=Ticket.Status.OPEN).order_by("opened_at")
    taken = 0
    for ticket_id in list(waiting.values_list("pk", flat=True)[:AT_ONCE]):
        tickets.mark_dispatched(ticket_id)  # the worker has it in hand now, whoever should have brought it
        taken += assignment.assign(ticket_id)
    return taken
