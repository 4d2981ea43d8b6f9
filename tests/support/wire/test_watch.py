"""The tick: one query for all sockets, and nothing that a bad database can stop for good."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID, uuid4

import pytest
from asgiref.sync import sync_to_async
from django.db import InterfaceError
from pytest_django import DjangoAssertNumQueries

from support import conversation as log
from support.models import Conversation, Message, Site, Visitor
from support.wire import watch

pytestmark = pytest.mark.django_db(transaction=True)


class Listener:
    """A socket that keeps what it is told."""

    def __init__(self, conversation_id: UUID | None) -> None:
        self.conversation_id = conversation_id
        self.heads: asyncio.Queue[int] = asyncio.Queue()
        self.ticks: asyncio.Queue[float] = asyncio.Queue()

    def tick(self, now: float) -> None:
        self.ticks.put_nowait(now)

    def head_is(self, seq: int) -> None:
        self.heads.put_nowait(seq)

    async def restart(self) -> None:
        self.heads.put_nowait(-1)


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "TICK_SECONDS", 0.01)


@pytest.fixture
def conversation() -> Conversation:
    site = Site.objects.create(key="shop", name_en="Shop", name_bn="দোকান")
    return log.open_for(Visitor.objects.create(site=site))


async def test_who_missed_a_hint_is_told_the_newest_message(conversation: Conversation) -> None:
    listener = Listener(conversation.pk)
    watch.join(listener)
    try:
        await sync_to_async(log.append)(conversation.pk, Message.Sender.VISITOR, "hello")
        async with asyncio.timeout(10):
            while await listener.heads.get() != 1:
                pass
    finally:
        watch.leave(listener)


async def test_a_database_that_fails_stops_neither_the_clock_nor_the_next_look(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_ids: Collection[UUID]) -> dict[UUID, int]:
        raise InterfaceError("connection already closed")

    listener = Listener(conversation.pk)
    with monkeypatch.context() as broken:
        broken.setattr(watch, "_heads", fails)
        watch.join(listener)
        async with asyncio.timeout(10):
            for _ in range(3):
                await listener.ticks.get()
    try:
        async with asyncio.timeout(10):
            assert await listener.heads.get() == 0
    finally:
        watch.leave(listener)


async def test_who_left_hears_no_more(conversation: Conversation) -> None:
    listener = Listener(conversation.pk)
    watch.join(listener)
    watch.leave(listener)
    assert listener not in watch.sockets


def test_one_query_serves_many_conversations(
    conversation: Conversation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [log.open_for(conversation.visitor).pk for _ in range(20)]
    with django_assert_num_queries(1):
        heads = watch._heads([conversation.pk, *others, uuid4()])
    assert set(heads) == {conversation.pk, *others}
