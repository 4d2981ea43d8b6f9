"""One sweeper at a time, whoever dies, stands still, or sets the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from support import clock, sweeping
from support.models import Sweep

pytestmark = pytest.mark.django_db(transaction=True)
HOLD = sweeping.HOLD[sweeping.TURNS]


class Hands:
    """A clock that stands still until it is set; `shift` is what it differs from the right time."""

    def __init__(self) -> None:
        self.time = timezone.now()

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(clock, "now", hands.now)
    return hands


def sweep() -> Iterator[int]:
    return sweeping.owed(sweeping.TURNS, lambda _now: [1, 2, 3])


def test_of_many_who_begin_at_once_one_sweeps(hands: Hands) -> None:
    together = threading.Barrier(8)

    def work(_: int) -> list[int]:
        together.wait()
        try:
            return list(sweep())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        swept = sorted(workers.map(work, range(8)))
    assert swept == [[]] * 7 + [[1, 2, 3]]


def test_the_next_sweep_is_not_the_same_one_again(hands: Hands) -> None:
    assert list(sweep()) == [1, 2, 3]
    assert list(sweep()) == []  # another Beat's
    hands.time += HOLD
    assert list(sweep()) == [1, 2, 3]
    assert Sweep.objects.get().made_at == hands.time


def test_each_sweep_has_a_sweeper_of_its_own(hands: Hands) -> None:
    assert list(sweep()) == [1, 2, 3]
    assert list(sweeping.owed(sweeping.TICKETS, lambda _now: [4])) == [4]


def test_a_sweeper_that_dies_is_replaced(hands: Hands) -> None:
    dead = sweep()
    assert next(dead) == 1
    hands.time += HOLD
    assert list(sweep()) == [1, 2, 3]


def test_who_was_held_up_leaves_the_rest_to_who_came_after(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = sweep()
    assert next(slow) == 1
    hands.time += HOLD
    other = sweep()
    assert next(other) == 1
    monkeypatch.setattr(sweeping, "monotonic", lambda: 1e12)  # all this took its time
    assert list(slow) == []
    assert list(other) == [2, 3]


def test_who_goes_on_keeps_the_others_out(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    long = sweep()
    assert next(long) == 1
    hands.time += HOLD * 0.9
    monkeypatch.setattr(sweeping, "monotonic", lambda: 1e12)
    assert next(long) == 2
    hands.time += HOLD * 0.9
    assert list(sweep()) == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_whichever_way_the_clock_jumps_somebody_sweeps(hands: Hands, hours: int) -> None:
    assert list(sweep()) == [1, 2, 3]
    hands.time += timedelta(hours=hours)
    assert list(sweep()) == [1, 2, 3]
    assert list(sweep()) == []
