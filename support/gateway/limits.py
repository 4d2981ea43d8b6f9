"""How much one visitor or one address may ask of one process. Many visitors share an address (mobile carriers do
that), so an address has room for many."""

from __future__ import annotations

from collections.abc import Hashable

from support.wire import watch
from support.wire.throttle import Buckets

__all__ = [
    "MAX_SOCKETS",
    "MAX_SOCKETS_OF_ADDRESS",
    "MAX_SOCKETS_OF_VISITOR",
    "calls",
    "connections",
    "crowded",
    "openings",
    "requests",
    "sends",
    "sessions",
]

MAX_SOCKETS = 5_000  # of this process
MAX_SOCKETS_OF_ADDRESS = 300
MAX_SOCKETS_OF_VISITOR = 8  # tabs

sends = Buckets(capacity=12, per_second=0.5)  # messages, by visitor
openings = Buckets(capacity=20, per_second=0.1)  # new conversations, by visitor
requests = Buckets(capacity=60, per_second=5)  # HTTP calls, by visitor
calls = Buckets(capacity=300, per_second=50)  # HTTP calls, by address
connections = Buckets(capacity=300, per_second=20)  # new sockets, by address
sessions = Buckets(capacity=60, per_second=1)  # new visitors, by address


def crowded(attribute: str, value: Hashable, most: int) -> bool:
    """Whether `most` sockets of this process already have that value."""
    return [getattr(socket, attribute, None) for socket in watch.sockets].count(value) >= most
