"""Keeps the processes of one machine running: starts them, restarts what dies, and stops them all together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from cxbot.leash import GRACE

__all__ = ["Program", "supervise"]

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds before a restart; doubled each time
LONGEST_AWAY = 3.0  # seconds: the longest pause once everything was ready, for then there are visitors who wait
HEALTHY = 30.0  # seconds: who lived that long starts again with the first pause
POLL = 0.1  # seconds between two looks at whether a program is ready
SLOW = 30.0  # seconds after which it is said that a program is not ready yet
PULSE = 5.0  # seconds between two questions whether a program that was ready still answers
MISSED = 6  # answers in a row: such a program hangs and is ended
HEAD_START = 5.0  # seconds that programs with a probe have the machine to themselves, unless they are ready before

Probe = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Program:
    """A Python module to run. `probe` says what it still waits for, and nothing once it is ready; then `greeting` is
    said, and the programs without a probe begin. From then on `pulse` says whether it still answers."""

    name: str
    arguments: Sequence[str]  # of `python -m`
    probe: Probe | None = None
    greeting: str = ""
    pulse: Callable[[], bool] = lambda: True


async def supervise(programs: Sequence[Program], say: Callable[[str], None], environment: Mapping[str, str]) -> None:
    """Run the programs until SIGINT, SIGTERM or SIGHUP. What is worth knowing is told to `say`."""
    stopping, ready = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        stopping.set()
        ready.set()  # nobody needs to wait for that any more

    if not any(program.probe for program in programs):
        ready.set()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as under nohup
            asyncio.get_running_loop().add_signal_handler(number, stop)
    reader, writer = os.pipe()
    try:
        keepers = (_Keeper(program, say, environment, reader, stopping, ready).run() for program in programs)
        await asyncio.gather(*keepers)
    finally:
        os.close(writer)  # whatever went wrong here, nothing is left running
        os.close(reader)


@dataclass(frozen=True, slots=True)
class _Keeper:
    """Keeps one program running."""

    program: Program
    say: Callable[[str], None]
    environment: Mapping[str, str]
    leash: int
    stopping: asyncio.Event
    ready: asyncio.Event

    async def run(self) -> None:
        pause = FIRST_PAUSE
        if self.program.probe is None:
            await _within(HEAD_START, self.ready.wait())
        while not self.stopping.is_set():
            began = monotonic()
            code = await self._live(await self._start())
            if self.stopping.is_set():
                return
            if monotonic() - began > HEALTHY:
                pause = FIRST_PAUSE
            self.say(f"{self.program.name} {_how_it_ended(code)}; starting it again in {pause:g} s")
            await _within(pause, self.stopping.wait())
            pause = min(2 * pause, LONGEST_AWAY if self.ready.is_set() else LONGEST_PAUSE)

    async def _start(self) -> Process:
        # A session of its own: Ctrl-C in the terminal is for the supervisor, which then stops its programs in order.
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cxbot.leash", str(self.leash), *self.program.arguments),
            env=self.environment,
            pass_fds=(self.leash,),
            start_new_session=True,
        )

    async def _live(self, process: Process) -> int:
        """Wait until the process ends, and end it when it is time to stop or when it hangs. Returns its exit status."""
        ended = asyncio.create_task(process.wait())
        stop = asyncio.create_task(self.stopping.wait())
        hangs = asyncio.create_task(self._greet_and_watch())
        await asyncio.wait({ended, stop, hangs}, return_when=asyncio.FIRST_COMPLETED)
        for task in (stop, hangs):
            task.cancel()
        if not ended.done():
            with suppress(ProcessLookupError):
                process.terminate()
            await _within(GRACE, asyncio.shield(ended))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it, if it would not end, and whatever it started
        return await ended

    async def _greet_and_watch(self) -> None:
        """Returns when the program hangs."""
        if self.program.probe is not None:
            await self._greet(self.program.probe)
        missed = 0
        while missed < MISSED:
            await asyncio.sleep(PULSE)
            missed = 0 if await asyncio.to_thread(self.program.pulse) else missed + 1
        self.say(f"{self.program.name} hangs and is ended")

    async def _greet(self, probe: Probe) -> None:
        began, told = monotonic(), False
        while waits_for := await asyncio.to_thread(probe):
            if not told and monotonic() - began > SLOW:
                self.say(f"{self.program.name} is not ready yet: {waits_for}")
                told = True
            await asyncio.sleep(POLL)
        self.say(self.program.greeting)
        self.ready.set()


async def _within(seconds: float, awaitable: Awaitable[object]) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(awaitable, seconds)


def _how_it_ended(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"stopped with exit status {code}"
