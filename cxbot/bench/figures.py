"""What was measured, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Figures", "NothingAnswered", "percentiles", "summary"]


class NothingAnswered(Exception):
    """There is no time to report."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the answered messages; `silent` is how many got no event of the bot in time, and are in no other number."""

    visitors: int
    answered: int
    silent: int
    p50_ms: float
    p95_ms: float
    messages_per_second: float


def summary(visitors: int, times: Sequence[float | None], took: float) -> Figures:
    """Of times in seconds (None: not answered) that were measured within `took` seconds. Raises `NothingAnswered`."""
    answered = [one for one in times if one is not None]
    if not answered:
        raise NothingAnswered("The bot answered none of the messages. Does this server have the demo shop's articles?")
    p50, p95 = percentiles(answered)
    return Figures(visitors, len(answered), len(times) - len(answered), p50, p95, round(len(answered) / took, 1))


def percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """The 50th and the 95th, in milliseconds."""
    p50, p95 = np.percentile(np.array(seconds) * 1000, [50, 95])
    return round(float(p50), 2), round(float(p95), 2)
