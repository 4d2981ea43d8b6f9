"""The health pages, whoever asks for them and whatever is broken."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError
from django.test import AsyncClient, Client
from pytest_django.fixtures import Settings

from cxbot import health
from cxbot.celery import app
from knowledge_base import live
from support import conversation as log
from support.models import Message, Site, Visitor


@pytest.fixture(autouse=True)
def nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warming up starts a thread that follows the index for the life of the process: not in the tests' process."""
    monkeypatch.setattr(health, "_warm", live.forget)
    monkeypatch.setattr(health, "_running", {})


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
    assert facts["database"]["oldest_undone_turn"] is None


@pytest.mark.django_db(transaction=True)
def test_it_tells_how_old_the_oldest_undone_turn_is() -> None:
    site = Site.objects.create(key="shop", name_en="Shop", name_bn="দোকান")
    conversation = log.open_for(Visitor.objects.create(site=site))
    log.append(conversation.pk, Message.Sender.VISITOR, "কেউ আছেন?")
    assert Client().get("/readyz").json()["database"]["oldest_undone_turn"] >= 0


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
