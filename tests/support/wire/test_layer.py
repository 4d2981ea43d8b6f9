"""The Redis layer of hints."""

from __future__ import annotations

import asyncio

import pytest
from channels_redis.core import RedisChannelLayer

from support.wire.layer import HintLayer

pytestmark = pytest.mark.redis


async def test_a_quiet_layer_is_not_a_broken_one(redis_url: str) -> None:
    layer = HintLayer(hosts=[redis_url])
    channel = await layer.new_channel()
    with pytest.raises(TimeoutError):  # ours, and not the one of redis-py
        await asyncio.wait_for(RedisChannelLayer.receive(layer, channel), 6)
    await layer.close_pools()
