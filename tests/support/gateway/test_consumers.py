"""The visitor's socket: the real application and the real database, in one process."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from support import conversation as log
from support import feed
from support.dialogue import pool
from support.gateway import tokens
from support.models import Conversation, Feedback, Message, Site, Visitor
from support.wire import consumer
from tests.support.desk.sockets import Socket
from tests.support.gateway.conftest import Says

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ws/support/v1/"
BOT, VISITOR = Message.Sender.BOT, Message.Sender.VISITOR


def cid() -> str:
    return str(uuid.uuid4())


async def greet(socket: Socket, token: str, conversation: Conversation | None = None, last_seq: int = 0) -> str:
    """Say hello and hear all of it; returns the conversation's id."""
    identity = {"conversation": str(conversation.pk)} if conversation else {}
    await socket.say("hello", token=token, last_seq=last_seq, **identity)
    welcome = await socket.hear("welcome")
    await socket.hear("replay_end")
    return str(welcome["conversation"])


def seqs(socket: Socket) -> list[int]:
    return [frame["seq"] for frame in socket.frames if frame["type"] == "event"]


# --- hello ---


async def test_hello_is_answered_with_welcome_the_log_and_its_end(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one", "two")
    async with Socket(PATH) as socket:
        assert socket.subprotocol == "support.v1"
        await socket.say("hello", token=token, conversation=str(conversation.pk), last_seq=0)
        end = await socket.hear("replay_end")
    assert socket.frames[0] == {
        "type": "welcome",
        "conversation": str(conversation.pk),
        "head_seq": 2,
        "heartbeat_ms": consumer.HEARTBEAT_MS,
        "max_body": log.MAX_BODY,
    }
    assert [frame["type"] for frame in socket.frames] == ["welcome", "event", "event", "replay_end"]
    assert (seqs(socket), end["seq"]) == ([1, 2], 2)


async def test_without_a_conversation_a_new_one_begins(token: str, visitor: Visitor) -> None:
    async with Socket(PATH) as socket:
        opened = await greet(socket, token)
    assert (await Conversation.objects.aget(pk=opened)).visitor_id == visitor.pk


@pytest.mark.parametrize("owed", [True, False])
async def test_who_comes_back_and_is_owed_a_turn_does_not_wait_for_the_sweep(
    token: str, says: Says, submitted: list[UUID], owed: bool
) -> None:
    conversation = await sync_to_async(says)("one")
    if owed:
        await sync_to_async(log.append)(conversation.pk, VISITOR, "and then the server was killed")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
        await socket.say("ping")
        await socket.hear("pong")  # so hello has been handled to its end
    assert submitted == ([conversation.pk] if owed else [])


@pytest.mark.parametrize("whose", ["somebody else's", "nobody's"])
async def test_a_conversation_that_is_not_the_visitors_is_not_found(
    token: str, site: Site, says: Says, whose: str
) -> None:
    stranger = await Visitor.objects.acreate(site=site)
    theirs = (await sync_to_async(says)("a secret", owner=stranger)).pk
    async with Socket(PATH) as socket:
        await socket.say("hello", token=token, conversation=str(theirs if whose == "somebody else's" else uuid.uuid4()))
        assert (await socket.hear("error"))["code"] == "not_found"
        assert await socket.closed() == 1008
    assert seqs(socket) == []


@pytest.mark.parametrize("forged", ["", "x", "ক:খ:গ"])
async def test_a_bad_token_is_refused(forged: str) -> None:
    async with Socket(PATH) as socket:
        await socket.say("hello", token=forged)
        assert (await socket.hear("error"))["code"] == "token"
        assert await socket.closed() == 4401


async def test_who_says_nothing_is_shown_out(fast_tick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "HELLO_SECONDS", 0)
    async with Socket(PATH) as socket:
        assert await socket.closed() == 1008  # not 4401: the token was never seen, and the client keeps it


async def test_hello_comes_first_and_once(token: str) -> None:
    async with Socket(PATH) as socket:
        await socket.say("send", cid=cid(), body="too early")
        assert (await socket.hear("error"))["code"] == "frame"
        await greet(socket, token)
        await socket.say("hello", token=token)
        assert (await socket.hear("error"))["code"] == "frame"
    assert not await Message.objects.aexists()


@pytest.mark.parametrize("offered", [[], ["support.v2"], ["graphql-ws"]])
async def test_another_subprotocol_is_refused(offered: list[str]) -> None:
    async with Socket(PATH, subprotocols=offered) as socket:
        assert socket.subprotocol is None
        assert await socket.closed() == 1008


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", ""])
async def test_a_foreign_or_malformed_origin_is_refused(site: Site, origin: str) -> None:
    async with Socket(PATH, origin=origin) as socket:
        assert await socket.closed() == 1008


@pytest.mark.parametrize("origin", [None, "http://localhost", "https://shapla.example"])
async def test_no_origin_ours_and_the_sites_are_let_in(token: str, origin: str | None) -> None:
    async with Socket(PATH, origin=origin) as socket:
        await greet(socket, token)


async def test_another_sites_origin_opens_nothing_here(token: str) -> None:
    await Site.objects.acreate(key="b", name_en="B", name_bn="B", allowed_origins=["https://b.example"])
    async with Socket(PATH, origin="https://b.example") as socket:
        await socket.say("hello", token=token)
        assert await socket.closed() == 1008


# --- send ---


async def test_accepted_means_that_it_is_in_the_database(token: str, submitted: list[UUID]) -> None:
    mine = cid()
    async with Socket(PATH) as socket:
        conversation = await greet(socket, token)
        await socket.say("send", cid=mine, body=" ডেলিভারি চার্জ কত? ")
        accepted = await socket.hear("accepted")
        stored = await Message.objects.select_related("turn").aget(conversation=UUID(conversation))
        assert (stored.body, stored.sender, str(stored.cid)) == ("ডেলিভারি চার্জ কত?", VISITOR, mine)
        assert (accepted["cid"], accepted["seq"], accepted["id"]) == (mine, 1, stored.pk)
        assert accepted["duplicate"] is False and accepted["at"].endswith("Z")
        event = await socket.know("event", lambda frame: frame["seq"] == 1)
        assert (event["from"], event["cid"], event["id"]) == ("visitor", mine, stored.pk)
    assert submitted == [UUID(conversation)]
    assert stored.turn.done_at is None


async def test_the_same_cid_is_the_same_message_on_any_connection(token: str) -> None:
    mine, answers, conversation = cid(), [], None
    for _ in range(2):
        async with Socket(PATH) as socket:
            opened = await greet(socket, token, conversation)
            conversation = await Conversation.objects.aget(pk=opened)
            for _ in range(2):
                await socket.say("send", cid=mine, body="একই কথা")
                answers.append(await socket.hear("accepted"))
    assert [answer["duplicate"] for answer in answers] == [False, True, True, True]
    assert len({answer["id"] for answer in answers}) == await Message.objects.acount() == 1


async def test_the_same_cid_with_another_body_is_a_conflict(token: str) -> None:
    mine = cid()
    async with Socket(PATH) as socket:
        await greet(socket, token)
        await socket.say("send", cid=mine, body="one")
        await socket.hear("accepted")
        await socket.say("send", cid=mine, body="two")
        error = await socket.hear("error")
    assert (error["code"], error["cid"]) == ("conflict", mine)


@pytest.mark.parametrize("body", ["", " \n ", "\x00", "x" * (log.MAX_BODY + 1)])
async def test_a_body_must_hold_something_and_fit(token: str, body: str) -> None:
    mine = cid()
    async with Socket(PATH) as socket:
        await greet(socket, token)
        await socket.say("send", cid=mine, body=body)
        error = await socket.hear("error")
        assert (error["code"], error["cid"]) == ("body", mine)
        await socket.say("send", cid=mine, body="better")
        await socket.hear("accepted")


async def test_who_sends_too_fast_is_told_when_to_go_on(token: str) -> None:
    async with Socket(PATH) as socket:
        await greet(socket, token)
        for _ in range(12):
            await socket.say("send", cid=cid(), body="again")
        last = cid()
        await socket.say("send", cid=last, body="too much")
        error = await socket.hear("error")
        assert (error["code"], error["cid"]) == ("rate", last)
        assert 0 < error["retry_ms"] <= 2000
    assert await Message.objects.acount() == 12


async def test_what_cannot_be_answered_in_time_is_not_accepted(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = cid()
    async with Socket(PATH) as socket:
        await greet(socket, token)
        with monkeypatch.context() as full:
            full.setattr(pool, "BACKLOG", 0)
            await socket.say("send", cid=mine, body="hello")
            error = await socket.hear("error")
            assert (error["code"], error["cid"], error["retry_ms"] > 0) == ("overload", mine, True)
            assert not await Message.objects.aexists()
        await socket.say("send", cid=mine, body="hello")
        assert (await socket.hear("accepted"))["duplicate"] is False


async def test_while_too_much_is_owed_nobody_new_is_let_in(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "BACKLOG", 0)
    async with Socket(PATH) as socket:
        bye = await socket.hear("bye")
        assert (bye["reason"], bye["retry_ms"] > 0) == ("overload", True)
        assert await socket.closed() == 1013


async def test_a_flood_of_frames_ends_the_socket(token: str) -> None:
    async with Socket(PATH) as socket:
        await greet(socket, token)
        for _ in range(80):
            await socket.say("ping")
        bye = await socket.hear("bye")
        assert (bye["reason"], bye["retry_ms"] > 0) == ("rate", True)
        assert await socket.closed() == 4429


async def test_a_database_error_is_said_and_survived(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    mine = cid()
    async with Socket(PATH) as socket:
        await greet(socket, token)
        with monkeypatch.context() as broken:
            broken.setattr(log, "append", fails)
            await socket.say("send", cid=mine, body="hello")
            error = await socket.hear("error")
            assert (error["code"], error["cid"], error["retry_ms"] > 0) == ("unavailable", mine, True)
        await socket.say("send", cid=mine, body="hello")
        assert (await socket.hear("accepted"))["duplicate"] is False


async def test_who_comes_while_the_database_is_away_is_asked_to_come_back(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_token: str) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(tokens, "read", fails)
    async with Socket(PATH) as socket:
        await socket.say("hello", token=token)
        assert (await socket.hear("bye"))["retry_ms"] > 0
        assert await socket.closed() == 1013


# --- everything else that a client says ---


async def test_ping_is_answered(token: str) -> None:
    async with Socket(PATH) as socket:
        await greet(socket, token)
        await socket.say("ping")
        assert await socket.hear("pong") == {"type": "pong"}


async def test_who_misses_three_heartbeats_is_gone(
    token: str, fast_tick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Socket(PATH) as socket:
        await greet(socket, token)
        monkeypatch.setattr(consumer, "HEARTBEAT_MS", 1)
        assert await socket.closed() == 1008


async def test_typing_is_shown_to_the_other_side_only(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)()
    async with Socket(PATH) as one, Socket(PATH) as other:
        await greet(one, token, conversation)
        await greet(other, token, conversation)
        await one.say("typing")
        await feed.typing(conversation.pk, "agent")
        assert await other.hear("typing") == {"type": "typing", "who": "agent"}
        assert [frame["who"] for frame in other.frames if frame["type"] == "typing"] == ["agent"]


async def test_typing_is_passed_on_twice_and_then_not_so_often(
    token: str, says: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    async def typing(_conversation_id: UUID, who: str) -> None:
        told.append(who)

    monkeypatch.setattr(feed, "typing", typing)
    async with Socket(PATH) as socket:
        await greet(socket, token)
        for _ in range(20):
            await socket.say("typing")
        await socket.say("ping")
        await socket.hear("pong")
    assert told == ["visitor", "visitor"]


async def test_feedback_is_kept(token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("did this help?")
    async with Socket(PATH) as socket:
        await greet(socket, token, conversation)
        message = (await Message.objects.aget()).pk
        for value in (-1, 1):
            await socket.say("feedback", message=message, value=value)
        await socket.say("feedback", message=message + 1, value=1)
        assert (await socket.hear("error"))["code"] == "not_found"
    assert (await Feedback.objects.aget(message=message)).value == 1


async def test_each_bad_frame_is_answered_and_the_third_is_the_last(token: str) -> None:
    async with Socket(PATH) as socket:
        await greet(socket, token)
        for bad in ("{", b"\x00\x01", '{"type":"ping","x":1}'):
            await socket.say_raw(bad)
            assert (await socket.hear("error"))["code"] == "frame"
        assert await socket.closed() == 1008


async def test_a_frame_that_is_too_big_ends_the_socket(token: str) -> None:
    async with Socket(PATH) as socket:
        await greet(socket, token)
        await socket.say_raw('{"type":"send","cid":"' + cid() + '","body":"' + "ক" * 6000 + '"}')
        assert (await socket.hear("error"))["code"] == "too_big"
        assert await socket.closed() == 1009
