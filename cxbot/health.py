"""`/healthz`: this process lives. `/readyz`: it can serve visitors, and how each thing that it needs is.

Asking for readiness is also what loads the encoder and the index: whoever waits for it before sending visitors spares
the first one the wait. A broken broker does not make a server unready: visitors are answered without one, and tickets
wait for the sweep. Nor does work that is late; but somebody should look at the workers, at Beat, and at the broker.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import lru_cache
from inspect import iscoroutinefunction
from time import monotonic
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.decorators import sync_and_async_middleware

__all__ = ["middleware"]

DEADLINE = 2.0  # seconds for each check
LATE_SECONDS = 30.0  # what is owed for longer is a sign that something is not well: it is found again within five
READY, EMPTY, LATE, BROKEN = "ready", "empty", "late", "broken"
NEEDED = ("database", "index", "encoder")  # by visitors

Facts = dict[str, Any]
_pool = ThreadPoolExecutor(4, thread_name_prefix="health")
_running: dict[str, Future[Facts]] = {}
_began = monotonic()


@sync_and_async_middleware
def middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Before everything else: a load balancer asks by IP address, which no list of allowed hosts has, and over HTTP."""
    pages = {"/healthz": healthz, "/readyz": readyz}
    if iscoroutinefunction(get_response):

        async def answer(request: HttpRequest) -> HttpResponseBase:
            page = pages.get(request.path)
            return await (page() if page else get_response(request))

        return answer

    def answer_synchronously(request: HttpRequest) -> HttpResponseBase:
        page = pages.get(request.path)
        return async_to_sync(page)() if page else get_response(request)

    return answer_synchronously


async def healthz() -> JsonResponse:
    return _json({"status": "alive"})


async def readyz() -> JsonResponse:
    """200 with `status` "ready" or, where only the broker is broken, work is late or nothing is published, "degraded";
    else 503, which a process that is about to end says first of all."""
    from support.wire import watch  # not before Django is set up

    if watch.stopping:
        return _json({"status": "stopping"}, status=503)
    names = list(CHECKS)
    facts = dict(zip(names, await asyncio.gather(*(_check(name) for name in names)), strict=True))
    if any(facts[name]["state"] == BROKEN for name in NEEDED):
        return _json({"status": "not ready"} | facts, status=503)
    all_well = all(fact["state"] == READY for fact in facts.values())
    return _json({"status": "ready" if all_well else "degraded"} | facts)


async def _check(name: str) -> Facts:
    """The outcome of a check, or that it takes too long. One that hangs is not started a second time."""
    running = _running.get(name)
    if running is None or running.done():
        running = _running[name] = _pool.submit(_in_thread, CHECKS[name])
    try:
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(running)), DEADLINE)
    except TimeoutError:
        return {"state": BROKEN, "reason": f"no answer within {DEADLINE:g} s"}


def _in_thread(check: Callable[[], Facts]) -> Facts:
    try:
        return {"state": READY} | check()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, this page is where it is told
        return {"state": BROKEN, "reason": type(error).__name__}
    finally:
        connection.close()


def _database() -> Facts:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {}


def _work() -> Facts:
    """How long, in seconds, the oldest rows have been owed, and how long ago the sweep was made that is longest ago."""
    from support import clock, sweeping  # not before Django is set up
    from support.models import Ticket, Turn

    now = clock.now()
    turns = Turn.objects.filter(done_at=None).order_by("message__at").values_list("message__at", flat=True)
    tickets = Ticket.objects.filter(dispatched_at=None).exclude(status=Ticket.Status.RESOLVED).order_by("opened_at")
    owed = {
        "oldest_undone_turn": _age(turns.first(), now),
        "oldest_undispatched_ticket": _age(tickets.values_list("opened_at", flat=True).first(), now),
    }
    swept = _age(sweeping.last_made(), now)
    # Who has just started, maybe after a night, gives the workers their time as well; and no sweep was never made.
    unswept = min(monotonic() - _began, float("inf") if swept is None else abs(swept))
    # An age below zero is of another clock: it may be any.
    is_late = max(unswept, *(abs(age or 0.0) for age in owed.values())) > LATE_SECONDS
    return {"state": LATE if is_late else READY} | owed | {"last_sweep": swept}


def _index() -> Facts:
    from knowledge_base import live
    from knowledge_base.errors import IndexMissing

    _warm()
    try:
        status = live.status()
    except IndexMissing:
        return {"state": EMPTY, "reason": "no article is published"}
    return {"version": status.version, "articles": status.articles, "passages": status.passages}


def _encoder() -> Facts:
    from knowledge_base import encoder

    return {"name": encoder.load(settings.ENCODER).name}


def _broker() -> Facts:
    from cxbot.celery import app

    with app.connection_for_write() as broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=int(DEADLINE))
        app.amqp.queues[app.conf.task_default_queue](broker.channel()).queue_declare()
    return {"transport": broker.transport_cls}


CHECKS: dict[str, Callable[[], Facts]] = {
    "database": _database,
    "work": _work,
    "index": _index,
    "encoder": _encoder,
    "broker": _broker,
}


@lru_cache
def _warm() -> None:
    """Load what a first visitor would wait for, and keep to the newest index from now on. Once."""
    from knowledge_base import live
    from support.dialogue import pool

    pool.warm()
    live.follow()


def _age(since: datetime | None, now: datetime) -> float | None:
    return None if since is None else round((now - since).total_seconds(), 1)


def _json(facts: Facts, status: int = 200) -> JsonResponse:
    response = JsonResponse(facts, status=status, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Cache-Control"] = "no-store"
    return response
