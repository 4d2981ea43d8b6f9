"""Beat's scheduler, by a clock that only goes forward.

Celery's own asks the wall clock when a task is due: set back by an hour, nothing is due for an hour. Every entry here
is an interval, so nothing needs to be remembered from one run to the next either, and there is no file to be torn.
"""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import Any, cast

from celery import beat

__all__ = ["Scheduler"]


class Scheduler(beat.Scheduler):
    """Sends each entry at once, and then every so many seconds."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._due_at: dict[str, float] = {}  # monotonic
        super().__init__(*arguments, **options)

    def setup_schedule(self) -> None:
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *_: Any, **__: Any) -> float:
        """Send what is due; return the seconds until something is due again."""
        for name, entry in self.schedule.items():
            if self._due_at.get(name, 0.0) <= monotonic():
                # First: with the broker away, sending takes its time, and what was missed meanwhile is not made up for.
                self.apply_entry(entry, producer=self.producer)
                every: timedelta = cast(Any, entry.schedule).run_every
                self._due_at[name] = monotonic() + every.total_seconds()
        return max(0.0, min(self._due_at.values()) - monotonic())
