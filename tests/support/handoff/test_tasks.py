"""The tasks, called as a worker calls them; a sweep finds whatever a carrier lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django.fixtures import Settings

from support.handoff import assignment, sweeps, tasks, tickets
from support.models import Agent, Sweep, Ticket

from .conftest import Asks, Hires

pytestmark = pytest.mark.django_db


def test_assigning_twice_is_assigning_once(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim"), asks()
    tasks.assign_ticket(ticket.pk)
    first = Ticket.objects.get()
    tasks.assign_ticket(ticket.pk)
    assert (first.agent, Ticket.objects.get().assigned_at) == (rahim, first.assigned_at)


def test_a_task_about_a_ticket_that_is_gone_does_nothing(hires: Hires) -> None:
    hires("rahim")
    tasks.assign_ticket(404)
    tasks.notify(404)


def test_the_sweep_finds_a_ticket_that_was_never_dispatched(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim"), asks()
    assert ticket.dispatched_at is None
    tasks.sweep_tickets()
    ticket.refresh_from_db()
    assert (ticket.agent, ticket.dispatched_at is not None) == (rahim, True)


def test_the_sweep_tries_again_when_an_agent_came(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim", present=False), asks()
    tasks.sweep_tickets()
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    Agent.objects.filter(user=rahim).update(last_seen_at=timezone.now())
    Sweep.objects.all().delete()
    tasks.sweep_tickets()
    ticket.refresh_from_db()
    assert ticket.agent == rahim


def test_the_sweep_is_not_held_up_by_tickets_that_nobody_there_can_read(
    asks: Asks, hires: Hires, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "AT_ONCE", 1)
    in_bengali, in_english = asks(language="bn"), asks(language="en")
    john = hires("john", languages=["en"])
    tasks.sweep_tickets()
    in_bengali.refresh_from_db()
    in_english.refresh_from_db()
    assert (in_english.agent, in_bengali.agent) == (john, None)
    assert in_bengali.dispatched_at is not None


def test_the_sweep_takes_a_ticket_back_from_an_agent_who_left(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim"), asks()
    tasks.assign_ticket(ticket.pk)
    Agent.objects.filter(user=rahim).update(last_seen_at=timezone.now() - assignment.PRESENT * 2)
    karim = hires("karim")
    tasks.sweep_tickets()
    ticket.refresh_from_db()
    assert ticket.agent == karim


def test_who_waits_longest_is_served_first(asks: Asks, hires: Hires) -> None:
    asks(), (first := asks())
    Ticket.objects.filter(pk=first.pk).update(opened_at=timezone.now() - timedelta(hours=1))
    rahim = hires("rahim", max_tickets=1)
    tasks.sweep_tickets()
    assert Ticket.objects.get(agent=rahim) == first


@pytest.fixture
def post_office(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.PUBLIC_URL = "mail.shop.example", "https://chat.shop.example"


def test_the_agent_gets_a_mail_with_the_address_of_the_ticket(asks: Asks, hires: Hires, post_office: None) -> None:
    ticket = asks()
    tickets.assign(ticket.pk, hires("rahim"))
    tasks.notify(ticket.pk)
    (letter,) = mail.outbox
    assert letter.to == ["rahim@shop.example"]
    assert f"https://chat.shop.example/admin/desk/{ticket.pk}/" in letter.body
    assert "কথা" not in letter.body  # what visitors write does not travel by mail


def test_no_mail_about_a_ticket_that_was_claimed_meanwhile(asks: Asks, hires: Hires, post_office: None) -> None:
    ticket, rahim = asks(), hires("rahim")
    tickets.assign(ticket.pk, rahim)
    tickets.claim(ticket.pk, rahim)
    tasks.notify(ticket.pk)
    assert mail.outbox == []


def test_without_a_mail_server_nothing_is_sent(asks: Asks, hires: Hires) -> None:
    ticket = asks()
    tickets.assign(ticket.pk, hires("rahim"))
    tasks.notify(ticket.pk)
    assert mail.outbox == []
