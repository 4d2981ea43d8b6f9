"""The supervisor, with real processes that die, refuse to die, or are slow."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.serving import ROOT, eventually

# A program that writes its pid, and lives on; STUBBORN does not end at SIGTERM.
PROGRAM = """
import os, pathlib, signal, sys, time
if "STUBBORN" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""
# A program hangs while there is a file `hung-` with its name.
SUPERVISE = """
import asyncio, os, sys
from cxbot import supervisor
from cxbot.supervisor import Program, supervise
supervisor.PULSE = 0.2
programs = [
    Program(name, arguments, pulse=lambda name=name: not os.path.exists(sys.argv[1] + name))
    for name, *arguments in (line.split() for line in sys.argv[2:])
]
asyncio.run(supervise(programs, lambda text: print(text, flush=True), os.environ))
"""


class Supervised:
    """A supervisor in a process of its own, with programs `a` and `b`."""

    def __init__(self, folder: Path, *, stubborn: bool = False) -> None:
        (folder / "program.py").write_text(textwrap.dedent(PROGRAM))
        self.folder, self.log = folder, folder / "log"
        lines = [f"{name} program {folder / name} {'STUBBORN' if stubborn else ''}" for name in "ab"]
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISE, f"{folder}/hung-", *lines],
                env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        assert eventually(lambda: all((folder / name).exists() and (folder / name).read_text() for name in "ab"))

    def pid(self, name: str) -> int:
        return int((self.folder / name).read_text() or 0)

    def lives(self, pid: int) -> bool:
        return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    it = Supervised(tmp_path)
    yield it
    it.process.kill()
    it.process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_program_and_then_the_supervisor(supervised: Supervised, number: int) -> None:
    pids = [supervised.pid(name) for name in "ab"]
    supervised.process.send_signal(number)
    assert supervised.process.wait(timeout=20) == 0
    assert not any(supervised.lives(pid) for pid in pids)
    assert supervised.log.read_text() == ""  # nothing died, so nothing is said


def test_a_program_that_dies_is_started_again_and_said_so(supervised: Supervised) -> None:
    before, other = supervised.pid("a"), supervised.pid("b")
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: supervised.pid("a") not in (0, before))
    assert supervised.lives(supervised.pid("a"))
    assert supervised.pid("b") == other
    assert supervised.log.read_text() == "a was ended by SIGKILL; starting it again in 0.5 s\n"


def test_a_program_that_dies_again_is_given_more_time_but_visitors_wait_for_it(supervised: Supervised) -> None:
    pauses = ["0.5 s", "1 s", "2 s", "3 s"]
    for deaths in range(1, len(pauses) + 1):
        before = supervised.pid("a")
        os.kill(before, signal.SIGKILL)
        assert eventually(lambda deaths=deaths: len(supervised.log.read_text().splitlines()) == deaths)  # type: ignore[misc]
        if deaths < len(pauses):
            assert eventually(lambda before=before: supervised.pid("a") not in (0, before))  # type: ignore[misc]
    assert [line.rpartition(" in ")[2] for line in supervised.log.read_text().splitlines()] == pauses


def test_a_program_that_hangs_is_ended_and_started_again(supervised: Supervised) -> None:
    before, other = supervised.pid("a"), supervised.pid("b")
    os.kill(before, signal.SIGSTOP)
    (supervised.folder / "hung-a").touch()
    assert eventually(lambda: not supervised.lives(before))
    (supervised.folder / "hung-a").unlink()
    assert eventually(lambda: supervised.pid("a") not in (0, before))
    assert "a hangs and is ended\na was ended by SIGKILL; starting it again" in supervised.log.read_text()
    assert supervised.pid("b") == other


def test_programs_do_not_outlive_a_supervisor_that_is_killed(supervised: Supervised) -> None:
    pids = [supervised.pid(name) for name in "ab"]
    supervised.process.kill()
    assert eventually(lambda: not any(supervised.lives(pid) for pid in pids))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_program_that_ignores_sigterm_is_killed(tmp_path: Path, number: int) -> None:
    supervised = Supervised(tmp_path, stubborn=True)
    pids = [supervised.pid(name) for name in "ab"]
    supervised.process.send_signal(number)
    supervised.process.wait(timeout=20)
    assert eventually(lambda: not any(supervised.lives(pid) for pid in pids))
