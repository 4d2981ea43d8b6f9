"""What moods are learned from: labelled messages, and questions and small talk whose writers are likely calm. Imported
by commands only."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.types import Vectors
from support.understanding.measuring import Labelled
from support.understanding.phrases import read_phrases
from support.understanding.signals import SMALL_TALK

__all__ = ["questions", "scenarios", "small_talk"]

SEED = 7
QUESTIONS = 30  # of each business
SAME_SCENARIO = 0.93  # cosine of the encoder's vectors, above which two messages tell the same story


def questions(folder: Path) -> list[Labelled]:
    """Some of what a business is asked. Few who ask are upset, and a question about trouble is no complaint."""
    queries = read_queries(folder, read_entries(folder))
    asked = [query for query in queries if query.kind in ("in_scope", "out_of_scope")]
    some = random.Random(SEED).sample(asked, min(QUESTIONS, len(asked)))  # noqa: S311 - no secret
    return [Labelled(query.text, query.language, "", upset=False) for query in some]


def small_talk() -> list[Labelled]:
    """A text of each template of small talk: who says goodbye is not leaving in anger."""
    phrases, rng = read_phrases(), random.Random(SEED)  # noqa: S311 - no secret
    templates = [row for row in phrases.templates if row.label in SMALL_TALK]
    return [Labelled(phrases.expand(row.text, rng)[0], row.language, "", upset=False) for row in templates]


def scenarios(vectors: Vectors) -> NDArray[np.int64]:
    """A number for each row, equal where a chain of near-equal vectors joins two: translations of one stock question
    must not stand on both sides of a fold."""
    groups = np.arange(len(vectors))
    for first, second in zip(*np.nonzero(np.triu(vectors @ vectors.T > SAME_SCENARIO, 1)), strict=True):
        if groups[first] != groups[second]:
            groups[groups == groups[second]] = groups[first]
    return groups
