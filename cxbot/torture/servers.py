"""The servers to torture, each a real `manage.py serve --demo` whose supervisor starts again what dies.

Embedded: one, with everything in its folder. Distributed: two that share PostgreSQL, Redis and the index, so that two
tabs of a visitor, and their agent, may be on different ones; that makes two workers, and two Beats, which nothing may
mind. Visitors, PostgreSQL and Redis are reached through proxies.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random

import psutil
from django.conf import settings

from cxbot.own_server import StartFailed, elsewhere, free_port, is_ready, running
from cxbot.torture.proxy import Network, Proxy
from cxbot.torture.rows import Database
from cxbot.torture.shared import LASTS, NetworkFault, bad_weather, own_postgres, own_redis

__all__ = ["PARTS", "Deployment", "Server", "distributed", "embedded"]

PARTS = {"web": "daphne", "worker": "worker", "beat": "beat"}  # a word of each one's command line
BACK_SECONDS = 60
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Server:
    process: subprocess.Popen[bytes]
    address: str
    proxy: Proxy
    environment: Mapping[str, str]
    log: Path
    rig: Path

    @property
    def front(self) -> str:
        """The address that visitors and agents know."""
        return f"http://127.0.0.1:{self.proxy.port}"

    def part(self, name: str) -> psutil.Process | None:
        """The process of "web", "worker" or "beat"; None while there is none."""
        self.check()
        children = psutil.Process(self.process.pid).children()
        return next((child for child in children if PARTS[name] in _command_of(child)), None)

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run another command of `manage.py` beside the server."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def check(self) -> None:
        """Raises `StartFailed` if the supervisor itself has ended: then nothing more will come back."""
        if self.process.poll() is not None:
            raise StartFailed(self.log.read_text())

    async def until_ready(self) -> None:
        """Wait for it, but not for ever: who never comes back is found missing in the end."""
        deadline = time.monotonic() + BACK_SECONDS
        while not await asyncio.to_thread(is_ready, self.address) and time.monotonic() < deadline:
            self.check()
            await asyncio.sleep(POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Deployment:
    servers: Sequence[Server]
    database: Database
    network_faults: Mapping[str, NetworkFault]

    @property
    def addresses(self) -> list[str]:
        return [server.front for server in self.servers]

    def hire(self, *names: str) -> dict[str, str]:
        """The keys of the sessions of new agents. Raises `StartFailed`."""
        hired = self.servers[0].manage("hire", *names)
        if hired.returncode:
            raise StartFailed(hired.stderr)
        return dict(zip(names, hired.stdout.split(), strict=True))


@contextmanager
def embedded(folder: Path, waiting: Callable[[], object]) -> Iterator[Deployment]:
    """`waiting` is called again and again until it is ready. Raises `StartFailed`."""
    with Network() as network, _serve(folder / "server", {}, network, waiting) as server:
        var = folder / "server"
        faults = _faults_of([server])
        faults["broker folder gone"] = partial(_take_away, var / "broker")
        yield Deployment([server], Database(str(var / "cxbot.sqlite3")), faults)


@contextmanager
def distributed(folder: Path, waiting: Callable[[], object]) -> Iterator[Deployment]:
    """On the PostgreSQL and the Redis of our own environment, in a new database of each."""
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        postgres = stack.enter_context(own_postgres(settings.DATABASE_URL, network))
        redis = stack.enter_context(own_redis(settings.REDIS_URL, network))
        environment = {
            "DATABASE_URL": postgres.front,
            "REDIS_URL": redis.front,
            "CXBOT_SECRET_KEY": secrets.token_urlsafe(50),
            "CXBOT_INDEX_DIR": str(folder / "index"),
        }
        names = ("server-1", "server-2")
        servers = [stack.enter_context(_serve(folder / name, environment, network, waiting)) for name in names]
        yield Deployment(
            servers, Database(postgres.address), {**_faults_of(servers), **postgres.faults, **redis.faults}
        )


def _take_away(folder: Path, rng: Random) -> None:
    """For a while; and what has been made in its place meanwhile is gone in the end."""
    aside = folder.with_suffix(".away")
    folder.rename(aside)
    time.sleep(rng.uniform(*LASTS))
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # somebody was faster in making a new one, which is as good
        aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _faults_of(servers: Sequence[Server]) -> dict[str, NetworkFault]:
    return bad_weather("websockets", *(server.proxy for server in servers))


@contextmanager
def _serve(var: Path, shared: Mapping[str, str], network: Network, waiting: Callable[[], object]) -> Iterator[Server]:
    rig, port = var / "rig", free_port()
    rig.mkdir(parents=True)
    environment = elsewhere(var, **shared, CXBOT_RIG_DIR=str(rig), DJANGO_SETTINGS_MODULE="cxbot.torture.rig.settings")
    proxy = network.proxy("127.0.0.1", port)

    def server(process: subprocess.Popen[bytes]) -> Server:
        return Server(process, f"http://127.0.0.1:{port}", proxy, environment, var / "serve.log", rig)

    def is_whole(process: subprocess.Popen[bytes]) -> bool:
        it = server(process)
        return is_ready(it.address) and all(it.part(name) for name in PARTS)

    command = ["manage.py", "serve", "--demo", "--port", str(port)]
    with running(command, environment, is_whole, waiting) as process:
        yield server(process)


def _command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just ended
        return []
