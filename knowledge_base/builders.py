"""One builder of the index at a time, among all processes and machines.

The lock only spares work: two builders at once are correct too, for the version's number decides between them. So it
is one that nobody has to clean up (it is gone with its holder's process or connection), and whoever has waited very
long for it goes ahead.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.db.backends.utils import CursorWrapper

__all__ = ["one_at_a_time"]

PATIENCE = 120.0  # seconds; longer than any build that is not a change of encoder
POLL_SECONDS = 0.05
_ADVISORY = 0x63786B62  # "cxkb": PostgreSQL's advisory locks are numbers


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for whoever builds. Raises `OSError` where the folder of the index cannot be written."""
    with _on_postgresql() if connection.vendor == "postgresql" else _on_this_machine():
        yield


@contextmanager
def _on_postgresql() -> Iterator[None]:
    own = connection.copy()  # so that it ends with this block, whatever becomes of the caller's transaction
    try:
        own.set_autocommit(False)
        with own.cursor() as cursor:
            _wait(lambda: _try_advisory(cursor))
            yield
    finally:
        own.close()


@contextmanager
def _on_this_machine() -> Iterator[None]:
    """SQLite is of one machine, and a lock inside it would keep visitors from writing."""
    settings.INDEX_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.INDEX_DIR / ".lock").open("w") as file:  # closing it releases the lock
        _wait(lambda: _try_flock(file.fileno()))
        yield


def _wait(take: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not take() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _try_advisory(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ADVISORY])
    return bool(cursor.fetchone()[0])


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
