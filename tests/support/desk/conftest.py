"""A shop, its agents, and visitors who wait for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from support import conversation as log
from support.desk import access
from support.models import Agent, Conversation, Message, Site, Ticket, Visitor

Waits = Callable[..., Ticket]


@pytest.fixture
def site() -> Site:
    return Site.objects.create(key="shapla", name_en="Shapla Store", name_bn="শাপলা স্টোর")


def make_agent(username: str, name: str) -> User:
    user = User.objects.create_user(username, password="open sesame")
    Agent.objects.create(user=user, display_name=name, languages=["en", "bn", "bn-Latn"])
    access.admit(user)
    user.refresh_from_db()
    return user


@pytest.fixture
def rahima() -> User:
    return make_agent("rahima", "Rahima")


@pytest.fixture
def karim() -> User:
    return make_agent("karim", "Karim")


@pytest.fixture
def waits(site: Site) -> Waits:
    """waits("Ami kotha bolte chai", name="Nadia", ...) → the ticket of a visitor who said that and waits."""

    def make(*said: str, name: str = "Nadia", visitor: Visitor | None = None, **ticket: object) -> Ticket:
        conversation = log.open_for(visitor or Visitor.objects.create(site=site, name=name))
        for body in said or ("Ami manusher sathe kotha bolte chai",):
            message = log.append(conversation.pk, Message.Sender.VISITOR, body).message
        conversation = Conversation.objects.get(pk=conversation.pk)
        log.hand_to(conversation, Conversation.Handler.WAITING)
        values = {"reason": Ticket.Reason.ASKED, "language": "bn-Latn"} | ticket
        return Ticket.objects.create(conversation=conversation, message=message, **values)

    return make
