"""The Redis channel layer, for hints that may be lost.

Channels ends a socket's consumer when its layer cannot be read. Then a Redis that is away would close every visitor's
socket, again at every reconnection, though all that they miss is hints.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from channels_redis.core import RedisChannelLayer
from redis.exceptions import RedisError

__all__ = ["HintLayer"]

log = structlog.get_logger(__name__)
RETRY_SECONDS = 1.0


class HintLayer(RedisChannelLayer):
    # Seconds that Redis holds a read open. redis-py gives up a socket after five since version 8, and so did Channels'
    # own five end in an error, and no hints for a second, whenever nobody wrote for that long.
    brpop_timeout = 3

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message on the channel, as soon as there is a Redis to bring it."""
        while True:
            try:
                message: dict[str, Any] = await super().receive(channel)
                return message
            except (OSError, RedisError) as error:
                log.warning("no hints at the moment", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
