"""The same three actions over HTTP, under the same rules."""

from __future__ import annotations

import json
import uuid
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import AsyncClient

from support import conversation as log
from support.dialogue import pool
from support.gateway import tokens
from support.models import Conversation, Message, Site, Visitor
from support.wire.frames import MAX_FRAME
from tests.support.desk.sockets import Socket
from tests.support.gateway.conftest import Says
from tests.support.gateway.test_consumers import PATH, cid, greet

pytestmark = pytest.mark.django_db(transaction=True)
SESSION, MESSAGES = "/api/support/v1/session", "/api/support/v1/messages"


@pytest.fixture
def client() -> AsyncClient:
    return AsyncClient(enforce_csrf_checks=True)


async def post(client: AsyncClient, path: str, data: Any, token: str = "", **headers: str) -> Any:
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = data if isinstance(data, bytes) else json.dumps(data)
    return await client.post(path, body, content_type="application/json", headers=headers)


async def read(client: AsyncClient, token: str, **query: Any) -> Any:
    return await client.get(MESSAGES, query, headers={"authorization": f"Bearer {token}"})


def error(response: Any) -> tuple[int, str]:
    answer = json.loads(response.content)
    assert answer["type"] == "error"
    return response.status_code, answer["code"]


# --- session ---


async def test_a_session_is_a_token_of_a_new_visitor(client: AsyncClient, site: Site) -> None:
    response = await post(client, SESSION, {"site": site.key, "name": "নাদিয়া"})
    assert response.status_code == 201
    visitor = await sync_to_async(tokens.read)(json.loads(response.content)["token"])
    assert (visitor.site, visitor.name) == (site, "নাদিয়া")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://["])
async def test_another_page_gets_no_session(client: AsyncClient, site: Site, origin: str) -> None:
    assert error(await post(client, SESSION, {"site": site.key}, origin=origin)) == (404, "not_found")
    assert not await Visitor.objects.aexists()


@pytest.mark.parametrize("origin", ["https://shapla.example", "http://testserver"])
async def test_the_sites_page_and_ours_get_one(client: AsyncClient, site: Site, origin: str) -> None:
    assert (await post(client, SESSION, {"site": site.key}, origin=origin)).status_code == 201


async def test_a_site_that_is_not_there_has_none(client: AsyncClient) -> None:
    assert error(await post(client, SESSION, {"site": "nowhere"})) == (404, "not_found")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 9000,
        b'{"site":1}',
        b'{"site":"shapla","admin":true}',
        b'{"site":"shapla","name":"' + b"x" * 81 + b'"}',
        b'{"site":"sha\\u0000pla"}',
        b'{"site":"\\ud800"}',
        b'{"site":"dem\xef"}',
    ],
)
async def test_what_is_no_request_for_a_session_is_said_to_be_none(client: AsyncClient, data: bytes) -> None:
    assert error(await post(client, SESSION, data)) == (400, "frame")


async def test_an_address_begins_so_many_sessions_at_once(client: AsyncClient, site: Site) -> None:
    for _ in range(60):
        assert (await post(client, SESSION, {"site": site.key})).status_code == 201
    refused = await post(client, SESSION, {"site": site.key})
    assert error(refused) == (429, "rate")
    assert 0 < json.loads(refused.content)["retry_ms"] <= 1000


# --- messages ---


async def test_a_message_is_accepted_read_and_owed_a_turn(
    client: AsyncClient, token: str, submitted: list[UUID]
) -> None:
    mine = cid()
    response = await post(client, MESSAGES, {"conversation": None, "cid": mine, "body": "ডেলিভারি চার্জ কত?"}, token)
    accepted = json.loads(response.content)
    assert (response.status_code, accepted["cid"], accepted["seq"], accepted["duplicate"]) == (200, mine, 1, False)
    assert submitted == [UUID(accepted["conversation"])]
    page = json.loads((await read(client, token, conversation=accepted["conversation"], after=0)).content)
    assert page["head_seq"] == 1
    assert [(event["seq"], event["body"], event["cid"]) for event in page["events"]] == [(1, "ডেলিভারি চার্জ কত?", mine)]


async def test_reading_goes_on_after_a_seq(client: AsyncClient, token: str, says: Says) -> None:
    conversation = await sync_to_async(says)("one", "two", "three")
    page = json.loads((await read(client, token, conversation=conversation.pk, after=2)).content)
    assert ([event["seq"] for event in page["events"]], page["head_seq"]) == ([3], 3)


async def test_the_same_cid_is_the_same_message_over_both_ways(client: AsyncClient, token: str) -> None:
    mine = cid()
    async with Socket(PATH) as socket:
        conversation = await greet(socket, token)
        await socket.say("send", cid=mine, body="হ্যালো")
        over_socket = await socket.hear("accepted")
        sent = {"conversation": conversation, "cid": mine, "body": "হ্যালো"}
        over_http = json.loads((await post(client, MESSAGES, sent, token)).content)
        assert over_http == over_socket | {"duplicate": True, "conversation": conversation}
        assert error(await post(client, MESSAGES, sent | {"body": "not that"}, token)) == (409, "conflict")
        await post(client, MESSAGES, {"conversation": conversation, "cid": cid(), "body": "over HTTP"}, token)
        event = await socket.hear("event", lambda frame: frame["seq"] == 2)
        assert event["body"] == "over HTTP"


async def test_a_first_message_whose_answer_was_lost_begins_one_conversation(client: AsyncClient, token: str) -> None:
    first = {"conversation": None, "cid": cid(), "body": "hello"}
    answers = [json.loads((await post(client, MESSAGES, first, token)).content) for _ in range(2)]
    assert answers[0]["conversation"] == answers[1]["conversation"]
    assert [answer["duplicate"] for answer in answers] == [False, True]
    assert await Conversation.objects.acount() == await Message.objects.acount() == 1


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer \u00e9"])
async def test_without_a_token_there_is_nothing(client: AsyncClient, authorization: str) -> None:
    headers = {"authorization": authorization}
    sent = json.dumps({"cid": cid(), "body": "x"})
    posted = await client.post(MESSAGES, sent, content_type="application/json", headers=headers)
    assert error(posted) == (401, "token")
    assert error(await client.get(MESSAGES, {"conversation": str(uuid.uuid4())}, headers=headers)) == (401, "token")


async def test_another_page_cannot_use_a_token(client: AsyncClient, token: str) -> None:
    sent = {"cid": cid(), "body": "x"}
    assert error(await post(client, MESSAGES, sent, token, origin="https://evil.example")) == (403, "origin")


async def test_somebody_elses_conversation_is_not_found(
    client: AsyncClient, token: str, site: Site, says: Says
) -> None:
    stranger = await Visitor.objects.acreate(site=site)
    theirs = (await sync_to_async(says)("a secret", owner=stranger)).pk
    assert error(await read(client, token, conversation=theirs)) == (404, "not_found")
    sent = {"conversation": str(theirs), "cid": cid(), "body": "x"}
    assert error(await post(client, MESSAGES, sent, token)) == (404, "not_found")


@pytest.mark.parametrize("body", ["", "\x00", "x" * (log.MAX_BODY + 1)])
async def test_a_body_must_hold_something_and_fit(client: AsyncClient, token: str, body: str) -> None:
    assert error(await post(client, MESSAGES, {"cid": cid(), "body": body}, token)) == (400, "body")
    assert not await Conversation.objects.aexists()


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"{}", (400, "frame")),
        (b'{"cid":"x","body":"y"}', (400, "frame")),
        (b'{"cid":"5b3f5bd0-0a3e-4a44-9f5b-0d5c1b0e7a11","body":"y","seq":1}', (400, "frame")),
        (b'{"cid":"5b3f5bd0-0a3e-4a44-9f5b-0d5c1b0e7a11","body":"\\ud800"}', (400, "frame")),
        (b'"' + b"x" * MAX_FRAME + b'"', (413, "too_big")),
        (b'"' + b"x" * 3_000_000 + b'"', (413, "too_big")),
    ],
)
async def test_what_is_no_message_is_said_to_be_none(
    client: AsyncClient, token: str, data: bytes, answer: tuple[int, str]
) -> None:
    assert error(await post(client, MESSAGES, data, token)) == answer


@pytest.mark.parametrize(
    "query",
    [{}, {"conversation": "x"}, {"after": "0"}, {f"x{n}": "" for n in range(1100)}]
    + [{"conversation": str(uuid.uuid4()), "after": after} for after in ("-1", "x", "2147483648", "9" * 5000, "\x00")],
)
async def test_what_cannot_be_read_is_said_to_be_wrong(client: AsyncClient, token: str, query: dict[str, str]) -> None:
    assert error(await read(client, token, **query)) == (400, "frame")


async def test_who_sends_too_fast_is_told_when_to_go_on(client: AsyncClient, token: str) -> None:
    async with Socket(PATH) as socket:  # one limit for both ways
        conversation = await greet(socket, token)
        for _ in range(12):
            await socket.say("send", cid=cid(), body="again")
            await socket.hear("accepted")
        refused = await post(client, MESSAGES, {"conversation": conversation, "cid": cid(), "body": "more"}, token)
    assert error(refused) == (429, "rate")
    assert 0 < json.loads(refused.content)["retry_ms"] <= 2000


async def test_what_cannot_be_answered_in_time_is_not_accepted(
    client: AsyncClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "BACKLOG", 0)
    refused = await post(client, MESSAGES, {"cid": cid(), "body": "x"}, token)
    assert error(refused) == (503, "overload")
    assert json.loads(refused.content)["retry_ms"] > 0
    assert not await Conversation.objects.aexists()


async def test_a_database_that_is_away_is_said_to_be(
    client: AsyncClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(log, "append", fails)
    refused = await post(client, MESSAGES, {"cid": cid(), "body": "x"}, token)
    assert error(refused) == (503, "unavailable")
    assert json.loads(refused.content)["retry_ms"] > 0
    assert not await Conversation.objects.aexists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
async def test_there_are_no_other_actions(client: AsyncClient, method: str) -> None:
    assert (await getattr(client, method)(MESSAGES)).status_code == 405
    assert (await client.get(SESSION)).status_code == 405
