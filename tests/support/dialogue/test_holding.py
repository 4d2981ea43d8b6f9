"""Leases: a long thought is had once, a dead thinker is soon found missing, and a clock that jumps keeps no turn."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from support import clock, turn_queue
from support import conversation as log
from support.dialogue import holding, pool, turn
from support.dialogue.thinking import Memory, Mind
from support.models import Conversation, Message, Turn
from tests.serving import eventually

pytestmark = pytest.mark.django_db(transaction=True)
VISITOR, BOT = Message.Sender.VISITOR, Message.Sender.BOT
QUESTION = "How much is the delivery charge?"


def leased_until() -> datetime:
    until = Turn.objects.get().leased_until
    assert until is not None
    return until


@pytest.mark.usefixtures("knowledge")
def test_who_thinks_for_long_keeps_the_turn(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "RENEW_SECONDS", 0.05)
    think, before = Mind.think, []

    def slowly(self: Mind, text: str, memory: Memory) -> Any:
        before.append(leased_until())
        assert eventually(lambda: leased_until() > before[0])
        return think(self, text, memory)

    monkeypatch.setattr(Mind, "think", slowly)
    log.append(conversation.pk, VISITOR, QUESTION)
    turn.take_turns(conversation.pk)
    assert len(before) == 1
    assert [reply.kind for reply in Message.objects.filter(sender=BOT)] == ["answer"]  # and nothing went wrong
    assert Turn.objects.get().attempts == 1
    assert holding._held == {}


def test_who_hangs_loses_the_turn(conversation: Conversation) -> None:
    log.append(conversation.pk, VISITOR, QUESTION)
    lease = turn_queue.claim(conversation.pk)
    assert lease is not None
    with holding.held(lease):
        since = holding._held[lease.id]
        assert holding._due(since + holding.LONGEST_SECONDS - 1) == [lease.id]
        assert holding._due(since + holding.LONGEST_SECONDS) == []


def test_a_lease_that_somebody_else_took_is_not_renewed(conversation: Conversation) -> None:
    log.append(conversation.pk, VISITOR, QUESTION)
    dead = turn_queue.claim(conversation.pk)
    Turn.objects.update(leased_until=timezone.now())
    alive = turn_queue.claim(conversation.pk)
    assert dead is not None and alive is not None
    before = leased_until()
    turn_queue.renew([dead.id])
    assert leased_until() == before
    turn_queue.renew([alive.id])
    assert leased_until() > before


@pytest.fixture(params=[-1, 1], ids=["back", "forward"])
def jump(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """jump() sets the clock back, or forward, by an hour."""

    def jump() -> None:
        monkeypatch.setattr(clock, "now", lambda: timezone.now() + timedelta(hours=request.param))

    return jump


def test_a_turn_whose_thinker_died_is_found_whichever_way_the_clock_jumps(
    conversation: Conversation, jump: Any
) -> None:
    log.append(conversation.pk, VISITOR, QUESTION)
    dead = turn_queue.claim(conversation.pk)
    assert dead is not None
    jump()
    assert turn_queue.lost(clock.now()) == [conversation.pk]
    alive = turn_queue.claim(conversation.pk)
    assert alive is not None and alive.attempts == 2
    assert not turn_queue.complete(dead)
    assert turn_queue.claim(conversation.pk) is None  # the new lease is good on the new clock
    assert turn_queue.lost(clock.now()) == []
    assert turn_queue.complete(alive)


def test_a_turn_that_nobody_began_is_found_whichever_way_the_clock_jumps(conversation: Conversation, jump: Any) -> None:
    log.append(conversation.pk, VISITOR, QUESTION)
    assert turn_queue.lost(clock.now()) == []
    jump()
    assert turn_queue.lost(clock.now()) == [conversation.pk]


def test_a_clock_that_goes_back_a_little_takes_no_turn_from_who_thinks(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(conversation.pk, VISITOR, QUESTION)
    turn_queue.claim(conversation.pk)
    monkeypatch.setattr(clock, "now", lambda: timezone.now() - turn_queue.LEASE)
    assert turn_queue.claim(conversation.pk) is None
    assert turn_queue.lost(clock.now()) == []


def test_a_turn_that_was_given_back_is_left_to_who_waits_for_more_words(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = timezone.now()
    log.append(conversation.pk, VISITOR, "How long does")
    lease = turn_queue.claim(conversation.pk)
    assert lease is not None
    turn_queue.release(lease)
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=pool.LONGEST_SECONDS))
    assert turn_queue.lost(clock.now()) == []
    again = turn_queue.claim(conversation.pk)
    assert again is not None and again.attempts == 1
    turn_queue.release(again)
    monkeypatch.setattr(clock, "now", lambda: began + 3 * turn_queue.PUT_OFF)
    assert turn_queue.lost(clock.now()) == [conversation.pk]
