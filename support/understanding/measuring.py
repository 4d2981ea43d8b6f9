"""How well moods are read: the figures of `evaluate_sentiment` and `train_sentiment`. Imported by commands only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from knowledge_base.corpus import read_lines
from knowledge_base.errors import BadImport
from support.understanding.sentiment import Mood

__all__ = ["Labelled", "figures", "read_labelled"]

PRECISION = 0.85
SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    language: str
    sentiment: str
    upset: bool


def read_labelled(path: Path) -> list[Labelled]:
    """The rows of a sentiment file. Raises `BadImport` that names the line."""
    rows = []
    for number, row in read_lines(path):
        text, language, sentiment, upset = (row.get(name) for name in ("text", "lang", "sentiment", "upset"))
        if not (isinstance(text, str) and text and isinstance(language, str) and isinstance(upset, bool)):
            raise BadImport(f'{path}, line {number}: write "text" and "lang" as texts and "upset" as true or false.')
        if sentiment not in SENTIMENTS:
            raise BadImport(
                f"{path}, line {number}: the sentiment {sentiment!r} is not one of {', '.join(SENTIMENTS)}."
            )
        rows.append(Labelled(text, language, str(sentiment), upset))
    return rows


def figures(rows: Sequence[Labelled], moods: Sequence[Mood]) -> dict[str, dict[str, float]]:
    """For each language of `rows`: n, macro-F1 of the sentiment, and how well the upset are found. A figure about the
    upset is absent where all or none are."""
    return {
        language: _of_language([(row, mood) for row, mood in zip(rows, moods, strict=True) if row.language == language])
        for language in sorted({row.language for row in rows})
    }


def _of_language(pairs: Sequence[tuple[Labelled, Mood]]) -> dict[str, float]:
    truth = [row.sentiment for row, _ in pairs]
    read = [mood.sentiment for _, mood in pairs]
    result = {"n": len(pairs), "macro_f1": float(f1_score(truth, read, average="macro", zero_division=0))}
    upset, scores = np.array([row.upset for row, _ in pairs]), np.array([mood.upset for _, mood in pairs])
    if 0 < upset.sum() < len(upset):
        precision, recall, _thresholds = precision_recall_curve(upset, scores)
        result["upset_average_precision"] = float(average_precision_score(upset, scores))
        result["upset_recall_at_precision_85"] = float(recall[precision >= PRECISION].max(initial=0.0))
    return {name: round(value, 4) for name, value in result.items()}
