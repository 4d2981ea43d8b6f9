"""A real `manage.py serve` for tests, and a visitor who talks to it.

with serving(tmp_path) as server, server.visitor("Nadia") as visitor:
    visitor.say("ডেলিভারি চার্জ কত?")
    assert visitor.hears(lambda event: event["from"] == "bot")
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

__all__ = ["SECRET", "Server", "Visitor", "eventually", "free_port", "serving"]

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a secret of fifty characters at least, for tests only"
CHILDREN = {"web": "daphne", "worker": "worker", "beat": "beat"}
Event = dict[str, Any]


@contextmanager
def serving(
    var: Path, *arguments: str, environment: dict[str, str] | None = None, seconds: float = 120
) -> Iterator[Server]:
    """`serve --demo` with its files in `var`, ready for visitors. More of the environment, such as DATABASE_URL and
    REDIS_URL, may be given; nothing is taken over from ours."""
    port = free_port()
    command = [sys.executable, "manage.py", "serve", "--port", str(port), *(arguments or ("--demo",))]
    given = {"CXBOT_VAR_DIR": str(var), "CXBOT_SECRET_KEY": SECRET}
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("CXBOT_", "DATABASE_", "REDIS_"))}
    log = var / "serve.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=ours | given | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = Server(process, port, log, (environment or {}).get("DATABASE_URL") or str(var / "cxbot.sqlite3"))
    try:
        if not eventually(lambda: "Ctrl-C" in server.said() or process.poll() is not None, seconds):
            raise TimeoutError(f"serve was not ready within {seconds} s:\n{server.said()}")
        if process.poll() is not None:
            raise RuntimeError(f"serve ended:\n{server.said()}")
        assert eventually(lambda: all(server.child(name) for name in CHILDREN))
        yield server
    finally:
        server.stop()


@dataclass(frozen=True)
class Server:
    """A running `serve`. `said()` is what it printed."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path
    database: str  # a SQLite file or a PostgreSQL address

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        """Of the first administrator, whose name is "admin"."""
        found = re.search(r"with the password (\S+)", self.said())
        assert found, "this database had an administrator already"
        return found[1]

    def said(self) -> str:
        return self.log.read_text()

    def child(self, name: str) -> psutil.Process | None:
        """The process of "web", "worker" or "beat"; None while it is not there."""
        children = psutil.Process(self.process.pid).children()
        return next((child for child in children if CHILDREN[name] in command_of(child)), None)

    def pid(self, name: str) -> int | None:
        child = self.child(name)
        return child.pid if child else None

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """End a child with a signal, and wait until it is gone. Returns the pid that it had."""
        child = self.child(name)
        assert child is not None, f"{name} is not running"
        child.send_signal(number)
        child.wait(timeout=20)
        return int(child.pid)

    def health(self) -> dict[str, Any]:
        """What `/readyz` says; nothing while the web process does not answer."""
        try:
            facts: dict[str, Any] = httpx.get(f"{self.address}/readyz", timeout=5).json()
        except httpx.HTTPError:
            return {}
        return facts

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a query on the server's database, with ? for values."""
        if self.database.startswith("postgres"):
            with psycopg.connect(self.database) as connection:
                return connection.execute(query.replace("?", "%s"), values).fetchall()
        with closing(sqlite3.connect(self.database, timeout=20)) as file, file:
            return file.execute(query, values).fetchall()

    @contextmanager
    def visitor(self, name: str = "") -> Iterator[Visitor]:
        """A new visitor of the demo shop, connected."""
        answer = httpx.post(f"{self.address}/api/support/v1/session", json={"site": "demo", "name": name}, timeout=10)
        visitor = Visitor(f"ws://127.0.0.1:{self.port}/ws/support/v1/", answer.raise_for_status().json()["token"])
        visitor.connect()
        try:
            yield visitor
        finally:
            visitor.close()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop everything as Ctrl-C does; returns the exit status. What would not stop is killed."""
        children = psutil.Process(self.process.pid).children(recursive=True) if self.process.poll() is None else []
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=30)
        finally:
            self.process.kill()
            for child in children:
                if child.is_running():
                    child.kill()


@dataclass
class Visitor:
    """The smallest client of `support.v1`: `events` is the conversation as it heard it, by `seq`."""

    url: str
    token: str
    conversation: str | None = None
    events: list[Event] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def connect(self) -> None:
        """Connect, again if need be, and hear what was missed."""
        self.close()
        connection = connect(self.url, subprotocols=[Subprotocol("support.v1")], open_timeout=10)
        self._socket = self._open.enter_context(connection)
        last_seq = self.events[-1]["seq"] if self.events else 0
        self._send({"type": "hello", "token": self.token, "conversation": self.conversation, "last_seq": last_seq})
        self.conversation = self._receive_until(lambda frame: frame["type"] == "welcome", 10)["conversation"]
        self._receive_until(lambda frame: frame["type"] == "replay_end", 10)

    def say(self, body: str, cid: str | None = None) -> dict[str, Any]:
        """Send, and wait until it is accepted."""
        cid = cid or str(uuid.uuid4())
        self._send({"type": "send", "cid": cid, "body": body})
        return self._receive_until(lambda frame: frame["type"] == "accepted" and frame["cid"] == cid, 10)

    def hears(self, wanted: Callable[[Event], bool], seconds: float = 20) -> Event:
        """The first event, heard already or to come, that is wanted. Raises `TimeoutError`."""
        for event in self.events:
            if wanted(event):
                return event
        return self._receive_until(lambda frame: frame["type"] == "event" and wanted(frame), seconds)

    def hears_after(self, seq: int, sender: str, seconds: float = 20) -> Event:
        """The first event with a greater `seq` from "bot", "agent" or "system"."""
        return self.hears(lambda event: event["seq"] > seq and event["from"] == sender, seconds)

    def close(self) -> None:
        self._open.close()
        self._socket = None

    def _send(self, frame: dict[str, Any]) -> None:
        assert self._socket is not None
        self._socket.send(json.dumps(frame))

    def _receive_until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float) -> dict[str, Any]:
        assert self._socket is not None
        deadline = time.monotonic() + seconds
        while True:
            frame: dict[str, Any] = json.loads(self._socket.recv(timeout=max(0.0, deadline - time.monotonic())))
            if frame["type"] == "event":
                expected = self.events[-1]["seq"] + 1 if self.events else 1
                assert frame["seq"] == expected, f"a gap or a double: {frame['seq']} instead of {expected}"
                self.events.append(frame)
            if wanted(frame):
                return frame


def command_of(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:  # it has just ended
        return []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def eventually(holds: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Whether `holds()` comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return held
