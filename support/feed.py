"""Tell open sockets that something moved. The only caller of `group_send`.

A hint carries no content and may be lost: every socket reads the database when it gets one, and on a slow tick.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from asgiref.sync import async_to_sync
from channels.exceptions import ChannelFull
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

__all__ = ["DESK", "attach", "conversation_group", "conversation_moved", "tickets_moved", "typing"]

log = structlog.get_logger(__name__)
DESK = "desk"
DEADLINE_SECONDS = 0.3  # a broken layer may cost a visitor this much and no more
_loop: asyncio.AbstractEventLoop | None = None


def attach() -> None:
    """From now on hints leave by the running loop, which serves this process's sockets, and nobody waits for them."""
    global _loop
    _loop = asyncio.get_running_loop()


def conversation_group(conversation_id: UUID) -> str:
    return f"conversation.{conversation_id.hex}"


def conversation_moved(conversation_id: UUID) -> None:
    """There are messages, or a change of hands, to read. Call it on commit."""
    _send(conversation_group(conversation_id), {"type": "conversation.moved"})


def tickets_moved() -> None:
    """The inbox changed. Call it on commit."""
    _send(DESK, {"type": "tickets.moved"})


async def typing(conversation_id: UUID, who: str) -> None:
    """`who` ("visitor", "bot" or "agent") is typing. Never stored."""
    await _group_send(conversation_group(conversation_id), {"type": "conversation.typing", "who": who})


def _send(group: str, event: dict[str, str]) -> None:
    if _loop is not None and _loop.is_running():
        asyncio.run_coroutine_threadsafe(_group_send(group, event), _loop)
    else:  # as in a worker
        async_to_sync(_group_send)(group, event)


async def _group_send(group: str, event: dict[str, str]) -> None:
    try:
        await asyncio.wait_for(get_channel_layer().group_send(group, event), DEADLINE_SECONDS)
    except (TimeoutError, OSError, ChannelFull, RedisError) as error:
        log.warning("hint lost", group=group, error=type(error).__name__)
