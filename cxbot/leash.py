"""Runs a module as `python -m` would, and ends it when its supervisor is gone, however that went.

    python -m cxbot.leash FD MODULE [ARGUMENT ...]

FD reads from a pipe that the supervisor holds open. A supervisor that is killed can tell nobody, but then the kernel
closes its end of the pipe.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading
import time

__all__ = ["GRACE"]

GRACE = 5.0  # seconds that a process has to end by itself


def main() -> None:
    fd, module, *arguments = sys.argv[1:]
    threading.Thread(target=_hold, args=(int(fd),), name="leash", daemon=True).start()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _hold(fd: int) -> None:
    os.read(fd, 1)  # nothing is ever written: this returns when the other end is closed
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
