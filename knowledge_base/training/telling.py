"""What the cards tell of a training: its run, and a table of what was found after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from knowledge_base.calibration import WAYS

__all__ = ["NAMES", "run", "table"]

NAMES = {"en": "English", "bn": "Bengali", "bn-Latn": "Banglish"}


def run(log: Path) -> str:
    """What the log of a training tells."""
    first, *steps = map(json.loads, log.read_text().splitlines())
    tenth = max(len(steps) // 10, 1)
    losses = [np.mean([step["loss"] for step in steps[start : start + tenth]]) for start in range(0, len(steps), tenth)]
    return (
        f"{len(steps)} steps in {steps[-1]['seconds'] / 60:.0f} minutes; the loss by tenths: "
        f"{', '.join(f'{loss:.2f}' for loss in losses)}. `{json.dumps(first['plan'])}`"
    )


def table(tables: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Markdown: a row for each name, of the figures by way of writing (`measuring.Figures`, as a dictionary)."""
    rows = ["| | " + " | ".join(f"{NAMES[way]} top-1 | top-3 | AUROC" for way in WAYS) + " |", "|---|" + "---|" * 9]
    for name, by_way in tables.items():
        cells = [f"{by_way[way][figure]:.3f}" for way in WAYS for figure in ("top1", "top3", "auroc")]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)
