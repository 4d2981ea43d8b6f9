"""The shipped encoder learns on, in its upper layers, from every business that it is not measured on."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from knowledge_base.bundled import BundledEncoder
from knowledge_base.fitting import Labelled, fit, labelled
from knowledge_base.network import TOKENIZER
from knowledge_base.training import recipe, telling
from knowledge_base.training.choices import Choices, Texts
from knowledge_base.training.export import export_opened
from knowledge_base.training.measuring import Figures, cross_fitted, figures_of
from knowledge_base.training.opened import opened, tone_of
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
    export_opened(bert, tokenizer, tone_of(encoder, bert), room / "upper", to)
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
    """Markdown of one run: what the log tells, and what was measured after it, all channels and no reading."""
    found = {name: {way: asdict(of_way) for way, of_way in of_one.items()} for name, of_one in tables.items()}
    return f"{telling.run(log)}\n\n{telling.table(found)}\n"


def with_run(card: str, run: str) -> str:
    """A card with one run more, after those that it tells of."""
    return f"{card.rstrip()}\n{'' if HEADING in card else HEADING}\n{run}"
