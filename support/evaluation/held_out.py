"""How well the bot judges a business that nothing was fitted on: each business by a calibration of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.fitting import fit, labelled
from knowledge_base.reranker import Reranker
from knowledge_base.retriever import Retriever
from support.dialogue.decision import Policy
from support.dialogue.thinking import Mind
from support.evaluation.outcomes import Outcome, observe
from support.evaluation.remembering import ReadBefore
from support.understanding.sentiment import SentimentModel

__all__ = ["answered_at", "outcomes"]


def outcomes(
    folders: Sequence[Path],
    tested: Sequence[Path],
    model: Encoder,
    reranker: Reranker | None,
    sentiment: SentimentModel,
    progress: Callable[[Sequence[Path], str], Iterable[Path]],
) -> list[Outcome]:
    """Of the queries of all folders: of each in `folders` by a calibration of the others, of each in `tested` by one of
    all in `folders`. Raises `BadImport`."""
    reads = ReadBefore(reranker) if reranker is not None else None
    rows = {folder: labelled(folder, model, reads) for folder in progress(folders, "measuring")}
    found = []
    for folder in progress([*folders, *tested], "asking"):
        entries = read_entries(folder)
        weights = fit([row for other, of_other in rows.items() if other != folder for row in of_other])
        retriever = Retriever.build(entries, model, weights=weights).read_by(reads)
        found += observe(Mind(retriever, sentiment), read_queries(folder, entries), Policy())
    return found


def answered_at(precision: float, found: Sequence[Outcome]) -> dict[str, Any]:
    """The largest share of the questions in scope that can be answered at once, most confident first, while so many of
    the answers to any question, in scope or not, are right; and the least confidence that this takes."""
    asked = [one for one in found if one.query.kind in ("in_scope", "out_of_scope")]
    asked.sort(key=lambda one: -one.confidence)
    right = np.array([one.rank == 0 for one in asked])
    in_scope = np.array([one.query.kind == "in_scope" for one in asked])
    enough = np.flatnonzero(np.cumsum(right) / np.arange(1, len(asked) + 1) >= precision)
    if not len(enough):
        return {"answered": 0.0, "from": 1.0}
    last = int(enough[-1])
    return {
        "answered": round(float(in_scope[: last + 1].sum() / in_scope.sum()), 4),
        "from": round(asked[last].confidence, 4),
    }
