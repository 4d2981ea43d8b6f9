"""Tickets change in one way at a time, and the visitor and the bot notice."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from support import conversation as log
from support.errors import AlreadyClaimed, NotFound
from support.handoff import tickets
from support.models import Conversation, Message, Ticket

from .conftest import Asks, Hires

pytestmark = pytest.mark.django_db


def said(ticket: Ticket) -> list[tuple[str, str]]:
    return [(message.sender, message.body) for message in log.read(ticket.conversation_id, after=1)]


def test_opening_a_ticket_leaves_the_conversation_waiting(asks: Asks) -> None:
    ticket = asks()
    assert (ticket.status, ticket.conversation.handler) == (Ticket.Status.OPEN, Conversation.Handler.WAITING)


def test_there_is_one_open_ticket_a_conversation(asks: Asks) -> None:
    ticket = asks(reason="not_found")
    with transaction.atomic():
        again = tickets.open_ticket(log.lock(ticket.conversation_id), ticket.message, "upset", "en")
    assert again == ticket
    assert Ticket.objects.get().reason == "not_found"


def test_a_ticket_that_is_rolled_back_was_never_there(asks: Asks) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        asks()
        raise RuntimeError
    assert not Ticket.objects.exists()


def test_claiming_silences_the_bot_and_tells_the_visitor_who_came(asks: Asks, hires: Hires) -> None:
    rahim = hires("rahim", display_name="রহিম")
    ticket = tickets.claim(asks().pk, rahim)
    conversation = Conversation.objects.get()
    assert (ticket.status, ticket.agent) == (Ticket.Status.CLAIMED, rahim)
    assert (conversation.handler, conversation.agent) == (Conversation.Handler.AGENT, rahim)
    ((sender, body),) = said(ticket)
    assert sender == Message.Sender.SYSTEM
    assert "রহিম" in body


def test_claiming_twice_is_claiming_once(asks: Asks, hires: Hires) -> None:
    rahim = hires("rahim")
    ticket = asks()
    assert tickets.claim(ticket.pk, rahim).claimed_at == tickets.claim(ticket.pk, rahim).claimed_at
    assert len(said(ticket)) == 1


def test_the_second_claimer_is_told_who_has_it(asks: Asks, hires: Hires) -> None:
    ticket = asks()
    tickets.claim(ticket.pk, hires("rahim"))
    with pytest.raises(AlreadyClaimed) as refused:
        tickets.claim(ticket.pk, hires("karim"))
    assert refused.value.by == "Rahim"


def test_another_agent_may_claim_what_was_assigned(asks: Asks, hires: Hires) -> None:
    ticket, karim = asks(), hires("karim")
    assert tickets.assign(ticket.pk, hires("rahim"))
    assert tickets.claim(ticket.pk, karim).agent == karim


def test_what_is_claimed_is_not_assigned_any_more(asks: Asks, hires: Hires) -> None:
    ticket, rahim = asks(), hires("rahim")
    tickets.claim(ticket.pk, rahim)
    assert not tickets.assign(ticket.pk, hires("karim"))
    assert Ticket.objects.get().agent == rahim


def test_only_the_claimer_replies(asks: Asks, hires: Hires) -> None:
    ticket, rahim, karim = asks(), hires("rahim"), hires("karim")
    cid = uuid.uuid4()
    with pytest.raises(tickets.NotYours):
        tickets.reply(ticket.pk, rahim, "জি, বলুন", cid)
    tickets.claim(ticket.pk, rahim)
    with pytest.raises(tickets.NotYours):
        tickets.reply(ticket.pk, karim, "জি, বলুন", cid)
    assert not tickets.reply(ticket.pk, rahim, "জি, বলুন", cid).duplicate
    assert tickets.reply(ticket.pk, rahim, "জি, বলুন", cid).duplicate
    assert said(ticket)[1:] == [("agent", "জি, বলুন")]


def test_resolving_gives_the_conversation_back_to_the_bot(asks: Asks, hires: Hires) -> None:
    ticket, rahim = asks(), hires("rahim")
    tickets.claim(ticket.pk, rahim)
    tickets.resolve(ticket.pk, rahim)
    tickets.resolve(ticket.pk, rahim)
    conversation = Conversation.objects.get()
    assert (conversation.handler, conversation.agent) == (Conversation.Handler.BOT, None)
    assert len(said(ticket)) == 2  # joined, closed
    with pytest.raises(tickets.NotYours):
        tickets.reply(ticket.pk, rahim, "আরেকটা কথা", uuid.uuid4())


def test_only_the_claimer_or_a_superuser_resolves(asks: Asks, hires: Hires) -> None:
    ticket, rahim = asks(), hires("rahim")
    with pytest.raises(tickets.NotYours):
        tickets.resolve(ticket.pk, rahim)
    tickets.claim(ticket.pk, rahim)
    with pytest.raises(tickets.NotYours):
        tickets.resolve(ticket.pk, hires("karim"))
    owner = User.objects.create_superuser("owner")
    assert tickets.resolve(ticket.pk, owner).agent == rahim


def test_a_resolved_conversation_may_have_another_ticket(asks: Asks, hires: Hires) -> None:
    ticket, rahim = asks(), hires("rahim")
    tickets.claim(ticket.pk, rahim)
    tickets.resolve(ticket.pk, rahim)
    with transaction.atomic():
        again = tickets.open_ticket(log.lock(ticket.conversation_id), ticket.message, "asked", "bn")
    assert again != ticket


def test_an_unknown_ticket_is_not_found(hires: Hires) -> None:
    for change in (tickets.claim, tickets.resolve, tickets.assign):
        with pytest.raises(NotFound):
            change(404, hires(change.__name__))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_one_has_it(asks: Asks, hires: Hires) -> None:
    ticket = asks()

    def claim(user: User) -> str:
        try:
            tickets.claim(ticket.pk, user)
            return tickets.agent_name(user)
        except AlreadyClaimed as error:
            return error.by
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as agents:
        results = list(agents.map(claim, [hires(name) for name in ("rahim", "karim", "salma", "jamil")]))
    assert len(set(results)) == 1
    assert len(said(ticket)) == 1
