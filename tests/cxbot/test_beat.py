"""Beat's scheduler: what is due is sent, whatever the wall clock says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery import Celery

from cxbot import beat


class Clock:
    """A monotonic clock that is moved by hand."""

    time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(beat, "monotonic", clock)
    return clock


@pytest.fixture
def scheduler() -> beat.Scheduler:
    app = Celery("sweeps", broker="memory://", set_as_current=False)
    app.conf.beat_schedule = {
        "often": {"task": "often", "schedule": 1, "options": {"queue": "often"}},
        "seldom": {"task": "seldom", "schedule": 3, "options": {"queue": "seldom"}},
    }
    app.conf.task_create_missing_queues = True
    with app.connection_for_write() as broker:
        channel: Any = broker.default_channel
        for name in ("often", "seldom"):
            channel.queue_declare(name)
            channel.queue_purge(name)
    return beat.Scheduler(app=app)


def sent(scheduler: beat.Scheduler) -> tuple[int, int]:
    with scheduler.app.connection_for_read() as broker:
        channel: Any = broker.default_channel
        often, seldom = (channel.queue_declare(name, passive=True) for name in ("often", "seldom"))
    return often.message_count, seldom.message_count


def test_each_entry_is_sent_at_once_and_then_by_its_interval(scheduler: beat.Scheduler, clock: Clock) -> None:
    counts = []
    for _ in range(4):
        assert scheduler.tick() == 1
        counts.append(sent(scheduler))
        clock.time += 1
    assert counts == [(1, 1), (2, 1), (3, 1), (4, 2)]


def test_nothing_is_sent_before_it_is_due(scheduler: beat.Scheduler, clock: Clock) -> None:
    scheduler.tick()
    clock.time += 0.75
    assert scheduler.tick() == 0.25
    assert sent(scheduler) == (1, 1)


def test_what_was_missed_is_not_made_up_for(scheduler: beat.Scheduler, clock: Clock) -> None:
    scheduler.tick()
    clock.time += 3600
    scheduler.tick()
    scheduler.tick()
    assert sent(scheduler) == (2, 2)


@pytest.mark.parametrize("hours", [-1, 1])
def test_the_wall_clock_may_jump(scheduler: beat.Scheduler, clock: Clock, hours: int) -> None:
    """Fails on Celery's own scheduler: nothing would be sent for an hour, or twice at once."""
    scheduler.tick()
    entries: Any = scheduler.schedule.values()
    for entry in entries:
        entry.last_run_at -= timedelta(hours=hours)  # as it looks from after the jump
    scheduler.tick()
    assert sent(scheduler) == (1, 1)
    clock.time += 1
    scheduler.tick()
    assert sent(scheduler) == (2, 1)
