"""A ticket reaches Celery when there is a broker, and its visitor never waits when there is none."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest
from celery import Celery

from cxbot.celery import app
from support.models import Ticket

from .conftest import Asks, eventually

pytestmark = pytest.mark.django_db(transaction=True)
UseBroker = Callable[[str], None]


@pytest.fixture
def use_broker() -> Iterator[UseBroker]:
    """use_broker("redis://..") → this process hands its work to that broker, with our settings otherwise."""

    def use(url: str) -> None:
        other = Celery("elsewhere")
        other.config_from_object("django.conf:settings", namespace="CELERY")
        other.conf.update(broker_url=url, broker_transport=None, broker_transport_options={"socket_timeout": 2})
        other.set_default()

    yield use
    app.set_default()


def is_dispatched(ticket: Ticket) -> bool:
    return Ticket.objects.get(pk=ticket.pk).dispatched_at is not None


def test_a_ticket_is_dispatched_after_the_commit(asks: Asks) -> None:
    ticket = asks()
    assert eventually(lambda: is_dispatched(ticket))


def test_a_broker_that_swallows_everything_holds_nobody_up(asks: Asks, use_broker: UseBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as black_hole:
        use_broker(address(black_hole))
        begun = time.monotonic()
        lost = [asks() for _ in range(10)]
        assert time.monotonic() - begun < 2  # one call to that broker takes as long
        silent, _ = black_hole.accept()  # now it holds the first ticket
        app.set_default()
        # As tickets come one by one, one of them goes through in the end.
        assert eventually(lambda: is_dispatched(asks()), seconds=40)
        silent.close()
    assert not is_dispatched(lost[0])  # the sweep will find it


def test_a_broker_that_is_down_leaves_the_ticket_to_the_sweep(
    asks: Asks, use_broker: UseBroker, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = address(closed)
    use_broker(nobody)
    lost = asks()
    assert eventually(lambda: "not dispatched" in caplog.text)
    app.set_default()
    assert eventually(lambda: is_dispatched(asks()))
    assert not is_dispatched(lost)


def address(server: socket.socket) -> str:
    return f"redis://127.0.0.1:{server.getsockname()[1]}/0"
