"""A shop and its visitors, with a turn pool that only takes note and limits that nobody has used yet."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from uuid import UUID

import pytest

from support import conversation as log
from support.dialogue import pool
from support.gateway import limits, tokens
from support.models import Conversation, Message, Site, Visitor
from support.wire import room, watch
from support.wire.throttle import Buckets

Says = Callable[..., Conversation]
__all__ = ["Says"]


class StillBuckets(Buckets):
    """Buckets on a clock that stands still: on a slow machine, too, the last of them is the last."""

    def take(self, key: str, now: float) -> int:
        return super().take(key, 0.0)


@pytest.fixture(autouse=True)
def fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sends", "openings", "requests", "calls", "sessions"):
        renew(limits, name, monkeypatch)
    renew(room, "connections", monkeypatch)


def renew(module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    buckets: Buckets = getattr(module, name)
    monkeypatch.setattr(module, name, StillBuckets(buckets._capacity, buckets._per_second))


@pytest.fixture(autouse=True)
def submitted(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Conversations whose turns were asked for. Taking them is tested with the dialogue, and with a whole server."""
    asked: list[UUID] = []
    monkeypatch.setattr(pool, "submit", asked.append)
    return asked


@pytest.fixture
def fast_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "TICK_SECONDS", 0.02)


@pytest.fixture
def site() -> Site:
    return Site.objects.create(
        key="shapla", name_en="Shapla Store", name_bn="শাপলা স্টোর", allowed_origins=["https://shapla.example"]
    )


@pytest.fixture
def token(site: Site) -> str:
    return tokens.mint(site.key, "Nadia")


@pytest.fixture
def visitor(token: str) -> Visitor:
    return tokens.read(token)


@pytest.fixture
def says(visitor: Visitor) -> Says:
    """says("one", "two") → the visitor's conversation in which the bot said that."""

    def make(*bodies: str, owner: Visitor | None = None) -> Conversation:
        conversation = log.open_for(owner or visitor)
        for body in bodies:
            log.append(conversation.pk, Message.Sender.BOT, body)
        return Conversation.objects.get(pk=conversation.pk)

    return make
