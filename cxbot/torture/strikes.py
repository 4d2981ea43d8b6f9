"""What can happen to the servers: their processes are killed, ended or stopped for a while, also at chosen places; the
network between them fails; a clock jumps; hints are lost; whoever builds an index dies, or finds the disk full."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from random import Random
from time import monotonic
from typing import TypeVar

import psutil

from cxbot.torture.history import Fault, Journal
from cxbot.torture.rig import clock
from cxbot.torture.rig import layer as deafness
from cxbot.torture.rig.traps import PLACES, Place, disarm, set_trap, sprung
from cxbot.torture.servers import PARTS, Deployment, Server

__all__ = ["Strikes"]

T = TypeVar("T")
POLL_SECONDS = 0.05
BACK_SECONDS = 60.0  # a process that is not back by then is left to be found missing
TRAP_SECONDS = 5.0  # after which a trap that nobody fell into is taken away
FREEZE = (0.5, 9.0)  # seconds that a process is stopped: some outlive the lease on a turn
SIGNALS = {signal.SIGKILL: 3.0, signal.SIGTERM: 1.0, signal.SIGSTOP: 1.0}
HIT = {"web": 3.0, "worker": 1.5, "beat": 0.5}
JUMPS = (20.0, 600.0, 7200.0)  # seconds, forward or back
LASTS = (2.0, 8.0)  # seconds, of a clock that is wrong or a layer that drops everything
ON_THE_WAY = tuple(place for place in PLACES if "index" not in place.name)
IN_A_BUILD = tuple(place for place in PLACES if "index" in place.name)


class Strikes:
    """Each draws what it does from the generator that it is given, does it, and writes down what it did."""

    def __init__(self, deployment: Deployment, journal: Journal) -> None:
        self._deployment, self._journal = deployment, journal

    async def signal(self, rng: Random) -> None:
        """One process, wherever it is."""
        server = rng.choice(self._deployment.servers)
        number, part, seconds = _drawn(rng, SIGNALS), _drawn(rng, HIT), rng.uniform(*FREEZE)
        process = server.part(part)
        if process is None:
            return  # the last fault has not been repaired yet
        at, kind = monotonic(), f"{number.name} {part}"
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            return  # it ended by itself
        if number is not signal.SIGSTOP:
            await self._killed(server, part, process.pid, kind, at)
            return
        self._journal.write(Fault(at=at, kind=kind))
        try:
            await asyncio.sleep(seconds)
        finally:
            process.resume()

    async def trap(self, rng: Random) -> None:
        """Whichever process comes by a place, if one does."""
        server, place = rng.choice(self._deployment.servers), rng.choice(ON_THE_WAY)
        parts = {process.pid: part for part in PARTS if (process := server.part(part)) is not None}
        set_trap(server.rig, place)
        pid = await _awaited(lambda: sprung(server.rig, place), TRAP_SECONDS)
        at = monotonic()
        disarm(server.rig, place)
        if pid is not None:
            part = parts.get(pid, "process")
            await self._killed(server, part, pid, f"SIGKILL {part} {place.name}", at)

    async def network(self, rng: Random) -> None:
        """Of the visitors, of PostgreSQL or of Redis."""
        kind = rng.choice(sorted(self._deployment.network_faults))
        self._journal.write(Fault(at=monotonic(), kind=kind))
        await asyncio.to_thread(self._deployment.network_faults[kind], rng)

    async def clock(self, rng: Random) -> None:
        """Of one server."""
        server, seconds = rng.choice(self._deployment.servers), rng.choice(JUMPS) * rng.choice((1, -1))
        self._journal.write(Fault(at=monotonic(), kind=f"clock {'forward' if seconds > 0 else 'back'}"))
        clock.put(server.rig, seconds)
        try:
            await asyncio.sleep(rng.uniform(*LASTS))
        finally:
            clock.put(server.rig, None)

    async def layer(self, rng: Random) -> None:
        """No hint goes out from one server."""
        server = rng.choice(self._deployment.servers)
        self._journal.write(Fault(at=monotonic(), kind="channel layer drops everything"))
        deafness.put(server.rig, deaf=True)
        try:
            await asyncio.sleep(rng.uniform(*LASTS))
        finally:
            deafness.put(server.rig, deaf=False)

    async def index(self, rng: Random) -> None:
        """Somebody builds an index, and fails."""
        server, place = rng.choice(self._deployment.servers), rng.choice(IN_A_BUILD)
        at = monotonic()
        set_trap(server.rig, place)
        await asyncio.to_thread(server.manage, "reindex")
        disarm(server.rig, place)
        if sprung(server.rig, place) is not None:
            self._journal.write(Fault(at=at, kind=_kind_in_a_build(place)))

    async def _killed(self, server: Server, part: str, pid: int, kind: str, at: float) -> None:
        back = await _awaited(lambda: _other(server.part(part), pid) if part in PARTS else None, BACK_SECONDS)
        self._journal.write(Fault(at=at, kind=kind, back_at=None if back is None else monotonic()))


def _kind_in_a_build(place: Place) -> str:
    return place.name if place.disk_full else f"SIGKILL builder {place.name}"


def _other(process: psutil.Process | None, pid: int) -> psutil.Process | None:
    return None if process is None or process.pid == pid else process


async def _awaited(look: Callable[[], T | None], seconds: float) -> T | None:
    """The first thing that `look` finds, within so many seconds."""
    deadline = monotonic() + seconds
    while (found := look()) is None and monotonic() < deadline:
        await asyncio.sleep(POLL_SECONDS)
    return found


def _drawn(rng: Random, weights: dict[T, float]) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]
