"""Hand a ticket's row to Celery, beside the visitor's path and never in it.

A broker that is down, or that swallows packets, holds `apply_async` until its sockets time out. So one thread calls it,
and nobody waits for that thread; what it does not hand over within the deadline is left undispatched, and the sweep
finds it.
"""

from __future__ import annotations

import queue
import threading
from time import monotonic

import structlog
from django.db import connection

__all__ = ["submit"]

log = structlog.get_logger(__name__)
BACKLOG = 1000  # tickets; what does not fit is left to the sweep
DEADLINE = 5.0  # seconds; by then the sweep has had its turn
_queue: queue.Queue[tuple[int, float]] = queue.Queue(BACKLOG)
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
        _queue.put_nowait((ticket_id, monotonic() + DEADLINE))
    except queue.Full:
        log.warning("dispatch backlog is full; the sweep will find it", ticket=ticket_id)


def _work() -> None:
    while True:
        ticket_id, deadline = _queue.get()
        if monotonic() > deadline:
            continue
        try:
            _dispatch(ticket_id)
        except Exception as error:  # noqa: BLE001 - whatever a broker or a database does, the next ticket has its turn
            log.warning("not dispatched; the sweep will find it", ticket=ticket_id, error=type(error).__name__)
        finally:
            connection.close()  # tickets are rare; hold nothing open between them


def _dispatch(ticket_id: int) -> None:
    from support.handoff import tasks, tickets  # they import this module

    tasks.assign_ticket.apply_async((ticket_id,), retry=False, expires=tasks.EXPIRES)
    tickets.mark_dispatched([ticket_id])
