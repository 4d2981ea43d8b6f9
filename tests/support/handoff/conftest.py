"""A shop, people who work there, and visitors who ask for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from support import conversation as log
from support.handoff import tickets
from support.models import Agent, Message, Site, Ticket, Visitor

Asks = Callable[..., Ticket]
Hires = Callable[..., User]


@pytest.fixture
def site(db: None) -> Site:
    return Site.objects.create(key="shapla", name_en="Shapla Store", name_bn="শাপলা স্টোর", default_language="bn")


@pytest.fixture
def asks(site: Site) -> Asks:
    """asks(language="en") → the ticket of a new visitor who asked for a person."""

    def ask(language: str = "bn", reason: str = Ticket.Reason.ASKED) -> Ticket:
        conversation = log.open_for(Visitor.objects.create(site=site, name="নাদিয়া"))
        message = log.append(conversation.pk, Message.Sender.VISITOR, "আমি মানুষের সাথে কথা বলতে চাই").message
        with transaction.atomic():
            locked = log.lock(conversation.pk)
            log.note(locked, language=language, misses=0)
            return tickets.open_ticket(locked, message, reason, language)

    return ask


@pytest.fixture
def hires(db: None) -> Hires:
    """hires("rahim", is_away=True) → an agent who is at the desk, unless said otherwise."""

    def hire(username: str, *, present: bool = True, **values: object) -> User:
        user = User.objects.create_user(username, email=f"{username}@shop.example")
        seen = timezone.now() if present else timezone.now() - timedelta(minutes=5)
        defaults = {"display_name": username.title(), "languages": ["bn", "en"], "last_seen_at": seen}
        Agent.objects.create(user=user, **defaults | values)
        return user

    return hire


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether `holds()` comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held
