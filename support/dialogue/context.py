"""A message read with the one before it. Needs no database.

Two readings: the message by itself, and as a follow-up. The second adds up what is said of each article by the message,
by both messages together, and by the earlier one (taken off, as the two together say it again), and prefers the matter
that the conversation is at. The two readings are mixed by the probability that the message is a follow-up. The weights
were fitted over eight businesses.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.retriever import Retriever, Weighed
from support.understanding import followup

__all__ = ["WEIGHTS", "Before", "Weights", "probability_features", "read", "reading_features", "shipped"]

WEIGHTS = Path(followup.__file__).parent / "data" / "context.json"
LONGEST = 9  # words; a longer message is taken to stand by itself
SURE = 0.98  # so does one that an article answers with this probability
LEAST = 1e-3  # a probability that is no less
# After a question back a message is likely its answer, and then one of the choices is meant. Given, not fitted: nobody
# in the corpus is asked back.
ANSWERS, OFFERED = 3.0, 4.0  # log odds, units of utility
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Before:
    """What was said before: the visitor's last question, the articles that were answered, and those offered."""

    question: str
    answered: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weights:
    reading: Floats  # (4,): of the message, both, the earlier one, the matter
    follows: Floats  # (8,): of the features of being a follow-up
    intercept: float


def read(retriever: Retriever, text: str, alone: Weighed, before: Before, weights: Weights | None = None) -> Weighed:
    """`alone`, the message by itself, mixed with how it reads after what was said `before`."""
    stands = len(text.split()) > LONGEST or (alone.probabilities.max() >= SURE and not before.offered)
    if stands:
        return alone
    weights = weights or shipped()
    earlier = retriever.weigh(before.question)
    together = retriever.weigh(joined(before.question, text))
    matter = _matter(retriever, earlier, before.answered)
    columns, none = reading_features(alone, together, earlier, matter)
    utilities = columns @ weights.reading + OFFERED * np.isin(retriever.keys, before.offered)
    after = retriever.weighed(alone.features, utilities, float(none @ weights.reading))
    features = probability_features(followup.leaning(text), len(text.split()), alone, after, matter)
    odds = float(features @ weights.follows) + weights.intercept + ANSWERS * bool(before.offered)
    share = 1 / (1 + np.exp(-odds))
    return alone.mixed(after, share)


def joined(earlier: str, text: str) -> str:
    """Both messages as one text, the earlier one closed as a question."""
    return f"{earlier.rstrip('?।. ')}? {text}"


def reading_features(alone: Weighed, together: Weighed, earlier: Weighed, matter: Floats) -> tuple[Floats, Floats]:
    """What the reading as a follow-up adds up: (articles, 4), and (4,) of none of them."""
    parts = (alone, together, earlier)
    columns = np.stack([*(part.utilities for part in parts), np.log(matter + LEAST)], axis=1)
    return columns, np.array([*(part.none for part in parts), np.log(0.3)])


def probability_features(leaning: float, words: int, alone: Weighed, after: Weighed, matter: Floats) -> Floats:
    """What tells a follow-up: how little the message says alone, how well it goes with what was said, its wording."""
    here, there = alone.probabilities, after.probabilities
    return np.array(
        [
            _log_odds(alone.in_scope),
            _log_odds(here.max()),
            np.log(words + 1),
            np.log((here * matter).sum() / max(here.sum(), 1e-6) + LEAST),
            _log_odds(there.max()),
            _log_odds(after.in_scope),
            _log_odds((here * there).sum()),
            leaning,
        ]
    )


def _matter(retriever: Retriever, earlier: Weighed, answered: tuple[str, ...]) -> Floats:
    """Of each article: how likely the conversation is at its category."""
    of_articles = earlier.probabilities
    if answered:
        of_articles = (of_articles + np.isin(retriever.keys, answered) / len(answered)) / 2
    of_categories = np.bincount(retriever.categories, of_articles).astype(np.float64)
    return of_categories[retriever.categories]


def _log_odds(probability: float) -> float:
    kept = min(max(float(probability), LEAST), 1 - LEAST)
    return float(np.log(kept / (1 - kept)))


@lru_cache(maxsize=1)
def shipped() -> Weights:
    content = json.loads(WEIGHTS.read_text())
    return Weights(np.array(content["reading"]), np.array(content["follows"]), content["intercept"])
