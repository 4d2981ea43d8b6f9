"""The one clock by which leases, sweeps and presence are compared: the database's.

Machines disagree about the time, and each of them may be set back or forward while it runs; their database is one. What
is compared with a stored time is written to hold whichever way the clock has jumped since: see `leases.free`.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone

__all__ = ["now"]


def now() -> datetime:
    """The database's time. Raises what the database raises."""
    if connection.vendor != "postgresql":
        return timezone.now()  # SQLite has no other clock than that of the machine, which all its processes share
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
