"""One sweeper at a time, however many Beats and workers there are. The only writer of `Sweep`.

A sweep is a row. Whoever begins it holds it for a moment, and goes on holding it while there is work; nobody gives it
back. So a sweeper that dies is replaced by the next sweep, and one that is held up in one place leaves the rest to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import TypeVar
from uuid import UUID, uuid4

from support import clock, leases
from support.models import Sweep

__all__ = ["TICKETS", "TURNS", "last_made", "owed"]

TURNS, TICKETS = "turns", "tickets"
# Less than the time between two sweeps of a Beat: its next one finds the row free, and another Beat's finds it held.
HOLD = {TURNS: timedelta(seconds=0.7), TICKETS: timedelta(seconds=2)}
T = TypeVar("T")


def owed(name: str, find: Callable[[datetime], Iterable[T]]) -> Iterator[T]:
    """What `find` finds now, one after the other while the sweep is ours; nothing if somebody else sweeps."""
    sweeping = _begin(name)
    if sweeping is None:
        return
    for found in find(clock.now()):
        if not sweeping.goes_on():
            return
        yield found


def last_made() -> datetime | None:
    """When the sweep was begun that is longest ago; None if one was never made."""
    made = [sweep.made_at for sweep in Sweep.objects.filter(name__in=HOLD) if sweep.made_at is not None]
    return min(made) if len(made) == len(HOLD) else None


@dataclass(slots=True)
class _Sweeping:
    name: str
    id: UUID
    held_at: float  # monotonic

    def goes_on(self) -> bool:
        """Hold the sweep on. False: we were away for too long, and somebody else has it."""
        hold = HOLD[self.name]
        if monotonic() - self.held_at < hold.total_seconds() / 2:
            return True
        mine = Sweep.objects.filter(name=self.name, holder=self.id)
        self.held_at = monotonic()
        return mine.update(held_until=clock.now() + hold) == 1


def _begin(name: str) -> _Sweeping | None:
    """None: somebody sweeps, or has just done so."""
    Sweep.objects.get_or_create(name=name)
    now, hold, sweeping = clock.now(), HOLD[name], _Sweeping(name, uuid4(), monotonic())
    free = Sweep.objects.filter(leases.free("held_until", now, hold), name=name)
    began = free.update(holder=sweeping.id, held_until=now + hold, made_at=now) == 1
    return sweeping if began else None
