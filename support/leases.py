"""Leases kept in rows: who holds one renews it, and who dies lets it run out.

A clock that jumps may give a row away too early, which costs some work done twice: whoever lost the lease finds that
out when it writes. It never keeps a row from everybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

__all__ = ["free"]


def free(column: str, now: datetime, length: timedelta) -> Q:
    """Rows that nobody holds, where `column` says until when each is held and a lease lasts for `length`.

    One that ends later than any which could have been given by now was given before the clock was set back. It is
    nobody's, once the clock went back by more than `length`; by less, the row is free that much later.
    """
    is_over = Q(**{f"{column}__lte": now})
    is_of_another_time = Q(**{f"{column}__gt": now + 2 * length})
    return Q(**{column: None}) | is_over | is_of_another_time
