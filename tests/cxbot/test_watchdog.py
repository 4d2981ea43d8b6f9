"""The watchdog: a worker that hangs is ended; one that works, or whose broker is away, is left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from cxbot import watchdog
from tests.serving import ROOT, eventually, free_port

WORKER = """
import pathlib, sys, time
from cxbot import watchdog
watchdog.LOOK_SECONDS = 0.5
from cxbot.celery import app

@app.task(name="hang")
def hang(name):
    pathlib.Path(sys.argv[1], name).touch()
    time.sleep(600)

app.worker_main(["--quiet", "worker", "--concurrency=2", "--without-gossip", "--without-mingle", "--without-heartbeat"])
"""


def sender(folder: Path) -> Celery:
    """What sends to the worker whose files are in `folder`."""
    app = Celery("sender", broker="filesystem://", set_as_current=False)
    app.conf.broker_transport = "cxbot.broker:Transport"
    broker = folder / "broker"
    (broker / "control").mkdir(parents=True, exist_ok=True)
    app.conf.broker_transport_options = {
        "data_folder_in": str(broker),
        "data_folder_out": str(broker),
        "control_folder": str(broker / "control"),
    }
    return app


def test_a_worker_whose_threads_are_all_blocked_while_messages_wait_is_ended(tmp_path: Path) -> None:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_"))}
    app = sender(tmp_path)
    log = tmp_path / "log"
    with log.open("w") as output:
        worker = subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)],
            cwd=ROOT,
            env=ours | {"CXBOT_VAR_DIR": str(tmp_path)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for name in ("one", "two"):
            app.send_task("hang", [name])
        assert eventually(lambda: (tmp_path / "one").exists() and (tmp_path / "two").exists())
        assert worker.poll() is None  # they are long, and nobody waits
        for _ in range(5):  # more than it fetches ahead
            app.send_task("hang", ["more"])
        assert worker.wait(timeout=60) == watchdog.STUCK
    finally:
        worker.kill()
    assert "the worker consumes nothing and is ended" in log.read_text()
    assert not (tmp_path / "more").exists()


LOOKS = watchdog.LOOKS


@pytest.mark.parametrize(
    ("begun", "waiting", "ends"),
    [
        pytest.param([5] * (LOOKS + 1), [1] * (LOOKS + 1), True, id="nothing begins and messages wait"),
        pytest.param([5] * LOOKS, [1] * LOOKS, False, id="not yet"),
        pytest.param([5] * 50, [0] * 50, False, id="long tasks and nobody waits"),
        pytest.param(range(50), [9] * 50, False, id="others are begun beside a long one"),
        pytest.param([5] * 50, [1, 1, 1, 0] * 12, False, id="the broker is away now and then"),
        pytest.param([n // (LOOKS - 1) for n in range(50)], [9] * 50, False, id="one now and then"),
    ],
)
def test_its_patience(begun: Any, waiting: list[int], ends: bool) -> None:
    patience = watchdog.Patience()
    looks = [patience.is_at_an_end(*look) for look in zip(begun, waiting, strict=False)]
    assert any(looks) == ends


def test_it_sees_how_many_wait_in_files(tmp_path: Path) -> None:
    app = sender(tmp_path)
    assert watchdog.waiting(app) == 0
    for _ in range(3):
        app.send_task("nobody takes it")
    assert watchdog.waiting(app) == 3


@pytest.mark.redis
def test_it_sees_how_many_wait_in_redis(redis_url: str) -> None:
    app = Celery("sender", broker=redis_url, set_as_current=False)
    assert watchdog.waiting(app) == 0
    for _ in range(3):
        app.send_task("nobody takes it")
    assert watchdog.waiting(app) == 3


@pytest.mark.parametrize("broker", ["folder", "redis"])
def test_a_broker_that_is_away_is_not_the_workers_fault(tmp_path: Path, broker: str) -> None:
    app = sender(tmp_path)
    if broker == "folder":
        app.send_task("nobody takes it")
        (tmp_path / "broker").rename(tmp_path / "away")
    else:
        app = Celery("sender", broker=f"redis://127.0.0.1:{free_port()}/0", set_as_current=False)
    assert watchdog.waiting(app) == 0
