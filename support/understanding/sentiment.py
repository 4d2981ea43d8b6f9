"""How a message is meant: its sentiment, and whether its writer is upset, so that a person should step in soon.

The bundled model is two small heads over n-grams and the tone that the encoder hears, trained by `manage.py
train_sentiment`. Any Hugging Face text-classification model can take its place by a setting; that loads torch.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from support.understanding.linear import Linear

__all__ = ["BUNDLED", "DATA", "Bundled", "Mood", "SentimentModel", "Transformers", "load", "mood_of"]

Sentiment = Literal["negative", "neutral", "positive"]
SENTIMENTS: tuple[Sentiment, ...] = ("negative", "neutral", "positive")
Vector = NDArray[np.float32]
BUNDLED = "bundled"
DATA = Path(__file__).parent / "data"
MAX_TOKENS = 512  # what the usual models read; some tokenizers name no limit of their own
_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Mood:
    """`upset` is a probability."""

    sentiment: Sentiment
    upset: float


class SentimentModel(Protocol):
    def read(self, text: str, vector: Vector) -> Mood:
        """The mood of `text`; `vector` (dimension,) is the tone that the encoder reads in it."""


class Bundled:
    """The heads in `data/`. They know one encoder's vectors; beside another encoder they read n-grams alone."""

    def __init__(self, encoder: str, folder: Path = DATA) -> None:
        suffix = "" if encoder == trained_with(folder) else "_ngrams"
        self._sentiment = Linear.load(folder / f"sentiment{suffix}.npz")
        self._upset = Linear.load(folder / f"upset{suffix}.npz")

    def read(self, text: str, vector: Vector) -> Mood:
        return mood_of(self._sentiment, self._upset, text, vector)


def mood_of(sentiment: Linear, upset: Linear, text: str, vector: Vector | None) -> Mood:
    """What the two heads say together: who is upset is negative, however the first head reads it."""
    probabilities = sentiment.probabilities(text, vector)
    how_upset = upset.probabilities(text, vector)["upset"]
    probabilities["negative"] = max(probabilities["negative"], how_upset)
    return Mood(cast(Sentiment, max(probabilities, key=probabilities.__getitem__)), how_upset)


class Transformers:
    """A Hugging Face text-classification model. Who is upset is not among its labels: its P(negative) is taken, which
    finds the same people with more false alarms."""

    def __init__(self, name: str) -> None:
        from transformers import pipeline

        self._classify: Callable[..., Any] = pipeline("text-classification", model=name, top_k=None)
        self._tokens = min(self._classify.tokenizer.model_max_length, MAX_TOKENS)

    def read(self, text: str, vector: Vector) -> Mood:
        totals: dict[Sentiment, float] = {"negative": 0.0, "neutral": 0.0, "positive": 0.0}
        (labels,) = self._classify([text], truncation=True, max_length=self._tokens)
        for row in labels:
            totals[_standard(row["label"], len(labels))] += row["score"]
        return Mood(max(totals, key=totals.__getitem__), totals["negative"])


def load(setting: str, encoder: str) -> SentimentModel:
    """The model that a setting names, one for the process; `encoder` is the name of the encoder in use."""
    with _loading:
        return _load(setting, encoder)


@lru_cache(maxsize=4)
def _load(setting: str, encoder: str) -> SentimentModel:
    return Bundled(encoder) if setting == BUNDLED else Transformers(setting)


def trained_with(folder: Path) -> str:
    """The name of the encoder whose vectors the heads know."""
    with np.load(folder / "sentiment.npz", allow_pickle=False) as file:
        return str(file["encoder"])


def _standard(label: str, labels: int) -> Sentiment:
    """Models call their classes "NEGATIVE", "LABEL_0" (of two or three) or "2 stars"; each is one of ours.

    Raises `ValueError` for a label that is none of these.
    """
    name = label.lower()
    for sentiment in SENTIMENTS:
        if name.startswith(sentiment[:3]):
            return sentiment
    if stars := re.match(r"([1-5]) star", name):
        return SENTIMENTS[(0, 0, 1, 2, 2)[int(stars.group(1)) - 1]]
    if (number := re.fullmatch(r"label_(\d)", name)) and labels in (2, 3):
        return (SENTIMENTS[::2] if labels == 2 else SENTIMENTS)[int(number.group(1))]
    raise ValueError(f"the sentiment model calls a class {label!r}; cxbot knows negative/neutral/positive and stars")
