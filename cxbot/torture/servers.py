"""The servers to torture, each a real `manage.py serve --demo` whose supervisor starts again what dies.

Embedded: one, with everything in its folder. Distributed: two that share PostgreSQL, Redis and the index, so that two
tabs of a visitor may be on different ones; that makes two workers, and two Beats, which nothing may mind.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings

from cxbot.bench.server import ELSEWHERE, StartFailed, free_port, is_ready, stop
from cxbot.torture.rows import Database
from cxbot.torture.shared import Fault, own_postgres, own_redis

__all__ = ["PARTS", "Deployment", "Server", "distributed", "embedded"]

PARTS = {"web": "daphne", "worker": "worker", "beat": "beat"}  # a word of each one's command line
START_SECONDS = 300
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def part(self, name: str) -> psutil.Process | None:
        """The process of "web", "worker" or "beat"; None while there is none."""
        self.check()
        children = psutil.Process(self.process.pid).children()
        return next((child for child in children if PARTS[name] in _command_of(child)), None)

    def check(self) -> None:
        """Raises `StartFailed` if the supervisor itself has ended: then nothing more will come back."""
        if self.process.poll() is not None:
            raise StartFailed(self.log.read_text())

    async def is_ready(self) -> bool:
        self.check()
        return await asyncio.to_thread(is_ready, self.address)


@dataclass(frozen=True, slots=True)
class Deployment:
    servers: Sequence[Server]
    database: Database
    shared_faults: Mapping[str, Fault] = field(default_factory=dict)

    @property
    def addresses(self) -> list[str]:
        return [server.address for server in self.servers]


@contextmanager
def embedded(folder: Path, waiting: Callable[[], object]) -> Iterator[Deployment]:
    """`waiting` is called again and again until it is ready. Raises `StartFailed`."""
    with _serve(folder / "server", {}, waiting) as server:
        yield Deployment([server], Database(str(folder / "server" / "cxbot.sqlite3")))


@contextmanager
def distributed(folder: Path, waiting: Callable[[], object]) -> Iterator[Deployment]:
    """On the PostgreSQL and the Redis of our own environment, in a new database of each."""
    with ExitStack() as stack:
        postgres, postgres_faults = stack.enter_context(own_postgres(settings.DATABASE_URL))
        redis, redis_faults = stack.enter_context(own_redis(settings.REDIS_URL))
        environment = {
            "DATABASE_URL": postgres,
            "REDIS_URL": redis,
            "CXBOT_SECRET_KEY": secrets.token_urlsafe(50),
            "CXBOT_INDEX_DIR": str(folder / "index"),
        }
        names = ("server-1", "server-2")
        servers = [stack.enter_context(_serve(folder / name, environment, waiting)) for name in names]
        yield Deployment(servers, Database(postgres), {**postgres_faults, **redis_faults})


@contextmanager
def _serve(var: Path, environment: Mapping[str, str], waiting: Callable[[], object]) -> Iterator[Server]:
    var.mkdir(parents=True)
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--demo", "--port", str(port)]
    ours = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    log = var / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            cwd=settings.BASE_DIR,
            env={**ours, "CXBOT_VAR_DIR": str(var), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, f"http://127.0.0.1:{port}", log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (is_ready(server.address) and all(server.part(name) for name in PARTS)):
            server.check()
            if time.monotonic() > deadline:
                raise StartFailed(log.read_text())
            waiting()
            time.sleep(POLL_SECONDS)
        yield server
    finally:
        stop(process)


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just ended
        return []
