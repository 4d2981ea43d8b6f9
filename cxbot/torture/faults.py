"""What happens to the servers: their processes are killed, ended or stopped for a while, and what they share fails."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from random import Random
from time import monotonic
from typing import TypeVar

import psutil

from cxbot.torture.history import Fault, Journal
from cxbot.torture.servers import Deployment, Server

__all__ = ["Injector"]

T = TypeVar("T")
POLL_SECONDS = 0.05
BACK_SECONDS = 60.0  # a process that is not back by then is left to be found missing
FREEZE = (0.5, 9.0)  # seconds that a process is stopped: some outlive the lease on a turn
PAUSE = (0.5, 4.0)  # seconds between a recovery and the next fault
HURRIES = 0.25  # how often it does not wait for the recovery
AT_AN_ACCEPTED = 0.5  # how often it strikes right after a message was accepted, when a turn is owed
SHARED = 0.2  # how often it is what the servers share that fails, where they do
SIGNALS = {signal.SIGKILL: 3.0, signal.SIGTERM: 1.0, signal.SIGSTOP: 1.0}
PARTS = {"web": 3.0, "worker": 1.5, "beat": 0.5}


class Injector:
    """One fault after the other, drawn from the seed."""

    def __init__(self, deployment: Deployment, seed: int, journal: Journal) -> None:
        self._deployment, self._journal = deployment, journal
        self._rng = Random(f"{seed}/faults")  # noqa: S311 - it repeats, it hides nothing

    async def run(self, until: float) -> None:
        """Until that moment of the monotonic clock; then everything is left running, or about to run again."""
        while monotonic() < until:
            pause, at_accepted = self._rng.uniform(*PAUSE), self._rng.random() < AT_AN_ACCEPTED
            await asyncio.sleep(min(pause, max(0.0, until - monotonic())))
            if at_accepted:
                seen = self._journal.accepted
                await _eventually(lambda: self._journal.accepted > seen, PAUSE[1], every=0.005)  # noqa: B023
            if monotonic() < until:
                await self._strike()

    async def _strike(self) -> None:
        if self._deployment.shared_faults and self._rng.random() < SHARED:
            kind = self._rng.choice(sorted(self._deployment.shared_faults))
            await asyncio.to_thread(self._deployment.shared_faults[kind])
            self._journal.write(Fault(at=monotonic(), kind=kind))
            return
        server = self._rng.choice(self._deployment.servers)
        number, part = _drawn(self._rng, SIGNALS), _drawn(self._rng, PARTS)
        seconds, hurries = self._rng.uniform(*FREEZE), self._rng.random() < HURRIES
        process = server.part(part)
        if process is None:
            return  # the last fault has not been repaired yet
        kind = f"{number.name} {part}"
        try:
            if number == signal.SIGSTOP:
                await self._freeze(process, kind, seconds)
            else:
                await self._end(server, part, process, number, kind)
        except psutil.NoSuchProcess:
            return  # it ended by itself
        if part == "web" and not hurries:
            await until_ready(server)

    async def _freeze(self, process: psutil.Process, kind: str, seconds: float) -> None:
        self._journal.write(Fault(at=monotonic(), kind=kind))
        process.suspend()
        try:
            await asyncio.sleep(seconds)
        finally:
            process.resume()

    async def _end(self, server: Server, part: str, process: psutil.Process, number: signal.Signals, kind: str) -> None:
        at = monotonic()
        process.send_signal(number)

        def is_back() -> bool:
            child = server.part(part)
            return child is not None and child.pid != process.pid

        back = await _eventually(is_back, BACK_SECONDS)
        self._journal.write(Fault(at=at, kind=kind, back_at=monotonic() if back else None))


async def until_ready(server: Server) -> None:
    deadline = monotonic() + BACK_SECONDS
    while not await server.is_ready() and monotonic() < deadline:
        await asyncio.sleep(4 * POLL_SECONDS)


async def _eventually(holds: Callable[[], bool], seconds: float, every: float = POLL_SECONDS) -> bool:
    deadline = monotonic() + seconds
    while not (held := holds()) and monotonic() < deadline:
        await asyncio.sleep(every)
    return held


def _drawn(rng: Random, weights: dict[T, float]) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]
