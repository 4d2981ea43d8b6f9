"""Events in order, without a gap, each once on a socket, whatever becomes of the hints; and sockets in numbers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from support import conversation as log
from support import feed
from support.gateway import limits
from support.gateway.consumers import VisitorConsumer
from support.models import Conversation, Message
from support.wire import consumer, room, watch
from tests.support.desk.sockets import Socket
from tests.support.gateway.conftest import Says
from tests.support.gateway.test_consumers import PATH, cid, greet, seqs

pytestmark = pytest.mark.django_db(transaction=True)
BOT = Message.Sender.BOT


async def say(conversation: Conversation, *bodies: str) -> None:
    for body in bodies:
        await sync_to_async(log.append)(conversation.pk, BOT, body)


def fill(conversation: Conversation, count: int) -> None:
    """A long history, in one go."""
    messages = [Message(conversation=conversation, seq=seq, sender=BOT, body=str(seq)) for seq in range(1, count + 1)]
    Message.objects.bulk_create(messages)
    Conversation.objects.filter(pk=conversation.pk).update(head_seq=count)


async def test_who_comes_back_gets_what_was_missed_and_no_more(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one", "two")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
    await say(conversation, "three", "four")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation, last_seq=2)
        await say(conversation, "five")
        await socket.hear("event", lambda frame: frame["seq"] == 5)
    assert seqs(socket) == [3, 4, 5]


async def test_a_last_seq_from_the_future_hides_nothing(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation, last_seq=1000)
        await say(conversation, "two")
        assert (await socket.hear("event"))["seq"] == 2


async def test_what_is_said_while_a_visitor_comes_back_is_heard_once(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one")
    async with Socket(PATH) as socket:
        talking = asyncio.create_task(say(conversation, *map(str, range(2, 21))))
        await greet(socket, token, conversation)
        await talking
        await socket.know("event", lambda frame: frame["seq"] == 20)
    assert seqs(socket) == list(range(1, 21))


@pytest.mark.parametrize("hints", ["lost", "tenfold"])
async def test_hints_may_be_lost_or_come_too_often(
    token: str, says: Says, fast_tick: None, monkeypatch: pytest.MonkeyPatch, hints: str
) -> None:
    send = feed._group_send

    async def unreliable(group: str, event: dict[str, str]) -> None:
        for _ in range({"lost": 0, "tenfold": 10}[hints]):
            await send(group, event)

    monkeypatch.setattr(feed, "_group_send", unreliable)
    conversation = await sync_to_async(says)()
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
        await say(conversation, *map(str, range(1, 31)))
        await socket.know("event", lambda frame: frame["seq"] == 30)
        await socket.say("ping")
        await socket.hear("pong")
    assert seqs(socket) == list(range(1, 31))


async def test_two_tabs_hear_the_same(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)()
    async with Socket(PATH) as one, Socket(PATH) as other:
        await greet(one, token, conversation)
        await greet(other, token, conversation)
        for socket, body in ((one, "from one"), (other, "from the other")):
            await socket.say("send", cid=cid(), body=body)
            await socket.hear("accepted")
        for socket in (one, other):
            await socket.know("event", lambda frame: frame["seq"] == 2)
            bodies = [frame["body"] for frame in socket.frames if frame["type"] == "event"]
            assert bodies == ["from one", "from the other"]


async def test_a_long_history_comes_in_pages_as_fast_as_it_is_acknowledged(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)()
    total = 2 * consumer.UNACKED + 50
    await sync_to_async(fill)(conversation, total)
    async with Socket(PATH) as socket:
        await socket.say("hello", token=token, conversation=str(conversation.pk))
        assert (await socket.hear("replay_end"))["seq"] == consumer.UNACKED
        await say(conversation, "live")  # it waits its turn
        await socket.say("ping")
        await socket.hear("pong")
        assert seqs(socket)[-1] == consumer.UNACKED
        for upto in (2 * consumer.UNACKED, total + 1):
            await socket.say("ack", seq=seqs(socket)[-1])
            await socket.know("event", lambda frame, upto=upto: frame["seq"] == upto)  # type: ignore[misc]
    assert seqs(socket) == list(range(1, total + 2))


async def test_an_ack_of_what_was_not_sent_makes_no_room(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)()
    await sync_to_async(fill)(conversation, 3 * consumer.UNACKED)
    async with Socket(PATH) as socket:
        await socket.say("hello", token=token, conversation=str(conversation.pk))
        await socket.hear("replay_end")
        await socket.say("ack", seq=2**31 - 1)
        await socket.know("event", lambda frame: frame["seq"] == 2 * consumer.UNACKED)
        await socket.say("ping")
        await socket.hear("pong")
    assert seqs(socket)[-1] == 2 * consumer.UNACKED


async def test_resume_says_it_again_from_there(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one", "two", "three")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
        await socket.say("resume", after=1)
        assert (await socket.hear("replay_end"))["seq"] == 3
    assert seqs(socket) == [1, 2, 3, 2, 3]


async def test_who_resumes_without_end_has_to_connect_again(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
        for _ in range(consumer.MAX_RESUMES + 1):
            await socket.say("resume", after=0)
        assert (await socket.hear("bye"))["reason"] == "resumes"
        assert await socket.closed() == 4429
    assert len(seqs(socket)) == 1 + consumer.MAX_RESUMES


async def test_a_resume_from_the_future_hides_nothing(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
        await socket.say("resume", after=99)
        await socket.hear("replay_end")
        await say(conversation, "two")
        assert (await socket.hear("event"))["seq"] == 2


# --- numbers ---


async def test_a_visitor_has_so_many_tabs_and_no_more(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_SOCKETS_OF_VISITOR", 2)
    async with Socket(PATH) as one, Socket(PATH) as two, Socket(PATH) as three:
        await greet(one, token)
        await greet(two, token)
        await three.say("hello", token=token)
        assert (await three.hear("bye"))["reason"] == "tabs"
        assert await three.closed() == 4429
    async with Socket(PATH) as again:  # the others left
        await greet(again, token)


@pytest.mark.parametrize(("limit", "code"), [("MAX_SOCKETS_OF_ADDRESS", 4429), ("MAX_SOCKETS", 1013)])
async def test_an_address_and_a_process_hold_so_many(monkeypatch: pytest.MonkeyPatch, limit: str, code: int) -> None:
    monkeypatch.setattr(room, limit, 1)
    async with Socket(PATH), Socket(PATH) as other:
        assert (await other.hear("bye"))["retry_ms"] > 0
        assert await other.closed() == code


async def test_who_begins_conversations_without_end_has_to_wait(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(20):
        async with Socket(PATH) as socket:
            await greet(socket, token)
    async with Socket(PATH) as socket:
        await socket.say("hello", token=token)
        assert (await socket.hear("bye"))["retry_ms"] > 0
        assert await socket.closed() == 4429
    assert await Conversation.objects.acount() == 20


async def test_a_fault_of_ours_costs_a_retry_and_not_the_socket(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(_self: object, frame: Any) -> None:
        raise ZeroDivisionError(frame.body)

    monkeypatch.setattr(VisitorConsumer, "on_send", breaks)
    async with Socket(PATH) as socket:
        await greet(socket, token)
        name = cid()
        await socket.say("send", cid=name, body="my secret words")
        error = await socket.hear("error")
        assert (error["code"], error["cid"], error["retry_ms"] > 0) == ("internal", name, True)
        await socket.say("ping")
        assert await socket.hear("pong")
    assert not watch.sockets


async def test_a_stop_of_the_server_is_said_to_all(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "stopping", False)  # and it is so again afterwards
    async with Socket(PATH) as one, Socket(PATH) as other:
        await greet(one, token)
        await watch.say_goodbye()
        async with Socket(PATH) as late:
            for socket in (one, other, late):
                bye = await socket.hear("bye")
                assert (bye["reason"], bye["retry_ms"] > 0) == ("restart", True)
                assert await socket.closed() == 1012
