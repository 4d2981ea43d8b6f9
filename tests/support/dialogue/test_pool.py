"""Turns beside the event loop: asked for without waiting, heard of in the loop, never without bound."""

from __future__ import annotations

import asyncio

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from support import conversation as log
from support import feed, turn_queue
from support.dialogue import pool
from support.models import Conversation, Message

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("knowledge")]


@database_sync_to_async
def visitor_says(conversation: Conversation, body: str) -> None:
    log.append(conversation.pk, Message.Sender.VISITOR, body)


@database_sync_to_async
def replies_in(conversation: Conversation) -> list[str]:
    return [message.kind for message in log.read(conversation.pk, 0) if message.sender == Message.Sender.BOT]


async def settled() -> None:
    """All turns that were asked for are taken."""
    await asyncio.gather(*pool._tasks)


async def test_a_turn_is_taken_and_the_loop_hears_of_it(conversation: Conversation) -> None:
    await visitor_says(conversation, "How much is the delivery charge?")
    layer = get_channel_layer()
    socket = await layer.new_channel()
    await layer.group_add(feed.conversation_group(conversation.pk), socket)
    pool.submit(conversation.pk)
    heard = [(await layer.receive(socket))["type"] for _ in range(2)]
    assert heard == ["conversation.typing", "conversation.moved"]
    await settled()
    assert await replies_in(conversation) == ["answer"]


async def test_what_the_backlog_does_not_hold_is_left_to_the_sweep(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "BACKLOG", 2)
    await visitor_says(conversation, "How much is the delivery charge?")
    for _ in range(10):
        pool.submit(conversation.pk)
    assert len(pool._tasks) == 2
    await settled()
    assert await replies_in(conversation) == ["answer"]


async def test_a_turn_that_fails_is_logged_and_the_next_one_taken(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await visitor_says(conversation, "How much is the delivery charge?")
    with monkeypatch.context() as patch:
        patch.setattr(turn_queue, "claim", lambda _: 1 / 0)
        pool.submit(conversation.pk)
        await settled()
    assert await replies_in(conversation) == []
    pool.submit(conversation.pk)
    await settled()
    assert await replies_in(conversation) == ["answer"]


async def test_half_a_question_waits_for_the_other_half(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "QUIET_SECONDS", 3600)  # the other half ends the wait, no clock does
    monkeypatch.setattr(pool, "LONGEST_SECONDS", 3600)
    given_back = asyncio.Event()
    release, loop = turn_queue.release, asyncio.get_running_loop()

    def listen(lease: turn_queue.Lease) -> None:
        release(lease)
        loop.call_soon_threadsafe(given_back.set)

    monkeypatch.setattr(turn_queue, "release", listen)
    await visitor_says(conversation, "How long does")
    pool.submit(conversation.pk)
    (first,) = pool._tasks
    await given_back.wait()
    await visitor_says(conversation, "a refund take?")
    pool.submit(conversation.pk)
    (second,) = pool._tasks - {first}
    await second
    assert await replies_in(conversation) == ["answer"]
    first.cancel()


async def test_half_a_question_is_answered_after_a_while_of_quiet(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "QUIET_SECONDS", 0.1)
    await visitor_says(conversation, "who is the president of Mars")
    pool.submit(conversation.pk)
    pool.typing(conversation.pk)
    assert pool._quiet_from[conversation.pk] > asyncio.get_running_loop().time() + pool.QUIET_SECONDS
    pool._quiet_from[conversation.pk] = 0.0
    await settled()
    assert await replies_in(conversation) == ["clarify"]
    assert not pool._quiet_from
    pool.typing(conversation.pk)  # nobody waits, so nothing is kept
    assert not pool._quiet_from
