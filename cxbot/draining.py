"""How the process stops under Daphne: not ready first, a goodbye to every socket, a moment for the turns begun."""

from __future__ import annotations

import asyncio

from daphne.server import Server
from twisted.internet.defer import Deferred

from support.dialogue import pool
from support.wire import watch

__all__ = ["drain", "install"]

_kill = Server.kill_all_applications
DRAIN_SECONDS = 3.0  # for turns; a supervisor kills who has not gone within `leash.GRACE`


def install() -> None:
    """Call it once, before Daphne runs."""
    Server.kill_all_applications = _drain_and_kill


async def drain() -> None:
    """From now on the process is not ready; every socket is told, and turns that were begun get a moment to end."""
    await asyncio.gather(watch.say_goodbye(), pool.finish(DRAIN_SECONDS))


def _drain_and_kill(server: Server) -> Deferred[None]:
    """What Daphne does when it is told to stop, and what it waits for before it goes."""
    drained = Deferred.fromFuture(asyncio.ensure_future(drain()))
    drained.addCallback(lambda _: _kill(server))
    # Daphne stumbles over a request that has just ended, and then kills nothing; it goes all the same.
    drained.addErrback(lambda _: None)
    return drained
