"""Keeps the leases on turns while they are thought about: short leases, so that a dead process is soon found missing,
and long thoughts, on a cold model or a busy machine, are not had twice.

One thread renews them all. It looks on from outside, so a process that stands still loses its leases with it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep
from uuid import UUID

import structlog
from django.db import Error as DatabaseTrouble
from django.db import connection

from support import turn_queue
from support.turn_queue import Lease

__all__ = ["held"]

log = structlog.get_logger(__name__)
RENEW_SECONDS = 1.0
LONGEST_SECONDS = 60.0  # whoever thinks for longer hangs; somebody else shall try
_held: dict[UUID, float] = {}  # since when
_changed = threading.Condition()
_thread: threading.Thread | None = None


@contextmanager
def held(lease: Lease) -> Iterator[None]:
    """Renew `lease` until the end of the block, or until the block hangs."""
    global _thread
    with _changed:
        _held[lease.id] = monotonic()
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="leases", daemon=True)
            _thread.start()
        _changed.notify()
    try:
        yield
    finally:
        with _changed:
            del _held[lease.id]


def _work() -> None:
    while True:
        with _changed:
            _changed.wait_for(lambda: _held)
        sleep(RENEW_SECONDS)
        if due := _due(monotonic()):
            _renew(due)


def _due(now: float) -> list[UUID]:
    """Leases on thoughts that last; most are done before."""
    with _changed:
        return [lease for lease, since in _held.items() if RENEW_SECONDS <= now - since < LONGEST_SECONDS]


def _renew(due: list[UUID]) -> None:
    try:
        turn_queue.renew(due)
    except DatabaseTrouble as error:
        log.warning("leases were not renewed", error=type(error).__name__)
    finally:
        connection.close()  # long thoughts are rare; hold nothing open between them
