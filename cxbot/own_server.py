"""Servers to measure, to fuzz and to torture, with files of their own: `serve --demo`, and a bare one in Daphne."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings

__all__ = ["StartFailed", "elsewhere", "free_port", "is_ready", "own_daphne", "own_demo", "own_server", "running"]

START_SECONDS = 300
STOP_SECONDS = 20
POLL_SECONDS = 0.2
# What would lead it to somebody's real database, broker or index.
ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "CXBOT_INDEX_DIR", "CXBOT_VAR_DIR", "CXBOT_SECRET_KEY")
Waiting = Callable[[], object]
Process = subprocess.Popen[bytes]


class StartFailed(Exception):
    """The server did not become ready. The message is what it printed."""


@contextmanager
def own_server(waiting: Waiting) -> Iterator[str]:
    """The address of a demo shop that is ready for visitors. `waiting` is called again and again until it is."""
    with tempfile.TemporaryDirectory(prefix="cxbot-bench-") as folder, own_demo(Path(folder), waiting) as address:
        yield address


@contextmanager
def own_demo(folder: Path, waiting: Waiting) -> Iterator[str]:
    """The same, with its files in `folder`."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = ["manage.py", "serve", "--demo", "--port", str(port)]
    with running(command, elsewhere(folder), lambda _: is_ready(address), waiting):
        yield address


@contextmanager
def own_daphne(application: str, folder: Path, waiting: Waiting, *arguments: str) -> Iterator[str]:
    """The address of an application that does nothing else; `arguments` are Daphne's."""
    port = free_port()
    command = ["-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), *arguments, application]
    with running(command, elsewhere(folder), lambda _: _answers(port), waiting):
        yield f"http://127.0.0.1:{port}"


def elsewhere(folder: Path, **more: str) -> dict[str, str]:
    """Our environment, for a server whose files are in `folder`; nothing in it leads to another one's."""
    ours = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    return {**ours, "CXBOT_VAR_DIR": str(folder), **more}


@contextmanager
def running(
    arguments: Sequence[str], environment: Mapping[str, str], ready: Callable[[Process], bool], waiting: Waiting
) -> Iterator[Process]:
    """`python` with these arguments, once it is ready; `waiting` is called again and again until then. What it prints
    is in `serve.log`, in its folder. Raises `StartFailed`."""
    log = Path(environment["CXBOT_VAR_DIR"], "serve.log")
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, *arguments],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready(process):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed(log.read_text())
            waiting()
            time.sleep(POLL_SECONDS)
        yield process
    finally:
        _stop(process)


def is_ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/readyz", timeout=10):  # noqa: S310 - our own address
            return True
    except (URLError, OSError):
        return False


def _answers(port: int) -> bool:
    """Whatever it says to what is no websocket."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except HTTPError:
        return True
    except OSError:
        return False


def _stop(process: Process) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
