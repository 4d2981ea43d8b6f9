"""The strict way in: whatever comes, it is a frame of the protocol or a `BadFrame`."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import given
from hypothesis import strategies as st

from support.gateway.frames import Feedback, Hello, Send, VisitorFrame
from support.models import Agent, Message
from support.wire.frames import MAX_FRAME, BadFrame, Decoder, Event, Pong, TooBig, encode

decode: Decoder[VisitorFrame] = Decoder(VisitorFrame)
CID = "5b3f5bd0-0a3e-4a44-9f5b-0d5c1b0e7a11"
SEND = {"type": "send", "cid": CID, "body": "ডেলিভারি চার্জ কত?"}


def test_a_frame_becomes_a_typed_value() -> None:
    assert decode(json.dumps(SEND)) == Send(cid=uuid.UUID(CID), body="ডেলিভারি চার্জ কত?")
    assert decode('{"type":"hello","token":"t"}') == Hello(token="t", conversation=None, last_seq=0)
    assert decode('{"type":"feedback","message":7,"value":-1}') == Feedback(message=7, value=-1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        '"send"',
        "{}",
        "{",
        '{"type":null}',
        '{"type":"launch"}',
        '{"type":"send"}',
        '{"type":"ping"} {"type":"ping"}',
        '{"type":"ping","extra":1}',
        '{"type":"ack","seq":-1}',
        '{"type":"ack","seq":2147483648}',
        '{"type":"ack","seq":"1"}',
        '{"type":"ack","seq":true}',
        '{"type":"ack","seq":1.5}',
        '{"type":"ack","seq":NaN}',
        '{"type":"ack","seq":1e999}',
        '{"type":"ack","seq":' + "9" * 5000 + "}",
        '{"type":"feedback","message":1,"value":0}',
        '{"type":"feedback","message":0,"value":1}',
        '{"type":"hello","token":7}',
        '{"type":"hello","token":"' + "x" * 600 + '"}',
        '{"type":"hello","token":"t","conversation":"not-a-uuid"}',
        json.dumps(SEND | {"cid": None}),
        json.dumps(SEND | {"body": 5}),
        json.dumps(SEND | {"body": ["x"]}),
        "[" * 8000,
        '{"type":"send","cid":' + '{"a":' * 2500 + "1" + "}" * 2500 + "}",
        "\ud800",
        None,
    ],
)
def test_anything_else_is_a_bad_frame(text: str | None) -> None:
    with pytest.raises(BadFrame):
        decode(text)


def test_half_of_an_escaped_pair_never_becomes_a_string_that_cannot_be_stored() -> None:
    with pytest.raises(BadFrame):
        decode('{"type":"send","cid":"' + CID + '","body":"\\ud800"}')


def test_the_limit_counts_bytes() -> None:
    frame = json.dumps(SEND | {"body": "x" * (MAX_FRAME - 200)}, ensure_ascii=False)
    assert isinstance(decode(frame), Send)
    bengali = json.dumps(SEND | {"body": "ক" * (MAX_FRAME // 3)}, ensure_ascii=False)
    assert len(bengali) < MAX_FRAME
    with pytest.raises(TooBig):
        decode(bengali)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TYPES = st.sampled_from(["hello", "send", "ack", "resume", "typing", "ping", "feedback"])
FIELDS = st.sampled_from(["token", "conversation", "last_seq", "cid", "body", "seq", "after", "message", "value"])


@given(st.text() | JSON.map(json.dumps))
def test_no_text_gets_past_but_a_frame(text: str) -> None:
    _decodes_or_is_bad(text)


@given(TYPES, st.dictionaries(FIELDS, JSON, max_size=4))
def test_no_value_of_a_wrong_type_gets_past(type_: str, fields: dict[str, Any]) -> None:
    _decodes_or_is_bad(json.dumps({"type": type_, **fields}))


def _decodes_or_is_bad(text: str) -> None:
    try:
        frame = decode(text)
    except BadFrame:
        return
    assert isinstance(frame, VisitorFrame)
    for value in (getattr(frame, name) for name in frame.__struct_fields__):
        assert isinstance(value, (str, int, uuid.UUID, type(None))) and not isinstance(value, bool)
        assert not isinstance(value, str) or value.encode() is not None


def test_an_event_says_all_that_a_client_shows() -> None:
    user = User(username="rahima")
    user.agent = Agent(user=user, display_name="Rahima")
    cid = uuid.uuid4()
    message = Message(
        pk=9,
        seq=4,
        sender="agent",
        author=user,
        cid=cid,
        body="দেখছি",
        extra={"options": [{"article": "refund", "question": "টাকা ফেরত?"}], "article": "refund"},
        at=datetime(2026, 11, 26, 9, 0, 0, 123456, tzinfo=UTC),
    )
    assert json.loads(encode(Event.of(message))) == {
        "type": "event",
        "seq": 4,
        "id": 9,
        "from": "agent",
        "kind": "text",
        "body": "দেখছি",
        "at": "2026-11-26T09:00:00.123Z",
        "name": "Rahima",
        "cid": str(cid),
        "options": [{"article": "refund", "question": "টাকা ফেরত?"}],
        "article": "refund",
    }


def test_what_there_is_not_is_left_out() -> None:
    message = Message(pk=1, seq=1, sender="bot", body="x", extra={}, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert set(json.loads(encode(Event.of(message)))) == {"type", "seq", "id", "from", "kind", "body", "at"}
    assert encode(Pong()) == '{"type":"pong"}'
