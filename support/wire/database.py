"""Database work from coroutines, in threads of its own.

Channels' `database_sync_to_async` shares one thread in the whole process by default: one slow query would hold every
visitor. Keep what runs here short: one function, one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async

__all__ = ["in_thread"]

P = ParamSpec("P")
R = TypeVar("R")
_POOL = ThreadPoolExecutor(8, thread_name_prefix="database")


def in_thread(function: Callable[P, R]) -> Callable[P, Awaitable[R]]:
    """`function`, to be awaited: it runs in the pool, with a connection that is checked before and after."""
    wrapped = database_sync_to_async(function, thread_sensitive=False, executor=_POOL)
    return cast(Callable[P, Awaitable[R]], wrapped)
