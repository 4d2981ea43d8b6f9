"""Requests to the three calls over HTTP that no client of ours would make."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from uuid import UUID

from cxbot.fuzz.frames import mutated

__all__ = ["UNFINISHED", "hostile_request"]

SESSION, MESSAGES = "/api/support/v1/session", "/api/support/v1/messages"
Headers = list[tuple[str, bytes]]


def hostile_request(chance: Random, token: str) -> tuple[str, bytes]:
    """What kind it is, and its bytes. `token` is of a visitor."""
    kind = chance.choice(list(KINDS))
    return kind, KINDS[kind](chance, token)


def _session(chance: Random, _token: str) -> bytes:
    return _request("POST", SESSION, [], mutated(chance, {"site": "demo", "name": "Nadia"}))


def _message(chance: Random, token: str) -> bytes:
    return _request("POST", MESSAGES, _bearer(token.encode()), mutated(chance, _post(chance)))


def _token(chance: Random, token: str) -> bytes:
    data = bytearray(token.encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
    bad = chance.choice(
        (bytes(data), token[: chance.randrange(len(token))].encode(), chance.randbytes(40), b"", b"x" * 9000)
    )
    return _request(
        "POST", MESSAGES, _bearer(bad.replace(b"\r", b"").replace(b"\n", b"")), json.dumps(_post(chance)).encode()
    )


def _query(chance: Random, token: str) -> bytes:
    value = chance.choice(
        ("", "-1", "1e9", "9" * 5000, "%00", "%ff", "\u0995", "0;DROP", "[]", str(_uuid(chance)), "٣")
    )
    key = chance.choice(("conversation", "after"))
    rest = chance.choice(("", f"&conversation={_uuid(chance)}", "&after=0&after=1", "&" * 1200, "&a=b" * 1100))
    return _request("GET", f"{MESSAGES}?{key}={value}{rest}", _bearer(token.encode()))


def _method(chance: Random, token: str) -> bytes:
    method = chance.choice(("PUT", "DELETE", "TRACE", "OPTIONS", "HEAD", "CONNECT", "post", "GE\x00T", "X" * 300))
    return _request(method, chance.choice((SESSION, MESSAGES)), _bearer(token.encode()))


def _header(chance: Random, token: str) -> bytes:
    odd = chance.choice(
        (
            ("Host", b"evil.example"),
            ("Host", b"\xff"),
            ("Host", b"a b"),
            ("Origin", b"http://["),
            ("Origin", b"\xff"),
            ("Origin", b"https://evil.example"),
            ("Content-Type", b"multipart/form-data; boundary=\xff"),
            ("Content-Type", b"application/x-www-form-urlencoded; charset=no-such"),
            ("Content-Encoding", b"gzip"),
            ("Cookie", b"sessionid=\xff; csrftoken"),
            ("Accept-Language", b"bn" + b"-x" * 3000),
            ("Range", b"bytes=9-1"),
            ("Daphne-Root-Path", b"\xff"),
            ("X-HTTP-Method-Override", b"DELETE"),
        )
    )
    headers = [*_bearer(token.encode()), odd]
    return _request("POST", MESSAGES, headers, mutated(chance, _post(chance)))


def _framing(chance: Random, _token: str) -> bytes:
    """A body whose length is not what the header says."""
    head = f"POST {SESSION} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".encode()
    return head + chance.choice(
        (
            b"Content-Length: 5000\r\n\r\n{}",
            b"Content-Length: -5\r\n\r\n{}",
            b"Content-Length: " + b"9" * 30 + b"\r\n\r\n{}",
            b"Content-Length: x\r\n\r\n{}",
            b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
            b"Transfer-Encoding: gzip\r\n\r\n{}",
            b"\r\n{}",
        )
    )


KINDS = {
    "session": _session,
    "message over HTTP": _message,
    "forged token": _token,
    "odd query": _query,
    "odd method": _method,
    "odd header of a message": _header,
    "wrong length of a body": _framing,
}
UNFINISHED = {"wrong length of a body"}


def _post(chance: Random) -> dict[str, Any]:
    return {"cid": str(_uuid(chance)), "body": "ডেলিভারি চার্জ কত?"} | chance.choice(
        ({}, {"conversation": str(_uuid(chance))})
    )


def _request(method: str, target: str, headers: Headers, body: bytes = b"") -> bytes:
    given = {name for name, _ in headers}
    usual = [("Host", b"localhost"), ("Content-Type", b"application/json"), ("Content-Length", b"%d" % len(body))]
    lines = [*(pair for pair in usual if pair[0] not in given), *headers, ("Connection", b"close")]
    head = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in lines)
    return f"{method} {target} HTTP/1.1\r\n".encode() + head + b"\r\n" + body


def _bearer(token: bytes) -> Headers:
    return [("Authorization", b"Bearer " + token)]


def _uuid(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
