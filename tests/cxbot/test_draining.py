"""Draining: readiness goes first, sockets are told, turns that were begun get a moment. A real stop is in e2e."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.test import AsyncClient

from cxbot import draining
from support.dialogue import pool, turn
from support.wire import watch

pytestmark = pytest.mark.django_db(transaction=True)


class Turns:
    """Turns that last until they are released."""

    def __init__(self) -> None:
        self.begun: list[UUID] = []
        self.begins, self.released = threading.Event(), threading.Event()

    def take(self, conversation_id: UUID, _on_thinking: Callable[[], None], *, patient: bool = False) -> bool:
        self.begun.append(conversation_id)
        self.begins.set()
        self.released.wait(60)
        return False


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[Turns]:
    turns, executor = Turns(), ThreadPoolExecutor(1)
    monkeypatch.setattr(turn, "take_turns", turns.take)
    monkeypatch.setattr(pool, "_pool", executor)
    monkeypatch.setattr(watch, "stopping", False)  # and it is so again afterwards
    yield turns
    turns.released.set()
    executor.shutdown()


async def readiness() -> tuple[int, str]:
    answer = await AsyncClient().get("/readyz")
    return answer.status_code, answer.json()["status"]


async def test_while_a_turn_is_finished_the_process_is_not_ready_and_begins_no_other(turns: Turns) -> None:
    first, second, third = uuid4(), uuid4(), uuid4()
    pool.submit(first)
    await asyncio.to_thread(turns.begins.wait)
    pool.submit(second)  # there is one thread
    begun = asyncio.create_task(draining.drain())
    while not watch.stopping:
        await asyncio.sleep(0)
    pool.submit(third)
    assert await readiness() == (503, "stopping")
    assert not begun.done()
    turns.released.set()
    await begun
    assert turns.begun == [first]


async def test_a_turn_that_does_not_end_keeps_no_process(turns: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "DRAIN_SECONDS", 0.1)
    pool.submit(uuid4())
    await asyncio.to_thread(turns.begins.wait)
    await draining.drain()
    assert not turns.released.is_set()
