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

__all__ = ["finish", "is_full", "submit", "warm"]

log = structlog.get_logger(__name__)
BACKLOG = 500  # conversations
_pool = ThreadPoolExecutor(settings.TURN_THREADS, thread_name_prefix="turn")
_tasks: set[asyncio.Task[None]] = set()


def is_full() -> bool:
    """Whether more is owed than is taken in time: then nothing new is accepted."""
    return len(_tasks) >= BACKLOG


def submit(conversation_id: UUID) -> None:
    """Have the conversation's turns taken soon. Call it from the event loop; it returns at once."""
    if is_full():
        log.warning("turn backlog is full; the sweep will find it", conversation=str(conversation_id))
        return
    task = asyncio.create_task(_take(conversation_id))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _take(conversation_id: UUID) -> None:
    if watch.stopping:
        return
    loop = asyncio.get_running_loop()

    def say_typing() -> None:
        asyncio.run_coroutine_threadsafe(feed.typing(conversation_id, "bot"), loop)

    try:
        # Through asgiref, so that hints sent in the thread reach this loop: the in-process layer belongs to it.
        take = database_sync_to_async(turn.take_turns, thread_sensitive=False, executor=_pool)
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
