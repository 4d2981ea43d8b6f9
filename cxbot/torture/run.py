"""One run: visitors, agents and faults together, then peace, and then the question whether all was kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from cxbot.torture.faults import Injector
from cxbot.torture.fleet import Fleet
from cxbot.torture.history import Journal
from cxbot.torture.servers import Deployment

__all__ = ["talk", "torture"]

QUIET_SECONDS = 60.0
LOOK_SECONDS = 0.5
AGENTS = ("Rina", "Tareq")


async def torture(
    deployment: Deployment, journal: Journal, seed: int, seconds: float, visitors: int, looking: Callable[[], object]
) -> list[str]:
    """What is wrong in the end, besides what histories and rows say. `looking` is called twice a second.

    Raises `StartFailed` if a server ends altogether.
    """
    agents = await asyncio.to_thread(deployment.hire, *AGENTS)
    fleet = Fleet(deployment, visitors, agents, seed, journal)
    injector = Injector(deployment, seed, journal)
    complaints = []
    if not await talk(deployment, fleet, injector.run(monotonic() + seconds), looking, QUIET_SECONDS):
        complaints.append(f"Something was still owed, {QUIET_SECONDS:.0f} s after the last fault.")
    built = await asyncio.to_thread(deployment.servers[0].manage, "reindex")
    if built.returncode:
        complaints.append(f"No index could be built in the end: {built.stderr.strip()}")
    return complaints


async def talk(
    deployment: Deployment, fleet: Fleet, meanwhile: Awaitable[None], looking: Callable[[], object], patience: float
) -> bool:
    """Have the fleet talk while something else happens; then whether peace comes, within `patience` seconds."""
    talking = asyncio.create_task(fleet.run())
    watching = asyncio.create_task(_watch(talking, looking))
    try:
        happening = asyncio.ensure_future(meanwhile)
        await asyncio.wait({happening, watching}, return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            happening.cancel()
            await watching
        await happening
        fleet.finish()
        for server in deployment.servers:
            await server.until_ready()
        return await _quiet(deployment, fleet, patience)
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


async def _quiet(deployment: Deployment, fleet: Fleet, patience: float) -> bool:
    deadline = monotonic() + patience
    while monotonic() < deadline:
        rows = await asyncio.to_thread(deployment.database.rows)
        heads = {conversation.id: conversation.head_seq for conversation in rows.conversations}
        if all(turn.done for turn in rows.turns) and fleet.has_heard(heads):
            return True
        await asyncio.sleep(LOOK_SECONDS)
    return False
