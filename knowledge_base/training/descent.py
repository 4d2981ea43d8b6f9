"""How every training here learns: AdamW, one cycle of the learning rate, no gradient too steep, a log of each step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

__all__ = ["descend"]

CLIP = 1.0
Step = Callable[[], tuple[Tensor, Mapping[str, object]]]


def descend(
    parts: Sequence[tuple[Sequence[nn.Parameter], float]],
    steps: int,
    step: Step,
    log: Path,
    plan: Mapping[str, object],
    warming: float = 0.05,
) -> None:
    """Trains the weights of each part at its rate, the peak of a cycle that is reached after the share `warming` of the
    steps. `step` gives a loss and what else to log of it. The first line of `log` is the plan, each other a step's."""
    rates = [rate for _, rate in parts]
    weights = [weight for of_part, _ in parts for weight in of_part]
    optimiser = torch.optim.AdamW([{"params": part, "lr": rate} for part, rate in parts], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rates, steps, pct_start=warming)
    started = time.monotonic()
    with log.open("w") as lines:
        lines.write(json.dumps(plan) + "\n")
        for number in (bar := tqdm(range(steps), log.stem, unit="step", mininterval=10)):
            loss, more = step()
            loss.backward()
            nn.utils.clip_grad_norm_(weights, CLIP)
            optimiser.step()
            schedule.step()
            optimiser.zero_grad(set_to_none=True)
            row = {"step": number, **more, "loss": round(loss.item(), 4)}
            lines.write(json.dumps(row | {"seconds": round(time.monotonic() - started, 1)}) + "\n")
            lines.flush()
            bar.set_postfix(loss=row["loss"], refresh=False)
