"""Frames that no client of ours would send, from a seed."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Payload", "frames"]

Payload = str | bytes  # a text frame, a binary frame
FIELDS = ("token", "conversation", "last_seq", "cid", "body", "seq", "after", "message", "value", "type")
TYPES = ("hello", "send", "ack", "resume", "typing", "ping", "feedback", "event", "conversation.moved", "")
LETTERS = "aZ0 \"'\\{}[]:,\n\x00\x07\u200d\ufeff\u202eকড়ঢ়🙂\U0010ffff"


def frames(seed: int, count: int) -> Iterator[Payload]:
    chance = random.Random(seed)
    for _ in range(count):
        yield chance.choice(KINDS)(chance)


def _noise(chance: random.Random) -> Payload:
    return "".join(chance.choices(LETTERS, k=chance.randrange(60)))


def _binary(chance: random.Random) -> Payload:
    return chance.randbytes(chance.randrange(200))


def _broken(chance: random.Random) -> Payload:
    text = json.dumps(_frame(chance))
    return text[: chance.randrange(len(text))]


def _wrong_types(chance: random.Random) -> Payload:
    return json.dumps(_frame(chance) | {chance.choice(FIELDS): _value(chance) for _ in range(chance.randrange(1, 4))})


def _not_an_object(chance: random.Random) -> Payload:
    return json.dumps(_value(chance))


def _deep(chance: random.Random) -> Payload:
    depth = chance.randrange(500, 5000)
    opening, closing = chance.choice((("[", "]"), ('{"a":', "}"), ('{"type":"send","body":', "}")))
    return (opening * depth)[:16000] + chance.choice(("", "1" + closing * depth))[:300]


def _oversized(chance: random.Random) -> Payload:
    return json.dumps(_frame(chance) | {"body": chance.choice("xক🙂") * chance.randrange(16_500, 40_000)})


def _numbers(chance: random.Random) -> Payload:
    number = chance.choice(
        ("NaN", "-Infinity", "1e999", "-0", "0x10", "1" * 4000, "-1", "2147483648", "1.5", "01", "+1")
    )
    return f'{{"type":"{chance.choice(("ack", "resume"))}","{chance.choice(("seq", "after"))}":{number}}}'


def _doubled(chance: random.Random) -> Payload:
    return '{"type":"ping","type":"' + chance.choice(TYPES) + '","seq":1,"seq":"1"}'


def _nul(chance: random.Random) -> Payload:
    field = chance.choice(("body", "cid", "token", "type"))
    return json.dumps(
        {"type": "send", "cid": str(uuid.UUID(int=chance.getrandbits(128))), "body": "x"} | {field: "\x00"}
    )


def _half_a_pair(chance: random.Random) -> Payload:
    cid = uuid.UUID(int=chance.getrandbits(128))
    return f'{{"type":"send","cid":"{cid}","body":"\\ud8{chance.randrange(16):x}0"}}'


KINDS: tuple[Callable[[random.Random], Payload], ...] = (
    *(_noise, _binary, _broken, _wrong_types, _wrong_types, _not_an_object),
    *(_deep, _oversized, _numbers, _doubled, _nul, _half_a_pair),
)


def _frame(chance: random.Random) -> dict[str, Any]:
    return {"type": chance.choice(TYPES), chance.choice(FIELDS[:-1]): _value(chance)}


def _value(chance: random.Random) -> Any:
    scalars = (None, True, -1, 2**70, 1.5, "", "\x00", "x" * 600, LETTERS, str(uuid.UUID(int=chance.getrandbits(128))))
    return chance.choice((*scalars, [], [[]], {}, {"type": "ping"}, list(range(50))))
