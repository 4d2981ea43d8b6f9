"""Who gets a ticket: first the choice, by table, then the taking, with workers that race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from support import clock
from support.desk import presence
from support.handoff import assignment, tickets
from support.handoff.assignment import Desk, choose
from support.models import Agent, Ticket

from .conftest import Asks, Hires

NOON = datetime.fromisoformat("2026-11-26T12:00+06:00")


def desk(user_id: int, **values: Any) -> Desk:
    usual: dict[str, Any] = {
        "user_id": user_id,
        "languages": frozenset({"bn", "en"}),
        "is_present": True,
        "load": 0,
        "max_load": 5,
    }
    return Desk(**usual | values)


@pytest.mark.parametrize(
    ("desks", "language", "chosen"),
    [
        pytest.param([], "bn", None, id="nobody works here"),
        pytest.param([desk(1, is_present=False)], "bn", None, id="nobody is there"),
        pytest.param([desk(1, load=5)], "bn", None, id="nobody has room"),
        pytest.param([desk(1, languages=frozenset({"en"}))], "bn", None, id="nobody reads it"),
        pytest.param([desk(1, languages=frozenset({"en"})), desk(2, load=4)], "bn-Latn", 2, id="Banglish is Bengali"),
        pytest.param([desk(1, languages=frozenset({"en"})), desk(2, load=4)], "mixed", 2, id="so is mixed"),
        pytest.param([desk(1, languages=frozenset({"bn"})), desk(2, load=4)], "en", 2, id="English needs English"),
        pytest.param([desk(1, load=2), desk(2, load=1)], "bn", 2, id="the least loaded"),
        pytest.param(
            [desk(1, idle_since=NOON), desk(2, idle_since=NOON - timedelta(hours=1))], "bn", 2, id="the idlest"
        ),
        pytest.param([desk(1, idle_since=NOON), desk(2)], "bn", 2, id="who never had one is idlest"),
    ],
)
def test_the_choice(desks: list[Desk], language: str, chosen: int | None) -> None:
    assert choose(desks, language) == chosen


@pytest.mark.django_db
def test_a_ticket_goes_to_an_agent_who_is_there(asks: Asks, hires: Hires) -> None:
    hires("karim", present=False)
    hires("salma", is_away=True)
    rahim = hires("rahim")
    ticket = asks()
    assert assignment.assign(ticket.pk)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.agent) == (Ticket.Status.ASSIGNED, rahim)


@pytest.mark.django_db
def test_assigning_again_changes_nothing(asks: Asks, hires: Hires) -> None:
    rahim = hires("rahim")
    ticket = asks()
    assert assignment.assign(ticket.pk)
    hires("karim")
    assert not assignment.assign(ticket.pk)
    ticket.refresh_from_db()
    assert ticket.agent == rahim


@pytest.mark.django_db
def test_a_ticket_of_an_agent_who_left_goes_to_another(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim"), asks()
    assignment.assign(ticket.pk)
    Agent.objects.filter(user=rahim).update(last_seen_at=timezone.now() - assignment.PRESENT - timedelta(seconds=1))
    assert not assignment.assign(ticket.pk)  # nobody else is there, so it stays
    karim = hires("karim")
    assert assignment.assign(ticket.pk)
    ticket.refresh_from_db()
    assert ticket.agent == karim


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-1, 1])
def test_whichever_way_the_clock_jumps_a_ticket_waits_for_no_desk_that_closed_before(
    asks: Asks, hires: Hires, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    rahim, ticket = hires("rahim"), asks()
    assignment.assign(ticket.pk)
    monkeypatch.setattr(clock, "now", lambda: timezone.now() + timedelta(hours=hours))
    assert list(assignment.waiting(clock.now())) == [ticket]
    assert not assignment.assign(ticket.pk)
    presence.seen(rahim.agent)  # the desk is open after all, and says so at once
    assert not assignment.waiting(clock.now()).exists()


@pytest.mark.django_db
def test_an_agent_who_was_never_seen_keeps_no_ticket(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim"), asks()
    assignment.assign(ticket.pk)
    Agent.objects.filter(user=rahim).update(last_seen_at=None)
    assert list(assignment.waiting(clock.now())) == [ticket]


@pytest.mark.django_db
def test_a_claimed_ticket_stays_with_its_agent_whatever_happens(asks: Asks, hires: Hires) -> None:
    rahim, ticket = hires("rahim", present=False), asks()
    tickets.claim(ticket.pk, rahim)
    hires("karim")
    assert not assignment.assign(ticket.pk)


@pytest.mark.django_db
def test_resolved_tickets_are_no_load(asks: Asks, hires: Hires) -> None:
    rahim = hires("rahim", max_tickets=1)
    first, second = asks(), asks()
    tickets.claim(first.pk, rahim)
    assert not assignment.assign(second.pk)
    tickets.resolve(first.pk, rahim)
    assert assignment.assign(second.pk)


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_never_give_an_agent_too_many(asks: Asks, hires: Hires) -> None:
    rahim, karim = hires("rahim", max_tickets=2), hires("karim", max_tickets=1)
    waiting = [asks().pk for _ in range(8)]

    def work(ticket_id: int) -> bool:
        try:
            return assignment.assign(ticket_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        # Every ticket twice: a task may be delivered again while it runs.
        assert sum(workers.map(work, [*waiting, *waiting])) == 3
    assert Ticket.objects.filter(agent=rahim).count() == 2
    assert Ticket.objects.filter(agent=karim).count() == 1
