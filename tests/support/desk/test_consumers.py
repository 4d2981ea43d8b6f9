"""The agent's socket, with the real consumer and a real database."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from support import conversation as log
from support.desk.consumers import AgentConsumer
from support.gateway import tokens
from support.handoff import tickets
from support.models import Agent, Conversation, Message, Site, Ticket, Turn
from support.wire import room
from tests.support.desk.conftest import Waits
from tests.support.desk.sockets import Socket, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
DESK = "/ws/desk/v1/"


def rows(frame: dict[str, Any]) -> dict[int, str]:
    return {row["id"]: row["section"] for row in frame.get("tickets", [])}


@pytest.fixture
def ticket(waits: Waits) -> Ticket:
    return waits("Amar refund koi?", "Manusher sathe kotha bolbo")


async def test_a_reply_reaches_the_visitors_socket_and_the_bot_has_the_conversation_again(
    rahima: User, site: Site, waits: Waits
) -> None:
    token = await sync_to_async(tokens.mint)(site.key, "Nadia")
    ticket = await sync_to_async(waits)("Amar refund koi?", "person", visitor=await sync_to_async(tokens.read)(token))
    async with Socket("/ws/support/v1/") as theirs, Socket(DESK, await sign_in(rahima)) as hers:
        await theirs.say("hello", token=token, conversation=str(ticket.conversation_id), last_seq=0)
        await theirs.hear("replay_end")
        await hers.say("hello", ticket=ticket.pk)
        assert [await hers.hear("event") for _ in range(2)][0]["body"] == "Amar refund koi?"
        await hers.say("claim", ticket=ticket.pk)
        state = await hers.hear("ticket", lambda frame: frame["status"] == "claimed")
        assert state["mine"] and state["agent"] == "Rahima"

        await hers.say("send", cid=str(uuid.uuid4()), body="দেখছি, এক মিনিট")
        await hers.hear("accepted")
        heard = await theirs.hear("event", lambda frame: frame["from"] == "agent")
        assert (heard["body"], heard["name"]) == ("দেখছি, এক মিনিট", "Rahima")

        await hers.say("typing")
        assert (await theirs.hear("typing"))["who"] == "agent"
        await theirs.say("typing")
        assert (await hers.hear("typing"))["who"] == "visitor"

        await hers.say("resolve")
        await hers.hear("ticket", lambda frame: frame["status"] == "resolved")
        conversation = await Conversation.objects.aget(pk=ticket.conversation_id)
        assert conversation.handler == Conversation.Handler.BOT


async def test_the_second_claimer_is_told_who_has_it(rahima: User, karim: User, ticket: Ticket) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers, Socket(DESK, await sign_in(karim)) as his:
        for socket in (hers, his):
            await socket.say("hello", ticket=ticket.pk)
            await socket.hear("replay_end")
        await hers.say("claim", ticket=ticket.pk)
        await hers.hear("ticket", lambda frame: frame["status"] == "claimed")
        await his.say("claim", ticket=ticket.pk)
        error = await his.hear("error")
        assert (error["code"], error["by"]) == ("claimed", "Rahima")
        state = await his.know("ticket", lambda frame: frame["status"] == "claimed")
        assert state["agent"] == "Rahima" and not state.get("mine")


async def test_a_reply_without_a_claim_is_refused(rahima: User, ticket: Ticket) -> None:
    cid = str(uuid.uuid4())
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello", ticket=ticket.pk)
        await hers.hear("replay_end")
        await hers.say("send", cid=cid, body="Hello?")
        error = await hers.hear("error")
    assert error["cid"] == cid and error["code"] == "not_yours"
    assert not await Message.objects.filter(sender="agent").aexists()


async def test_the_same_cid_is_one_message(rahima: User, ticket: Ticket) -> None:
    await sync_to_async(tickets.claim)(ticket.pk, rahima)
    cid = str(uuid.uuid4())
    client = await sign_in(rahima)
    seqs = []
    for duplicate in (False, True):  # on two connections, as after a reconnect
        async with Socket(DESK, client) as hers:
            await hers.say("hello", ticket=ticket.pk)
            await hers.hear("replay_end")
            await hers.say("send", cid=cid, body="একই কথা")
            accepted = await hers.hear("accepted")
            assert accepted["duplicate"] is duplicate
            seqs.append(accepted["seq"])
    assert seqs[0] == seqs[1]
    assert await Message.objects.filter(cid=cid).acount() == 1


async def test_who_reconnects_gets_what_was_missed_and_no_more(rahima: User, ticket: Ticket) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello", ticket=ticket.pk, last_seq=1)
        end = await hers.hear("replay_end")
    assert [frame["seq"] for frame in hers.frames if frame["type"] == "event"] == [2]
    assert end["seq"] == 2


@pytest.mark.parametrize("who", ["nobody", "visitor", "staff"])
async def test_who_is_no_agent_is_refused(ticket: Ticket, who: str) -> None:
    client: Client | None = None
    if who != "nobody":
        user = await sync_to_async(User.objects.create_user)("someone", is_staff=who == "staff")
        client = await sign_in(user)
    async with Socket(DESK, client) as theirs:
        assert await theirs.closed() == 4401


async def test_another_origin_is_refused(rahima: User) -> None:
    async with Socket(DESK, await sign_in(rahima), origin="https://evil.example") as theirs:
        assert not theirs.connected


async def test_an_address_has_so_many_desks_and_no_more(rahima: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_SOCKETS_OF_ADDRESS", 1)
    cookies = await sign_in(rahima)
    async with Socket(DESK, cookies), Socket(DESK, cookies) as other:
        assert (await other.hear("bye"))["reason"] == "rate"
        assert await other.closed() == 4429


async def test_a_watcher_sees_and_may_not_act(ticket: Ticket) -> None:
    watcher = await sync_to_async(User.objects.create_user)("watcher", is_staff=True)
    await watcher.user_permissions.aadd(await Permission.objects.aget(codename="view_ticket"))
    async with Socket(DESK, await sign_in(watcher)) as theirs:
        await theirs.say("hello", ticket=ticket.pk)
        assert (await theirs.hear("welcome"))["agent"] is None
        await theirs.hear("replay_end")
        for type_, fields in (
            ("claim", {"ticket": ticket.pk}),
            ("send", {"cid": str(uuid.uuid4()), "body": "x"}),
            ("resolve", {}),
            ("away", {"value": True}),
        ):
            await theirs.say(type_, **fields)
            assert (await theirs.hear("error"))["code"] == "not_agent"


async def test_the_inbox_is_live(rahima: User, karim: User, ticket: Ticket) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers, Socket(DESK, await sign_in(karim)) as his:
        for socket in (hers, his):
            await socket.say("hello")
            assert rows(await socket.hear("inbox")) == {ticket.pk: "open"}
        await his.say("claim", ticket=ticket.pk)
        assert rows(await hers.hear("inbox")) == {ticket.pk: "others"}
        await his.hear("inbox", lambda frame: rows(frame) == {ticket.pk: "mine"})


async def test_what_no_hint_told_is_found_on_the_slow_tick(
    rahima: User, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AgentConsumer, "SLOW_SECONDS", 0.0)
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello")
        await hers.hear("inbox")
        await Ticket.objects.filter(pk=ticket.pk).aupdate(status="resolved", resolved_at=timezone.now())
        assert rows(await hers.hear("inbox")) == {ticket.pk: "resolved"}


async def test_what_the_bot_understood_comes_when_the_turn_is_done(rahima: User, ticket: Ticket) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello", ticket=ticket.pk)
        await hers.hear("replay_end")
        assert not any(frame["type"] == "understood" for frame in hers.frames)
        found = {"language": "bn-Latn", "sentiment": "negative", "upset": 0.8, "decision": "escalate"}
        await Turn.objects.filter(message=ticket.message).aupdate(
            done_at=timezone.now(), candidates=[{"article": "refund", "confidence": 0.4}], **found
        )
        frame = await hers.hear("understood")
    assert (frame["seq"], frame["language"], frame["upset"]) == (2, "bn-Latn", True)
    assert frame["candidates"] == [{"article": "refund", "question": "refund", "confidence": 0.4}]


async def test_a_socket_whose_session_ended_is_closed(
    rahima: User, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AgentConsumer, "SLOW_SECONDS", 0.0)
    client = await sign_in(rahima)
    async with Socket(DESK, client) as hers:
        await hers.say("hello")
        await hers.hear("inbox")
        await sync_to_async(client.logout)()
        assert await hers.closed() == 4401


async def test_an_agent_who_is_dismissed_loses_the_desk_at_the_next_look(
    rahima: User, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AgentConsumer, "SLOW_SECONDS", 0.0)
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello")
        await hers.hear("inbox")
        await User.objects.filter(pk=rahima.pk).aupdate(is_active=False)
        assert await hers.closed() == 4401


async def test_an_open_desk_is_presence_and_away_is_the_agents_own_switch(rahima: User) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers, Socket(DESK, await sign_in(rahima)) as other_tab:
        for socket in (hers, other_tab):
            await socket.say("hello")
            await socket.hear("inbox")
        agent = await Agent.objects.aget(user=rahima)
        assert agent.last_seen_at is not None and not agent.is_away
        await hers.say("away", value=True)
        assert (await hers.hear("presence"))["away"] is True
    assert (await Agent.objects.aget(user=rahima)).is_away


async def test_a_ticket_that_never_was_is_an_error_and_no_end(rahima: User) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello", ticket=12345)
        assert (await hers.hear("error"))["code"] == "not_found"
        await hers.say("hello")
        await hers.hear("welcome")


@pytest.mark.parametrize(
    "fields",
    [{"type": "send", "cid": "x", "body": 1}, {"type": "claim", "ticket": 0}, {"type": "claim", "ticket": 2**70}, {}],
)
async def test_a_frame_that_is_none_is_answered_and_survived(rahima: User, fields: dict[str, Any]) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello")
        await hers.hear("inbox")
        await hers.say(**({"type_": fields.pop("type", "nonsense")} | fields))
        assert (await hers.hear("error"))["code"] == "frame"
        await hers.say("ping")
        await hers.hear("pong")


async def test_the_log_is_said_in_order_whatever_comes_at_once(rahima: User, ticket: Ticket) -> None:
    async with Socket(DESK, await sign_in(rahima)) as hers:
        await hers.say("hello", ticket=ticket.pk)
        await hers.hear("replay_end")
        for n in range(20):
            await sync_to_async(log.append)(ticket.conversation_id, Message.Sender.VISITOR, f"message {n}")
        await hers.hear("event", lambda frame: frame["seq"] == 22)
    assert [frame["seq"] for frame in hers.frames if frame["type"] == "event"] == list(range(1, 23))
