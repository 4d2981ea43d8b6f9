"""How many sockets one process has room for, visitors' and agents' together. Many people share an address (mobile
carriers and offices do that), so an address has room for many."""

from __future__ import annotations

from collections.abc import Hashable

from support.wire import watch
from support.wire.throttle import Buckets

__all__ = ["MAX_SOCKETS", "MAX_SOCKETS_OF_ADDRESS", "connections", "crowded"]

MAX_SOCKETS = 5_000
MAX_SOCKETS_OF_ADDRESS = 300

connections = Buckets(capacity=300, per_second=20)  # new sockets, by address


def crowded(attribute: str, value: Hashable, most: int) -> bool:
    """Whether `most` sockets of this process already have that value."""
    return [getattr(socket, attribute, None) for socket in watch.sockets].count(value) >= most
