"""A server to measure: `serve --demo` with files of its own, which leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

__all__ = ["ELSEWHERE", "StartFailed", "free_port", "is_ready", "own_server", "stop"]

START_SECONDS = 180
STOP_SECONDS = 20
POLL_SECONDS = 0.5
# What would lead it to somebody's real database, broker or index.
ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CXBOT_INDEX_DIR", "CXBOT_VAR_DIR", "CXBOT_SECRET_KEY")


class StartFailed(Exception):
    """The server did not become ready. The message is what it printed."""


@contextmanager
def own_server(waiting: Callable[[], object]) -> Iterator[str]:
    """The address of a demo shop that is ready for visitors. `waiting` is called again and again until it is."""
    with tempfile.TemporaryDirectory(prefix="cxbot-bench-") as folder:
        address, log = f"http://127.0.0.1:{free_port()}", Path(folder, "serve.log")
        command = [sys.executable, "manage.py", "serve", "--demo", "--port", address.rpartition(":")[2]]
        environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        environment["CXBOT_VAR_DIR"] = folder
        with log.open("w") as output:
            process = subprocess.Popen(  # noqa: S603 - our own command
                command, cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not is_ready(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise StartFailed(log.read_text())
                waiting()
                time.sleep(POLL_SECONDS)
            yield address
        finally:
            stop(process)


def is_ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/readyz", timeout=10):  # noqa: S310 - our own address
            return True
    except (URLError, OSError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
