"""A message read with the one before it. Needs no database.

Two readings: the message by itself, and as a follow-up. The second adds up what is said of each article by the message,
by both messages together, and by the earlier one (taken off, as the two together say it again), and prefers the matter
that the conversation is at. The two readings are mixed by the probability that the message is a follow-up. The
reranker, which has learned to read a message alone and after another one, checks each. The shipped weights were fitted
over eight businesses; `manage.py train_followup` fits them anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.calibration import Calibration
from knowledge_base.retriever import Retriever
from knowledge_base.weighed import LONGEST, Features, Weighed, joined
from support.understanding import followup

__all__ = ["WEIGHTS", "Before", "Measured", "Weights", "measure", "mixed", "read", "read_after", "shipped", "stands"]

WEIGHTS = Path(followup.__file__).parent / "data" / "context.json"
SURE = 0.98  # a message that an article answers with this probability is taken to stand by itself
LEAST = 1e-3  # a probability that is no less
HARDLY = 0.05  # the probability below which a reading is not worth the reranker's time
# After a question back a message is likely its answer, and then one of the choices is meant. Given, not fitted: nobody
# in the corpus is asked back.
ANSWERS, OFFERED = 5.5, 4.0  # log odds, units of utility
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

    def save(self, path: Path, note: str) -> None:
        reading, follows = (part.round(3).tolist() for part in (self.reading, self.follows))
        content = {"note": note, "reading": reading, "follows": follows, "intercept": round(self.intercept, 3)}
        path.write_text(json.dumps(content, indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> Weights:
        content = json.loads(path.read_text())
        return cls(np.array(content["reading"]), np.array(content["follows"]), content["intercept"])


@dataclass(frozen=True, slots=True)
class Measured:
    """A message and what was said before it, as far as no weight is needed."""

    alone: Weighed
    together: Features  # of both messages as one text
    columns: Floats  # (articles, 4): what the reading as a follow-up adds up
    none: Floats  # (4,): the same of no article
    matter: Floats  # (articles,): how likely the conversation is at its category
    offered: NDArray[np.bool_]  # (articles,)
    asked_back: bool  # what is offered may be withdrawn in the meantime
    words: int

    def after(self, reading: Floats) -> Weighed:
        """The message read as a follow-up."""
        utilities, none = self.columns @ reading + OFFERED * self.offered, float(self.none @ reading)
        probabilities, in_scope = Calibration.probabilities(utilities, none)
        return Weighed(self.together, utilities, none, probabilities, in_scope)

    def features(self, leaning: float, after: Weighed) -> Floats:
        """What tells a follow-up: how little the message says alone, how well it goes with what was said, and its
        wording, `leaning`."""
        here, there = self.alone.probabilities, after.probabilities
        return np.array(
            [
                _log_odds(self.alone.in_scope),
                _log_odds(here.max()),
                np.log(self.words + 1),
                np.log((here * self.matter).sum() / max(here.sum(), 1e-6) + LEAST),
                _log_odds(there.max()),
                _log_odds(after.in_scope),
                _log_odds((here * there).sum()),
                leaning,
            ]
        )

    def follows(self, leaning: float, after: Weighed, weights: Weights) -> float:
        """The probability that the message is a follow-up."""
        odds = float(self.features(leaning, after) @ weights.follows) + weights.intercept
        return float(1 / (1 + np.exp(-odds - ANSWERS * self.asked_back)))


def read(retriever: Retriever, text: str, alone: Weighed, before: Before) -> Weighed:
    """`alone`, the message by itself, mixed with how it reads after what was said `before`."""
    if stands(text, alone, before):
        return retriever.reread(alone)
    return mixed(retriever, measure(retriever, text, alone, before), followup.leaning(text), shipped())


def mixed(retriever: Retriever, measured: Measured, leaning: float, weights: Weights) -> Weighed:
    """Both readings, each as likely as it is the right one; which one hardly is, the reranker does not read."""
    after = measured.after(weights.reading)
    share = measured.follows(leaning, after, weights)
    alone = retriever.reread(measured.alone) if share < 1 - HARDLY else measured.alone
    return alone.mixed(read_after(retriever, after) if share > HARDLY else after, share)


def read_after(retriever: Retriever, after: Weighed) -> Weighed:
    """Read by the reranker, which tells which article is meant, however sure that seems; but not whether there is one:
    it hears the earlier question again, which has an answer."""
    read = retriever.reread(after, sure=1.0)
    scale = after.in_scope / max(read.in_scope, LEAST)
    return replace(read, probabilities=read.probabilities * scale, in_scope=after.in_scope)


def stands(text: str, alone: Weighed, before: Before) -> bool:
    """Whether the message is taken by itself without another look."""
    return len(text.split()) > LONGEST or (bool(alone.probabilities.max() >= SURE) and not before.offered)


def measure(retriever: Retriever, text: str, alone: Weighed, before: Before) -> Measured:
    """What the weights are laid on."""
    earlier = retriever.weigh(before.question)
    together = retriever.weigh(joined(before.question, text))
    read_as = alone.features.read_after(earlier.features)
    matter = _matter(retriever, earlier, before.answered)
    parts = (alone, together, earlier)
    return Measured(
        alone,
        replace(together.features, read_as=read_as),
        np.stack([*(part.utilities for part in parts), np.log(matter + LEAST)], axis=1),
        np.array([*(part.none for part in parts), np.log(0.3)]),
        matter,
        np.isin(retriever.keys, before.offered),
        bool(before.offered),
        len(text.split()),
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
    return Weights.load(WEIGHTS)
