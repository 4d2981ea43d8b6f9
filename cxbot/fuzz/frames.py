"""Messages that no client of ours would send, made from ones that it would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

__all__ = ["KINDS", "LETTERS", "Payload", "hostile", "mutated"]

FIELDS = ("token", "conversation", "last_seq", "cid", "body", "seq", "after", "message", "value", "ticket", "type")
UNKNOWN = (
    "event",
    "accepted",
    "bye",
    "conversation.moved",
    "conversation_moved",
    "websocket.close",
    "__init__",
    "Send",
)
LETTERS = "aZ0 \"'\\{}[]:,\n\x00\x07\u200d\ufeff\u202eকড়ঢ়🙂\U0010ffff"
MAX_FRAME = 16 * 1024  # bytes; what the server promises to take


@dataclass(frozen=True, slots=True)
class Payload:
    """A websocket message: `data` in a text frame or in a binary one."""

    kind: str
    data: bytes
    text: bool = True


def hostile(chance: Random) -> Payload:
    kind = chance.choice(list(KINDS))
    return KINDS[kind](chance, kind)


def mutated(chance: Random, valid: dict[str, Any]) -> bytes:
    """The JSON of an object, after something has happened to it."""
    return chance.choice(MUTATIONS)(chance, valid)


def _noise(chance: Random, _valid: dict[str, Any]) -> bytes:
    return "".join(chance.choices(LETTERS, k=chance.randrange(60))).encode()


def _truncated(chance: Random, valid: dict[str, Any]) -> bytes:
    data = _json(valid)
    return data[: chance.randrange(len(data))]


def _flipped(chance: Random, valid: dict[str, Any]) -> bytes:
    data = bytearray(_json(valid))
    for _ in range(chance.randrange(1, 4)):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _wrong_types(chance: Random, valid: dict[str, Any]) -> bytes:
    return _json(valid | {chance.choice([*valid, *FIELDS]): _value(chance) for _ in range(chance.randrange(1, 4))})


def _not_an_object(chance: Random, valid: dict[str, Any]) -> bytes:
    return _json(chance.choice((_value(chance), [valid])))


def _deep(chance: Random, valid: dict[str, Any]) -> bytes:
    depth = chance.randrange(500, 5000)
    head = _json(valid)[:-1].decode() + ',"body":'
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}"), (head, "}")))
    return ((opening * depth)[:16000] + chance.choice(("", "1" + closing * depth))[:300]).encode()


def _too_big(chance: Random, valid: dict[str, Any]) -> bytes:
    return _json(valid | {"body": chance.choice("xক🙂") * chance.randrange(16_500, 40_000)})


def _at_the_limit(chance: Random, valid: dict[str, Any]) -> bytes:
    """Some bytes less or more than a frame may have, and no character cut in half."""
    room = MAX_FRAME + chance.randrange(-2, 3) - len(_json(valid | {"body": ""}))
    letter = chance.choice(("x", "ক", "🙂"))
    size = len(letter.encode())
    return _json(valid | {"body": letter * (room // size) + "x" * (room % size)})


def _numbers(chance: Random, valid: dict[str, Any]) -> bytes:
    number = chance.choice(
        ("NaN", "-Infinity", "1e999", "-0", "0x10", "1" * 4000, "-1", "2147483648", "9223372036854775808", "1.5", "01")
    )
    return _json(valid)[:-1] + f',"{chance.choice(FIELDS)}":{number}}}'.encode()


def _doubled_keys(chance: Random, valid: dict[str, Any]) -> bytes:
    key = chance.choice([*valid, "type"])
    return _json(valid)[:-1] + f',"{key}":{json.dumps(_value(chance))}}}'.encode()


def _nul(chance: Random, valid: dict[str, Any]) -> bytes:
    nul = chance.choice(("\x00", "a\x00b", "\x00" * 50))
    return _json(valid | {chance.choice([*valid, "body"]): nul})


def _half_a_pair(chance: Random, valid: dict[str, Any]) -> bytes:
    """Half of a surrogate pair: escaped, which is JSON; or as three bytes, which is no UTF-8."""
    half = chance.choice((f"\\ud8{chance.randrange(16):x}0".encode(), b"\\udfff", b"\xed\xa0\x80"))
    return _json(valid)[:-1] + b',"' + chance.choice(("body", "cid", "name")).encode() + b'":"' + half + b'"}'


def _other_encoding(chance: Random, valid: dict[str, Any]) -> bytes:
    text = json.dumps(valid | {"body": "ডেলিভারি é"}, ensure_ascii=False)
    name = chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "utf-8-sig", "latin-1", "cp037"))
    return text.encode(name, errors="ignore")


def _unknown_type(chance: Random, valid: dict[str, Any]) -> bytes:
    return _json(valid | {"type": chance.choice(UNKNOWN)})


MUTATIONS: tuple[Callable[[Random, dict[str, Any]], bytes], ...] = (
    *(_noise, _truncated, _flipped, _flipped, _wrong_types, _wrong_types, _not_an_object, _deep, _too_big),
    *(_at_the_limit, _numbers, _doubled_keys, _nul, _half_a_pair, _other_encoding, _unknown_type),
)


def _text(mutation: Callable[[Random, dict[str, Any]], bytes]) -> Callable[[Random, str], Payload]:
    return lambda chance, kind: Payload(kind, mutation(chance, _valid(chance)))


def _binary(chance: Random, kind: str) -> Payload:
    return Payload(kind, chance.choice((chance.randbytes(chance.randrange(200)), _json(_valid(chance)))), text=False)


def _unchanged(chance: Random, kind: str) -> Payload:
    return Payload(kind, _json(_valid(chance)))


KINDS: dict[str, Callable[[Random, str], Payload]] = {
    "noise": _text(_noise),
    "binary frame": _binary,
    "truncated": _text(_truncated),
    "bit flips": _text(_flipped),
    "wrong types": _text(_wrong_types),
    "not an object": _text(_not_an_object),
    "deep": _text(_deep),
    "far too big": _text(_too_big),
    "at 16 KiB": _text(_at_the_limit),
    "numbers": _text(_numbers),
    "doubled keys": _text(_doubled_keys),
    "NUL": _text(_nul),
    "half a pair": _text(_half_a_pair),
    "another encoding": _text(_other_encoding),
    "unknown type": _text(_unknown_type),
    "valid, unasked for": _unchanged,
}


def _valid(chance: Random) -> dict[str, Any]:
    """A frame of a visitor's or an agent's client."""
    cid = str(_uuid(chance))
    return chance.choice(
        (
            {"type": "hello", "token": "a:b:c", "last_seq": 0, "conversation": cid},
            {"type": "hello", "ticket": 1, "last_seq": 0},
            {"type": "send", "cid": cid, "body": "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"},
            {"type": "ack", "seq": chance.randrange(5)},
            {"type": "resume", "after": chance.randrange(5)},
            {"type": "feedback", "message": chance.randrange(1, 5), "value": 1},
            {"type": "typing"},
            {"type": "ping"},
            {"type": "claim", "ticket": 1},
            {"type": "resolve"},
            {"type": "away", "value": True},
        )
    )


def _value(chance: Random) -> Any:
    scalars = (None, True, -1, 2**70, 1.5, "", "\x00", "x" * 600, LETTERS, str(_uuid(chance)))
    return chance.choice((*scalars, [], [[]], {}, {"type": "ping"}, list(range(50))))


def _uuid(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
