"""One look at the database a second, for all the sockets of this process.

A hint from the channel layer may be lost. So once a second a single query reads the newest `seq` of every conversation
that has a socket here, and tells the sockets; it is also their clock, for deadlines and heartbeats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

import structlog
from django.db import Error as DatabaseTrouble

from support.models import Conversation
from support.wire.database import in_thread

__all__ = ["TICK_SECONDS", "Watcher", "join", "leave", "moved", "say_goodbye", "sockets", "stopping"]

log = structlog.get_logger(__name__)
TICK_SECONDS = 1.0
CHUNK = 500  # ids in one query
FLUSH_SECONDS = 0.2  # for the last frames to leave the process
ANY = 2**31  # greater than every seq


class Watcher(Protocol):
    """A socket. Its methods return at once."""

    conversation_id: UUID | None

    def tick(self, now: float) -> None:
        """A second has passed; `now` is the loop's clock."""

    def head_is(self, seq: int) -> None:
        """The newest message of the conversation has this `seq`."""

    async def restart(self) -> None:
        """This process stops; say so."""


sockets: set[Watcher] = set()
stopping = False  # this process is about to end: who comes now is sent away
_task: asyncio.Task[None] | None = None


def join(socket: Watcher) -> None:
    """Watch for `socket` until it leaves. Call it from the event loop."""
    global _task
    sockets.add(socket)
    if _task is None or _task.done() or _task.get_loop() is not asyncio.get_running_loop():
        _task = asyncio.create_task(_watch())


def leave(socket: Watcher) -> None:
    sockets.discard(socket)


def moved(conversation_id: UUID) -> None:
    """Have the sockets of the conversation in this process look now: what was done here needs no hint to be heard."""
    for socket in sockets:
        if socket.conversation_id == conversation_id:
            socket.head_is(ANY)


async def say_goodbye() -> None:
    """Tell all sockets that the process stops, those that come from now on as well; give them the time to hear it."""
    global stopping
    stopping = True
    for socket in list(sockets):
        await socket.restart()
    await asyncio.sleep(FLUSH_SECONDS)


async def _watch() -> None:
    reading: asyncio.Task[None] | None = None
    while sockets:
        await asyncio.sleep(TICK_SECONDS)
        now = asyncio.get_running_loop().time()
        for socket in list(sockets):
            socket.tick(now)
        if reading is None or reading.done():  # a slow database holds no clock
            reading = asyncio.create_task(_tell_heads())


async def _tell_heads() -> None:
    try:
        heads = await in_thread(_heads)({socket.conversation_id for socket in sockets if socket.conversation_id})
    except DatabaseTrouble as error:
        log.warning("the tick could not read", error=type(error).__name__)
        return
    for socket in list(sockets):
        if socket.conversation_id in heads:
            socket.head_is(heads[socket.conversation_id])


def _heads(ids: Iterable[UUID]) -> dict[UUID, int]:
    wanted = list(ids)
    heads: dict[UUID, int] = {}
    for start in range(0, len(wanted), CHUNK):
        found = Conversation.objects.filter(pk__in=wanted[start : start + CHUNK])
        heads.update(found.values_list("pk", "head_seq"))
    return heads
