"""Turns are taken by a few threads beside the event loop, never in a socket's coroutine.

The backlog is bounded: what does not fit is not lost, it is a row, and the sweep finds it. So is what a process leaves
undone that stops.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import structlog
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseTrouble

from knowledge_base.errors import KnowledgeBaseError
from support import feed
from support.dialogue import turn
from support.dialogue.thinking import Memory
from support.wire import watch

__all__ = ["finish", "is_full", "submit", "typing", "warm"]

log = structlog.get_logger(__name__)
BACKLOG = 500  # conversations
_pool = ThreadPoolExecutor(settings.TURN_THREADS, thread_name_prefix="turn")
_tasks: set[asyncio.Task[None]] = set()

# A message that is not clear may be half of one. It is answered after a moment of quiet; who types is not quiet.
QUIET_SECONDS = 1.5
TYPING_SECONDS = 3.5  # a widget says every three seconds that somebody types
LONGEST_SECONDS = 6.0  # then the sweep would not leave it to us any longer: see `turn_queue.PUT_OFF`
LOOK_SECONDS = 0.1
_quiet_from: dict[UUID, float] = {}  # by the loop's clock, for conversations whose turns are taken now


def is_full() -> bool:
    """Whether more is owed than is taken in time: then nothing new is accepted."""
    return len(_tasks) >= BACKLOG


def submit(conversation_id: UUID) -> None:
    """Have the conversation's turns taken soon. Call it from the event loop; it returns at once."""
    if is_full():
        log.warning("turn backlog is full; the sweep will find it", conversation=str(conversation_id))
        return
    _stir(conversation_id, QUIET_SECONDS)
    task = asyncio.create_task(_take(conversation_id))
    _tasks.add(task)
    task.add_done_callback(lambda task: _ended(task, conversation_id))


def _ended(task: asyncio.Task[None], conversation_id: UUID) -> None:
    """Also of a task that was cancelled before it began."""
    _tasks.discard(task)
    _quiet_from.pop(conversation_id, None)


def typing(conversation_id: UUID) -> None:
    """The visitor types: whoever waits for quiet waits on."""
    if conversation_id in _quiet_from:
        _stir(conversation_id, TYPING_SECONDS)


def _stir(conversation_id: UUID, seconds: float) -> None:
    until = asyncio.get_running_loop().time() + seconds
    _quiet_from[conversation_id] = max(until, _quiet_from.get(conversation_id, until))


async def _quiet(conversation_id: UUID) -> None:
    """Wait until the visitor is quiet, or until the process stops: then somebody else will answer."""
    loop = asyncio.get_running_loop()
    longest = loop.time() + LONGEST_SECONDS
    while (seconds := min(_quiet_from.get(conversation_id, 0.0), longest) - loop.time()) > 0 and not watch.stopping:
        await asyncio.sleep(min(seconds, LOOK_SECONDS))


async def _take(conversation_id: UUID) -> None:
    if watch.stopping:
        return
    loop = asyncio.get_running_loop()

    def say_typing() -> None:
        asyncio.run_coroutine_threadsafe(feed.typing(conversation_id, "bot"), loop)

    try:
        # Through asgiref, so that hints sent in the thread reach this loop: the in-process layer belongs to it.
        take = database_sync_to_async(turn.take_turns, thread_sensitive=False, executor=_pool)
        if await take(conversation_id, say_typing, patient=True):
            await _quiet(conversation_id)
            if not watch.stopping:
                await take(conversation_id, say_typing)
    except DatabaseTrouble as error:
        log.warning("turn not taken; the sweep will find it", error=type(error).__name__)
    except Exception:  # nobody awaits this task, so nobody else would say what happened
        log.exception("turn not taken; the sweep will find it", conversation=str(conversation_id))
    watch.moved(conversation_id)


async def finish(seconds: float) -> None:
    """Begin no more turns, and wait for those that were begun, but no longer than so many seconds."""
    _pool.shutdown(wait=False, cancel_futures=True)
    if _tasks:
        await asyncio.wait(_tasks, timeout=seconds)


def warm() -> None:
    """Load the encoder, the index and the sentiment model before the first visitor needs them."""
    try:
        turn.mind().think("hello", Memory())
    except KnowledgeBaseError as error:
        log.warning("nothing to answer from", error=str(error))
