"""Ends a worker that is alive and does nothing: a consumer that hangs, a connection that is dead, a pool whose threads
are all blocked. Whoever keeps the worker running starts it again, and sweeps find what it had in hand.

It counts looks instead of seconds, so that a process which stood still is not blamed for the time.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Any

import structlog
from celery import Celery
from celery.signals import task_prerun, task_revoked
from kombu.exceptions import ChannelError

__all__ = ["STUCK", "Patience", "start", "waiting"]

log = structlog.get_logger(__name__)
LOOK_SECONDS = 5.0  # between two looks
LOOKS = 6  # in a row at which messages wait and nothing was begun since the look before
STUCK = 70  # the exit status: an internal error, by sysexits.h


@dataclass(slots=True)
class Patience:
    """What the looks have seen so far."""

    looks: int = 0
    seen: int = 0  # tasks begun when last looked

    def is_at_an_end(self, begun: int, waiting: int) -> bool:
        """Look: `begun` tasks in all, `waiting` messages in the queue."""
        self.looks = self.looks + 1 if waiting and begun == self.seen else 0
        self.seen = begun
        return self.looks >= LOOKS


class _Begun:
    """Counts the messages that the worker did something with."""

    count = 0

    def __call__(self, **_: object) -> None:
        self.count += 1


def start(app: Celery) -> None:
    """Watch the worker that runs in this process. Call it once, when that is ready."""
    begun = _Begun()
    task_prerun.connect(begun, weak=False)
    task_revoked.connect(begun, weak=False)  # expired ones, of which there are many when a worker comes back
    threading.Thread(target=_watch, args=(app, begun), name="watchdog", daemon=True).start()


def waiting(app: Celery) -> int:
    """Messages in the queue; 0 where the broker cannot say, for it may be away, and that is not the worker's fault."""
    try:
        with app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=int(LOOK_SECONDS))
            channel: Any = broker.channel()
            return int(channel.queue_declare(app.conf.task_default_queue, passive=True).message_count)
    except ChannelError:
        return 0  # Redis has no queue that is empty
    except Exception as error:  # noqa: BLE001 - each transport has exceptions of its own
        log.warning("the watchdog could not look", error=type(error).__name__)
        return 0


def _watch(app: Celery, begun: _Begun) -> None:
    patience = Patience()
    while True:
        time.sleep(LOOK_SECONDS)
        there = waiting(app)
        if patience.is_at_an_end(begun.count, there):
            log.error("the worker consumes nothing and is ended", waiting=there, seconds=LOOKS * LOOK_SECONDS)
            os._exit(STUCK)  # whatever hangs would not let it end in any other way
