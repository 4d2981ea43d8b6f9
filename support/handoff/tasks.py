"""The handoff's Celery tasks: they take ids, may run twice, and may be lost."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _

from support import sweeping
from support.handoff import assignment, sweeps
from support.models import Ticket

__all__ = ["EXPIRES", "assign_ticket", "notify", "sweep_tickets"]

log = structlog.get_logger(__name__)
EXPIRES = 600  # seconds; the sweep has found it long before


@shared_task
def assign_ticket(ticket_id: int) -> None:
    """Give the ticket to an agent who is there; the sweep tries again where nobody is."""
    if assignment.assign(ticket_id):
        notify.apply_async((ticket_id,), retry=False, expires=EXPIRES)


@shared_task
def notify(ticket_id: int) -> None:
    """Tell the assigned agent by e-mail, if mail is set up and they have an address; their desk shows it anyway."""
    ticket = Ticket.objects.select_related("agent").filter(pk=ticket_id, status=Ticket.Status.ASSIGNED).first()
    if ticket is None or ticket.agent is None:
        return
    by_mail = bool(settings.EMAIL_HOST and ticket.agent.email)
    if by_mail:
        send_mail(
            _("Ticket #%(number)s is waiting for you") % {"number": ticket_id},
            _("A visitor is waiting for a person:") + f"\n\n{settings.PUBLIC_URL}{_page(ticket_id)}\n",
            None,
            [ticket.agent.email],
        )
    log.info("agent notified", ticket=ticket_id, agent=ticket.agent.pk, by="mail" if by_mail else "desk")


@shared_task
def sweep_tickets() -> None:
    """Find tickets that were never dispatched, that nobody could take, or whose agent left, and try again."""
    for ticket_id in sweeping.owed(sweeping.TICKETS, sweeps.take_waiting):
        assign_ticket(ticket_id)


def _page(ticket_id: int) -> str:
    return reverse("desk:conversation", args=[ticket_id])
