"""The Autobahn test suite (`wstest`, which runs on Python 2.7) at Daphne with our protocol class and an echo behind it.

What is refused for its size is no matter of conformance, so here nothing is: `testee` lifts the limits.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cxbot.own_server import own_daphne

__all__ = ["EXPLAINED", "Result", "run"]

LIMIT = 2**26  # bytes; the largest message of the suite has 16 MiB
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
    sizes = ("--websocket-max-message-size", str(LIMIT), "--websocket-max-frame-size", str(LIMIT))
    with own_daphne("cxbot.fuzz.testee:application", folder, waiting, *sizes) as address:
        spec = {
            "outdir": str(folder / "reports"),
            "servers": [{"agent": "cxbot", "url": address.replace("http", "ws", 1)}],
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
