"""When the servers are struck, and by what: one fault after the other, drawn from the seed."""

from __future__ import annotations

import asyncio
from random import Random
from time import monotonic

from cxbot.torture.history import Journal
from cxbot.torture.servers import Deployment
from cxbot.torture.strikes import Strikes

__all__ = ["Injector"]

PAUSE = (0.2, 2.0)  # seconds between a recovery and the next fault
HURRIES = 0.25  # how often it does not wait for the recovery
AT_AN_ACCEPTED = 0.5  # how often it strikes right after a message was accepted, when a turn is owed


class Injector:
    def __init__(self, deployment: Deployment, seed: int, journal: Journal) -> None:
        self._deployment, self._journal = deployment, journal
        self._rng = Random(f"{seed}/faults")  # noqa: S311 - it repeats, it hides nothing
        strikes = Strikes(deployment, journal)
        self._weights = {
            strikes.signal: 5.0,
            strikes.trap: 4.0,
            strikes.network: 2.5,
            strikes.index: 0.7,
            strikes.clock: 0.5,
            strikes.layer: 0.5,
        }

    async def run(self, until: float) -> None:
        """Until that moment of the monotonic clock; then everything is left running, or about to run again."""
        while monotonic() < until:
            pause, at_accepted = self._rng.uniform(*PAUSE), self._rng.random() < AT_AN_ACCEPTED
            strike = self._rng.choices(list(self._weights), list(self._weights.values()))[0]
            await asyncio.sleep(min(pause, max(0.0, until - monotonic())))
            if at_accepted:
                await self._an_accepted()
            if monotonic() < until:
                await strike(Random(self._rng.random()))  # noqa: S311 - it repeats, it hides nothing
                if self._rng.random() >= HURRIES:
                    await self._all_ready()

    async def _an_accepted(self) -> None:
        seen, patience = self._journal.accepted, monotonic() + PAUSE[1]
        while self._journal.accepted == seen and monotonic() < patience:
            await asyncio.sleep(0.005)

    async def _all_ready(self) -> None:
        for server in self._deployment.servers:
            await server.until_ready()
