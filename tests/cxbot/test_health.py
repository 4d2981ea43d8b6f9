"""The health pages, whoever asks for them and whatever is broken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction
from django.test import AsyncClient, Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from cxbot import health
from cxbot.celery import app
from knowledge_base import live
from support import clock, sweeping
from support import conversation as log
from support.handoff import tickets
from support.models import Message, Site, Sweep, Ticket, Turn, Visitor


@pytest.fixture(autouse=True)
def just_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warming up starts a thread that follows the index for the life of the process: not in the tests' process, which
    is older than any of its tests."""
    monkeypatch.setattr(health, "_warm", live.forget)
    monkeypatch.setattr(health, "_running", {})
    monkeypatch.setattr(health, "_began", time.monotonic())


async def readiness() -> tuple[int, dict[str, Any]]:
    answer = await AsyncClient().get("/readyz")
    return answer.status_code, answer.json()


def test_a_process_that_lives_says_so_without_a_database() -> None:
    assert Client().get("/healthz").json() == {"status": "alive"}


async def test_it_says_so_to_coroutines_too() -> None:
    assert (await AsyncClient().get("/healthz")).json() == {"status": "alive"}


def test_a_load_balancer_may_ask_by_address_and_without_tls(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["shop.example"]
    client = Client(headers={"host": "10.1.2.3:8000"})
    assert client.get("/healthz").status_code == 200
    assert client.get("/admin/").status_code != 200  # anything else is held to the rules


@pytest.mark.django_db(transaction=True)
async def test_a_new_installation_is_ready_though_nothing_is_published() -> None:
    code, facts = await readiness()
    assert (code, facts["status"], facts["index"]["state"]) == (200, "degraded", "empty")
    assert {facts[name]["state"] for name in ("database", "encoder", "broker")} == {"ready"}
    assert facts["work"] == {
        "state": "ready",
        "oldest_undone_turn": None,
        "oldest_undispatched_ticket": None,
        "last_sweep": None,
    }


# --- work that is late ---


def owe_turn() -> datetime:
    return visitor_says("কেউ আছেন?").at


def owe_ticket() -> datetime:
    message = visitor_says("কেউ আছেন?")
    Turn.objects.all().delete()
    with transaction.atomic():
        return tickets.open_ticket(log.lock(message.conversation_id), message, Ticket.Reason.ASKED, "bn").opened_at


def visitor_says(body: str) -> Message:
    site = Site.objects.create(key="shop", name_en="Shop", name_bn="দোকান")
    conversation = log.open_for(Visitor.objects.create(site=site))
    return log.append(conversation.pk, Message.Sender.VISITOR, body).message


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("owe", "name"), [(owe_turn, "oldest_undone_turn"), (owe_ticket, "oldest_undispatched_ticket")]
)
@pytest.mark.parametrize(("age", "state"), [(0, "ready"), (health.LATE_SECONDS + 1, "late"), (-3600, "late")])
def test_it_tells_how_old_is_what_is_owed_and_whether_that_is_late(
    monkeypatch: pytest.MonkeyPatch, owe: Callable[[], datetime], name: str, age: float, state: str
) -> None:
    now = owe() + timedelta(seconds=age)  # below zero: the clock was set back
    monkeypatch.setattr(clock, "now", lambda: now)
    work = health._work()
    assert (work["state"], work[name]) == (state, age)


@pytest.mark.django_db
def test_a_sweep_that_is_not_made_is_late_once_there_was_time_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in sweeping.HOLD:
        list(sweeping.owed(name, lambda _now: []))
    assert health._work()["state"] == "ready"
    Sweep.objects.filter(name=sweeping.TICKETS).update(made_at=timezone.now() - timedelta(hours=8))
    assert health._work()["state"] == "ready"  # the machine was started this morning
    monkeypatch.setattr(health, "_began", time.monotonic() - health.LATE_SECONDS)
    assert health._work()["state"] == "late"
    Sweep.objects.all().delete()
    assert health._work() == health._work() | {"state": "late", "last_sweep": None}


@pytest.mark.django_db(transaction=True)
async def test_late_work_degrades_and_turns_no_visitor_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(health.CHECKS, "index", dict)  # as if something were published
    code, facts = await readiness()
    assert (code, facts["status"]) == (200, "ready")
    monkeypatch.setattr(health, "_began", -1e9)
    code, facts = await readiness()
    assert (code, facts["status"], facts["work"]["state"]) == (200, "degraded", "late")


@pytest.mark.django_db(transaction=True)
async def test_a_broken_broker_does_not_turn_visitors_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf.broker_transport_options, "data_folder_in", "/nowhere")
    code, facts = await readiness()
    assert (code, facts["status"], facts["broker"]["state"]) == (200, "degraded", "broken")


@pytest.mark.parametrize("name", ["database", "index", "encoder"])
@pytest.mark.django_db(transaction=True)
async def test_what_visitors_need_makes_it_unready(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def broken() -> health.Facts:
        raise OperationalError("host=secret.internal refused")

    monkeypatch.setitem(health.CHECKS, name, broken)
    code, facts = await readiness()
    assert (code, facts["status"]) == (503, "not ready")
    assert facts[name] == {"state": "broken", "reason": "OperationalError"}  # and no address of anything


@pytest.mark.django_db(transaction=True)
async def test_a_check_that_hangs_is_given_up_and_not_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    released, started = threading.Event(), []

    def hangs() -> health.Facts:
        started.append(1)
        released.wait()
        return {}

    monkeypatch.setattr(health, "DEADLINE", 0.1)
    monkeypatch.setitem(health.CHECKS, "database", hangs)
    try:
        for _ in range(3):
            code, facts = await readiness()
            assert (code, facts["database"]["reason"]) == (503, "no answer within 0.1 s")
        assert started == [1]
    finally:
        released.set()
