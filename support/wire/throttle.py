"""A token bucket, and buckets by key that forget whoever has gone quiet."""

from __future__ import annotations

from collections import OrderedDict
from math import ceil

__all__ = ["Bucket", "Buckets"]


class Bucket:
    """`capacity` takes at once, then `per_second`. Times are seconds of any one monotonic clock."""

    __slots__ = ("_at", "_capacity", "_per_second", "_tokens")

    def __init__(self, capacity: float, per_second: float) -> None:
        self._capacity, self._per_second = capacity, per_second
        self._tokens, self._at = capacity, 0.0

    def take(self, now: float) -> bool:
        """Whether there is one left; takes it."""
        self._tokens = min(self._capacity, self._tokens + max(0.0, now - self._at) * self._per_second)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def wait_ms(self) -> int:
        """Milliseconds until there is one again."""
        return max(0, ceil((1 - self._tokens) / self._per_second * 1000))


class Buckets:
    """One bucket a key, of this process; the longest unused are forgotten above `size` of them."""

    def __init__(self, capacity: float, per_second: float, size: int = 20_000) -> None:
        self._capacity, self._per_second, self._size = capacity, per_second, size
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, key: str, now: float) -> int:
        """0, and one is taken; or the milliseconds after which to try again."""
        bucket = self._buckets.pop(key, None) or Bucket(self._capacity, self._per_second)
        self._buckets[key] = bucket
        if len(self._buckets) > self._size:
            self._buckets.popitem(last=False)
        return 0 if bucket.take(now) else bucket.wait_ms()
