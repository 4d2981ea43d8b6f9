"""In which numbers a machine trains quickest."""

from __future__ import annotations

import time
from functools import lru_cache

import torch

__all__ = ["autocast"]

ROWS, IN, OUT = 2048, 384, 1536  # of the largest product in the model, for a usual batch
TRIES = 5


def autocast(device: str) -> torch.autocast:
    """bfloat16 where it is quicker. A GPU, or a processor with AMX, multiplies it several times as quick as float32;
    with AVX-512 alone it was measured to take twice as long (a Xeon, torch 2.13: 170 against 310 GFLOP/s)."""
    return torch.autocast(device, torch.bfloat16, enabled=device != "cpu" or _quicker_in_half())


@lru_cache(maxsize=1)
def _quicker_in_half() -> bool:
    return _seconds(torch.bfloat16) < _seconds(torch.float32)


def _seconds(kind: torch.dtype) -> float:
    """The least of a few tries at a product."""
    left, right = torch.ones(ROWS, IN, dtype=kind), torch.ones(IN, OUT, dtype=kind)
    times = []
    for _ in range(TRIES + 1):  # the first one warms up
        started = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - started)
    return min(times[1:])
