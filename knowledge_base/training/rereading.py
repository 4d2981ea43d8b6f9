"""The reranker from beginning to end: made, measured on businesses that it has not seen, and its card."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from knowledge_base.bundled import FOLDER, BundledEncoder
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.fitting import Labelled, fit, labelled
from knowledge_base.network import TOKENIZER
from knowledge_base.reranker import READ, BundledReranker, Reranker
from knowledge_base.retriever import Retriever
from knowledge_base.training import recipe, telling
from knowledge_base.training.export import export_reranker
from knowledge_base.training.measuring import cross_fitted, figures_of
from knowledge_base.training.opened import opened
from knowledge_base.training.reranking import FURTHER, Plan, Reading, asked, train

__all__ = ["card", "figures", "make", "runs"]

TIMED = 40  # questions
RUNS = "\n## The runs, each on top of the one before\n"
Progress = Callable[[Sequence[Path]], Iterable[Path]]
HEAD = """---
license: mit
language: [bn, en]
---

# cxbot's reranker

Reads a customer's question and an article together and says, as log odds, whether the one answers the other. It begins
as cxbot's encoder (multilingual-e5-small, Wang et al. 2024, MIT; [its card](../encoder/README.md)), with a weight on
the mean of its tokens, quantised to 8 bits. cxbot lets it read the {read} likeliest articles of each question.

- **Made by** `manage.py train_reranker`, which measures it and writes this card.
- **Learned from** cxbot's own corpus (Apache 2.0), less the businesses that it is measured on and those in their
  trades, and by way of the encoder from what its card names. It has seen no customer's message.
- **Limits.** Those of the encoder. A score means something beside the scores of the same question's other articles;
  cxbot's calibration makes probabilities of them.
"""


def make(
    unseen: int,
    further: Sequence[str] | None,
    model: BundledEncoder,
    to: Path,
    log: Path,
    steps: int | None,
    progress: Progress,
) -> None:
    """Train on all businesses but those that the fold `unseen` leaves out, and export to the folder `to`; or let the
    reranker that is there learn `further` from those of them that are named, or where none is, from all."""
    seen = recipe.seen(recipe.folds()[unseen - 1])
    plan, reading = Plan(), Reading(opened(FOLDER))
    if further is not None:
        seen = [folder for folder in seen if not further or folder.name in further]
        plan, reading = FURTHER, Reading.opened(to, FOLDER)
    plan = plan if steps is None else replace(plan, steps=steps)
    train(reading, model.tokenizer, asked(seen, model, progress, plan), plan, log)
    export_reranker(reading, FOLDER / TOKENIZER, to)


def figures(
    unseen: int, test: Sequence[Path], model: BundledEncoder, folder: Path, progress: Progress
) -> dict[str, Any]:
    """With the reading and without it, each business by weights that were fitted on the others."""
    held_out, reranker = recipe.folds()[unseen - 1], BundledReranker(folder)
    rows = {path.name: labelled(path, model, reranker) for path in progress(held_out)}
    tables = {}
    for name, read in (("channels alone", False), ("with the reading", True)):
        judged = [pair for of_one in cross_fitted(rows, read=read).values() for pair in of_one]
        tables[name] = {way: asdict(of_way) for way, of_way in figures_of(judged).items()}
    weights = fit([row for of_one in rows.values() for row in of_one])
    for path in test:
        tested = labelled(path, model, reranker)
        for name, of_one in (("channels alone", _unread(tested)), ("with the reading", tested)):
            found = figures_of((row, weights) for row in of_one)
            tables[f"{path.name}, {name}"] = {way: asdict(of_way) for way, of_way in found.items()}
    return {
        "unseen": sorted(path.name for path in held_out),
        "tables": tables,
        "megabytes": round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6, 1),
        "milliseconds": _milliseconds(held_out[0], model, reranker),
        "machine": f"{os.cpu_count()} cores",
    }


def runs(card: Path) -> list[str]:
    """What the card in a reranker's folder tells of its trainings, one text for each."""
    text = card.read_text(encoding="utf-8") if card.exists() else ""
    return [told.strip() for told in text.partition(RUNS)[2].split("\n\n") if told.strip()]


def card(figures: Mapping[str, Any], told: Sequence[str]) -> str:
    """Markdown; `told`: the runs."""
    without, read = (figures["milliseconds"][name] for name in ("channels alone", "with the reading"))
    return "\n".join(
        [
            HEAD.format(read=READ),
            "## Finding the right article\n\nOver the businesses that neither it nor the encoder has seen "
            f"({', '.join(figures['unseen'])}), each by weights that were fitted on others.\n",
            telling.table(figures["tables"]),
            f"\n{figures['megabytes']} MB. A search takes {without} ms without the reading and {read} ms with it "
            f"({figures['machine']}, median, in one run).",
            RUNS,
            "\n\n".join(told),
            "",
        ]
    )


def _unread(rows: Sequence[Labelled]) -> list[Labelled]:
    return [replace(row, scores=None) for row in rows]


def _milliseconds(folder: Path, model: BundledEncoder, reranker: Reranker) -> dict[str, float]:
    entries = read_entries(folder)
    without = Retriever.build(entries, model)
    queries = [query.text for query in read_queries(folder, entries)]
    texts = queries[:: len(queries) // TIMED]
    return {
        name: _median_ms(retriever, texts)
        for name, retriever in (("channels alone", without), ("with the reading", without.read_by(reranker)))
    }


def _median_ms(retriever: Retriever, texts: Sequence[str]) -> float:
    times = []
    for text in texts:
        started = time.perf_counter()
        retriever.search(text)
        times.append(time.perf_counter() - started)
    return round(statistics.median(times) * 1000, 1)
