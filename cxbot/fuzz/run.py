"""A run: hostile clients at a server, and beside them a visitor who asks and must be answered every time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

import httpx
import psutil

from cxbot.bench.figures import NothingAnswered
from cxbot.bench.visitors import ask_together
from cxbot.fuzz.attacker import Attacker, addresses
from cxbot.fuzz.plain import Target
from cxbot.fuzz.tally import Tally
from cxbot.torture.servers import Server
from cxbot.torture.session import begin

__all__ = ["Outcome", "fuzz"]

AT_ONCE = 16
QUESTION = "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"
QUESTIONS = 5  # of each well-behaved visitor, then the next one comes
REST_SECONDS = 1.0
LEFT_SECONDS = 30.0  # that the server has to let go of sockets that are gone
# MiB of the web process: the buckets of 20,000 addresses and visitors, and what the allocator keeps of two threads that
# read articles (which stays where it is, however many they read).
MAY_GROW = 96
FAULT = ("Traceback", "Exception", "Unhandled", '"level": "error"', '"level": "critical"')


@dataclass
class Outcome:
    tally: Tally = field(default_factory=Tally)
    asked: int = 0
    silent: int = 0
    slowest_ms: float = 0.0
    memory: list[float] = field(default_factory=list)  # MiB: before, after
    most: float = 0.0
    left: int = 0  # connections that the web process still held when everybody had gone
    faults: list[str] = field(default_factory=list)  # lines of the log that no client may cause

    @property
    def grown(self) -> float:
        return self.memory[1] - self.memory[0]

    @property
    def holds(self) -> bool:
        well = self.asked > 0 and not self.silent and not self.left and not self.faults and not self.tally.odd
        return well and self.grown <= MAY_GROW

    def lines(self) -> Iterator[str]:
        yield from self.tally.lines()
        yield _row("payloads", self.tally.total)
        yield _row("met as none may be", len(self.tally.odd))
        yield _row("errors in the server's log", len(self.faults))
        yield _row("sockets left behind", self.left)
        yield _row("well-behaved: questions", self.asked)
        yield _row("  not answered", self.silent)
        yield _row("  slowest answer (p95)", f"{self.slowest_ms / 1000:.2f} s")
        yield _row("memory before", f"{self.memory[0]:.0f} MiB")
        yield _row("  at most", f"{self.most:.0f} MiB")
        yield _row("  after", f"{self.memory[1]:.0f} MiB")
        yield "Verdict: " + ("nobody was hurt." if self.holds else "FAILED.")


async def fuzz(server: Server, seed: int, payloads: int, sent: Callable[[], object]) -> Outcome:
    """`sent` is called after each payload."""
    outcome, chance = Outcome(), Random(seed)  # noqa: S311 - it has to be repeatable, not secret
    split = urlsplit(server.address)
    target = Target(split.hostname or "", split.port or 0)
    await _ask(server.address, outcome)
    outcome.memory.append(_memory(server))
    done = asyncio.Event()
    talking = asyncio.create_task(_go_on_asking(server, outcome, done))
    local = addresses()
    try:
        async with httpx.AsyncClient(timeout=60) as client, asyncio.TaskGroup() as group:
            for number in range(AT_ONCE):
                token = (await begin(client, server.address)).token
                attacker = Attacker(target, token, Random(chance.random()), local, outcome.tally)  # noqa: S311
                group.create_task(attacker.run(payloads // AT_ONCE + (number < payloads % AT_ONCE), sent))
    finally:
        done.set()
        await talking
    await _ask(server.address, outcome)
    outcome.left = await _left(server, target.port)
    outcome.memory.append(_memory(server))
    outcome.faults = [line for line in server.log.read_text().splitlines() if any(word in line for word in FAULT)]
    return outcome


async def _go_on_asking(server: Server, outcome: Outcome, done: asyncio.Event) -> None:
    while not done.is_set():
        await _ask(server.address, outcome)
        outcome.most = max(outcome.most, _memory(server))
        await asyncio.sleep(REST_SECONDS)


async def _ask(address: str, outcome: Outcome) -> None:
    """As a new visitor."""
    outcome.asked += QUESTIONS
    try:
        figures = await ask_together(address, "demo", [[QUESTION] * QUESTIONS], lambda: None)
    except (NothingAnswered, OSError):
        outcome.silent += QUESTIONS
        return
    outcome.silent += figures.silent
    outcome.slowest_ms = max(outcome.slowest_ms, figures.p95_ms)


async def _left(server: Server, port: int) -> int:
    for _ in range(int(LEFT_SECONDS)):
        if not (left := _connections(server, port)):
            return 0
        await asyncio.sleep(1)
    return left


def _connections(server: Server, port: int) -> int:
    open_ones = [one for one in _web(server).net_connections("tcp") if one.status == psutil.CONN_ESTABLISHED]
    return sum(one.laddr.port == port for one in open_ones)


def _memory(server: Server) -> float:
    return float(_web(server).memory_info().rss / 2**20)


def _web(server: Server) -> psutil.Process:
    process = server.part("web")
    if process is None:
        raise ConnectionError("the web process has ended")
    return process


def _row(name: str, value: object) -> str:
    return f"{name:32}{value!s:>8}"
