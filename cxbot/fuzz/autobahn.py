"""The Autobahn test suite (`wstest`, which runs on Python 2.7) at Daphne with our protocol class and an echo behind it.

What is refused for its size is no matter of conformance, so here nothing is: `testee` lifts the limits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from django.conf import settings

from cxbot.bench.server import StartFailed, free_port, stop

__all__ = ["EXPLAINED", "Result", "run"]

LIMIT = 2**26  # bytes; the largest message of the suite has 16 MiB
START_SECONDS = 60
POLL_SECONDS = 0.2
# Cases in which an empty message has to come back.
EMPTY = "Daphne sends no empty message (handle_reply in its ws_protocol.py); cxbot has none to send"
EXPLAINED = dict.fromkeys(("1.1.1", "1.2.1", "6.1.1", "6.1.2", "9.7.1", "9.8.1"), EMPTY)


@dataclass(frozen=True, slots=True)
class Result:
    case: str
    behaviour: str  # OK, NON-STRICT, INFORMATIONAL, UNIMPLEMENTED, FAILED ...
    closing: str

    @property
    def failed(self) -> bool:
        return bool({self.behaviour, self.closing} & {"FAILED", "UNCLEAN", "WRONG CODE", "FAILED BY CLIENT"})


def run(wstest: Path, folder: Path, waiting: Callable[[], object]) -> list[Result]:
    """Raises `StartFailed`, and `subprocess.CalledProcessError` where `wstest` itself fails. It takes some minutes."""
    with _testee(folder) as url:
        spec = {
            "outdir": str(folder / "reports"),
            "servers": [{"agent": "cxbot", "url": url}],
            "cases": ["*"],
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        command = [str(wstest), "--mode", "fuzzingclient", "--spec", str(folder / "spec.json")]
        with (folder / "wstest.log").open("w") as log:
            suite = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)  # noqa: S603 - as asked
            while suite.poll() is None:
                waiting()
                time.sleep(POLL_SECONDS)
        if suite.returncode:
            raise subprocess.CalledProcessError(suite.returncode, command)
    index = json.loads((folder / "reports" / "index.json").read_text())["cxbot"]
    results = [Result(case, found["behavior"], found["behaviorClose"]) for case, found in index.items()]
    return sorted(results, key=lambda result: [int(part) for part in result.case.split(".")])


@contextmanager
def _testee(folder: Path) -> Iterator[str]:
    port = free_port()
    sizes = ("--websocket-max-message-size", str(LIMIT), "--websocket-max-frame-size", str(LIMIT))
    command = (sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), *sizes)
    with (folder / "daphne.log").open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "cxbot.fuzz.testee:application"], cwd=settings.BASE_DIR, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartFailed((folder / "daphne.log").read_text())
            time.sleep(POLL_SECONDS)
        yield f"ws://127.0.0.1:{port}"
    finally:
        stop(process)


def _answers(port: int) -> bool:
    """Whatever it says to what is no websocket."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except HTTPError:
        return True
    except OSError:
        return False
