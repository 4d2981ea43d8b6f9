"""One run: visitors and faults together, then peace, and then the question whether all was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

from cxbot.torture.faults import Injector, until_ready
from cxbot.torture.fleet import Fleet
from cxbot.torture.history import Journal
from cxbot.torture.servers import Deployment

__all__ = ["torture"]

QUIET_SECONDS = 60.0
LOOK_SECONDS = 0.5


async def torture(
    deployment: Deployment, journal: Journal, seed: int, seconds: float, visitors: int, looking: Callable[[], object]
) -> bool:
    """Whether all that was owed in the end was done within a minute of peace. `looking` is called twice a second.

    Raises `StartFailed` if a server ends altogether.
    """
    fleet = Fleet(deployment.addresses, visitors, seed, journal)
    talking = asyncio.create_task(fleet.run())
    watching = asyncio.create_task(_watch(talking, looking))
    try:
        faults = asyncio.create_task(Injector(deployment, seed, journal).run(monotonic() + seconds))
        await asyncio.wait({faults, watching}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            faults.cancel()
            await watching
        await faults
        fleet.finish()
        for server in deployment.servers:
            await until_ready(server)
        return await _quiet(deployment, fleet)
    finally:
        talking.cancel()
        watching.cancel()
        await asyncio.wait({talking, watching})
        await fleet.close()


async def _watch(talking: asyncio.Task[None], looking: Callable[[], object]) -> None:
    """Raises what went wrong with the fleet."""
    while True:
        looking()
        await asyncio.sleep(LOOK_SECONDS)
        if talking.done() and (error := talking.exception()):
            raise error


async def _quiet(deployment: Deployment, fleet: Fleet) -> bool:
    deadline = monotonic() + QUIET_SECONDS
    while monotonic() < deadline:
        rows = await asyncio.to_thread(deployment.database.rows)
        heads = {conversation.id: conversation.head_seq for conversation in rows.conversations}
        if all(turn.done for turn in rows.turns) and fleet.has_heard(heads):
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
