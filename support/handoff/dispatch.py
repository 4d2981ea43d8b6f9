"""Hand a ticket's row to Celery, beside the visitor's path and never in it.

A broker that is down, or that swallows packets, can hold `apply_async` for a long time. So it is called by one thread
that nobody waits for; what it cannot hand over stays undispatched, and the sweep finds it.
"""

from __future__ import annotations

import queue
import threading

import structlog
from django.db import close_old_connections
from kombu.exceptions import OperationalError

__all__ = ["submit"]

log = structlog.get_logger(__name__)
BACKLOG = 1000  # tickets; what does not fit is left to the sweep
_waiting: queue.Queue[int] = queue.Queue(BACKLOG)
_starting = threading.Lock()
_thread: threading.Thread | None = None


def submit(ticket_id: int) -> None:
    """Have the ticket dispatched soon. Returns at once and never raises."""
    global _thread
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="dispatch", daemon=True)
            _thread.start()
    try:
        _waiting.put_nowait(ticket_id)
    except queue.Full:
        log.warning("dispatch backlog is full; the sweep will find it", ticket=ticket_id)


def _work() -> None:
    while True:
        ticket_id = _waiting.get()
        try:
            _dispatch(ticket_id)
        except Exception as error:  # noqa: BLE001 - whatever a broker or a database does, the thread goes on
            log.warning("not dispatched; the sweep will find it", ticket=ticket_id, error=type(error).__name__)
        finally:
            close_old_connections()


def _dispatch(ticket_id: int) -> None:
    from support.handoff import tasks, tickets  # these import this module

    try:
        tasks.assign_ticket.apply_async((ticket_id,), retry=False, expires=tasks.EXPIRES)
    except (OperationalError, OSError) as error:
        log.warning("broker away; the sweep will find it", ticket=ticket_id, error=type(error).__name__)
        return
    tickets.mark_dispatched(ticket_id)
