"""The handoff's Celery tasks: they take ids, may run twice, and may be lost."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils.translation import gettext as _

from support.handoff import assignment, sweeps
from support.models import Ticket

__all__ = ["EXPIRES", "assign_ticket", "notify", "sweep_tickets"]

log = structlog.get_logger(__name__)
EXPIRES = 600  # seconds; the sweep has found it long before


@shared_task
def assign_ticket(ticket_id: int) -> None:
    """Give the ticket to an agent who is there; the sweep tries again where nobody is."""
    if assignment.assign(ticket_id):
        transaction.on_commit(lambda: notify.apply_async((ticket_id,), retry=False, expires=EXPIRES))


@shared_task
def notify(ticket_id: int) -> None:
    """Tell the assigned agent by e-mail, where mail is set up and the agent has an address."""
    ticket = Ticket.objects.select_related("agent").filter(pk=ticket_id, status=Ticket.Status.ASSIGNED).first()
    if ticket is None or ticket.agent is None:
        return
    log.info("agent notified", ticket=ticket_id, agent=ticket.agent.pk, by="mail" if ticket.agent.email else "desk")
    if settings.EMAIL_HOST and ticket.agent.email:
        subject = _("Ticket #%(number)s waits for you") % {"number": ticket_id}
        body = _("A visitor waits for a person. Open the desk: /admin/desk/%(number)s/") % {"number": ticket_id}
        send_mail(subject, body, None, [ticket.agent.email])


@shared_task
def sweep_tickets() -> None:
    """Find tickets that were never dispatched, or that nobody could take, and try again."""
    sweeps.assign_waiting()
