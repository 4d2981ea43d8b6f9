"""How much one visitor or one address may ask of one process. Many visitors share an address (mobile carriers do
that), so an address has room for many. For sockets see `support.wire.room`."""

from __future__ import annotations

from support.wire.throttle import Buckets

__all__ = ["MAX_SOCKETS_OF_VISITOR", "calls", "openings", "requests", "sends", "sessions"]

MAX_SOCKETS_OF_VISITOR = 8  # tabs

sends = Buckets(capacity=12, per_second=0.5)  # messages, by visitor
openings = Buckets(capacity=20, per_second=0.1)  # new conversations, by visitor
requests = Buckets(capacity=60, per_second=5)  # HTTP calls, by visitor
calls = Buckets(capacity=300, per_second=50)  # HTTP calls, by address
sessions = Buckets(capacity=60, per_second=1)  # new visitors, by address
