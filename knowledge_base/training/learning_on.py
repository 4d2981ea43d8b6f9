"""The shipped encoder learns on, in its upper layers, from every business that it is not measured on."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from knowledge_base.bundled import BundledEncoder
from knowledge_base.calibration import WAYS
from knowledge_base.fitting import Labelled, fit, labelled
from knowledge_base.network import TOKENIZER
from knowledge_base.training import recipe
from knowledge_base.training.card import NAMES
from knowledge_base.training.choices import Choices, Texts
from knowledge_base.training.export import export
from knowledge_base.training.folder import open_model, save_model
from knowledge_base.training.measuring import Figures, cross_fitted, figures_of
from knowledge_base.training.opened import opened
from knowledge_base.training.states import States
from knowledge_base.training.upper import Plan, Upper, train

__all__ = ["HEADING", "figures", "make", "told", "with_run"]

HEADING = "\n## Learned on since\n"
Progress = Callable[[Sequence[Any]], Iterable[Any]]


def make(unseen: int, encoder: Path, to: Path, room: Path, steps: int | None, progress: Progress) -> Path:
    """Train the encoder in that folder on all businesses but those that the fold `unseen` leaves out, and export it to
    the folder `to`. Returns the log."""
    plan = Plan() if steps is None else replace(Plan(), steps=steps)
    rng, texts = random.Random(plan.seed), Texts()  # noqa: S311 - for repeating an experiment
    businesses = [Choices(folder, texts, rng) for folder in recipe.seen(recipe.folds()[unseen - 1])]
    bert, tokenizer = opened(encoder), Tokenizer.from_file(str(encoder / TOKENIZER))
    states = States(bert, tokenizer, texts, plan.layers, progress)
    log = room / "upper.jsonl"
    train(Upper(bert, states, plan), businesses, plan, log)
    tokenizer.no_truncation()
    save_model(bert, tokenizer, room / "upper-bare")
    open_model(room / "upper-bare").save(str(room / "upper"))
    export(room / "upper", to)
    return log


def figures(unseen: int, test: Sequence[Path], folder: Path, progress: Progress) -> dict[str, dict[str, Figures]]:
    """Of the channels alone, by way of writing: on the businesses of the fold, each by weights that were fitted on the
    others, and on each of `test` by weights that were fitted on all of them."""
    model = BundledEncoder(folder)
    rows: dict[str, list[Labelled]] = {
        path.name: labelled(path, model) for path in progress(recipe.folds()[unseen - 1])
    }
    judged = [pair for of_one in cross_fitted(rows).values() for pair in of_one]
    tables = {"unseen businesses": figures_of(judged)}
    weights = fit([row for of_one in rows.values() for row in of_one])
    for path in test:
        tables[path.name] = figures_of((row, weights) for row in labelled(path, model))
    return tables


def told(log: Path, tables: Mapping[str, Mapping[str, Figures]]) -> str:
    """Markdown of one run: what the log tells, and what was measured after it."""
    first, *steps = map(json.loads, log.read_text().splitlines())
    tenth = max(len(steps) // 10, 1)
    losses = [np.mean([step["loss"] for step in steps[start : start + tenth]]) for start in range(0, len(steps), tenth)]
    rows = [
        "| all channels, no reading | " + " | ".join(f"{NAMES[way]} top-1 | top-3 | AUROC" for way in WAYS) + " |",
        "|---|" + "---|" * 9,
    ]
    for name, of_one in tables.items():
        cells = [f"{getattr(of_one[way], figure):.3f}" for way in WAYS for figure in ("top1", "top3", "auroc")]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(
        [
            f"{len(steps)} steps of the upper layers in {steps[-1]['seconds'] / 60:.0f} minutes; the loss by tenths: "
            f"{', '.join(f'{loss:.2f}' for loss in losses)}. `{json.dumps(first['plan'])}`\n",
            *rows,
            "",
        ]
    )


def with_run(card: str, run: str) -> str:
    """A card with one run more, after those that it tells of."""
    return f"{card.rstrip()}\n{'' if HEADING in card else HEADING}\n{run}"
