"""Questions put to an encoder, each answered by a few numbers: the parts of `measure_encoder`."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from knowledge_base.calibration import WAYS, Calibration
from knowledge_base.corpus import Query, read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.errors import BadImport
from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, Vectors

__all__ = ["Prompted", "Remembering", "agreement", "banking77", "learning_curve"]

SHOTS, SEED = 10, 20261126
MOST_ADDED = 3  # of the four queries that an article has in a language; the others are asked


class Prompted:
    """The stock model as its authors use it: with a word before each text (Wang et al. 2024)."""

    def __init__(self, inner: Encoder) -> None:
        self._inner, self.name, self.dimension = inner, f"stock {inner.name}", inner.dimension

    def queries(self, texts: Sequence[str]) -> Vectors:
        return self._inner.queries([f"query: {text}" for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return self._inner.passages([f"passage: {text}" for text in texts])


class Remembering:
    """An encoder that reads no text twice."""

    def __init__(self, inner: Encoder) -> None:
        self._inner, self.name, self.dimension = inner, inner.name, inner.dimension
        self._queries: dict[str, Vectors] = {}
        self._passages: dict[str, Vectors] = {}

    def queries(self, texts: Sequence[str]) -> Vectors:
        return _remembered(texts, self._queries, self._inner.queries)

    def passages(self, texts: Sequence[str]) -> Vectors:
        return _remembered(texts, self._passages, self._inner.passages)


def banking77(model: Encoder, third_party: Path) -> float:
    """Accuracy of the nearest of ten questions of each of 77 intents (BANKING77, Casanueva et al. 2020): what is left
    of general English. Raises `BadImport`."""
    by_intent: dict[str, list[str]] = defaultdict(list)
    for text, intent in _rows(third_party / "banking77" / "train.csv"):
        by_intent[intent].append(text)
    rng = random.Random(SEED)  # noqa: S311 - for repeating an experiment
    known = [(text, intent) for intent in sorted(by_intent) for text in rng.sample(by_intent[intent], SHOTS)]
    asked = list(_rows(third_party / "banking77" / "test.csv"))
    vectors = model.queries([text for text, _ in known])
    nearest = (model.queries([text for text, _ in asked]) @ vectors.T).argmax(axis=1)
    return float(np.mean([known[number][1] == intent for number, (_, intent) in zip(nearest, asked, strict=True)]))


def agreement(one: Encoder, other: Encoder, texts: Sequence[str]) -> tuple[float, float]:
    """The mean and the least cosine of two encoders' vectors of the same texts."""
    cosines = (one.queries(texts) * other.queries(texts)).sum(axis=1)
    return float(cosines.mean()), float(cosines.min())


def learning_curve(folder: Path, model: Encoder, weights: Calibration) -> dict[str, dict[str, float]]:
    """What an editor gains: top-1 by way of writing, with so many of an article's own queries added to it as phrasings.

    Keys: `0`, `1 en`, …, `3 bn-Latn`, and `1 all` … `3 all` (so many in each way). The fourth query is asked.
    """
    entries = read_entries(folder)
    queries = [query for query in read_queries(folder, entries) if query.kind == "in_scope"]
    random.Random(SEED).shuffle(queries)  # noqa: S311 - for repeating it; an author's fourth way of asking is the hardest
    by_article: dict[tuple[str | None, str], list[Query]] = defaultdict(list)
    for query in queries:
        by_article[query.article, query.language].append(query)
    asked = [query for group in by_article.values() for query in group[MOST_ADDED:]]
    plans: list[tuple[int, tuple[str, ...]]] = [(0, ())] + [
        (count, (way,)) for way in WAYS for count in (1, MOST_ADDED)
    ]
    plans += [(count, WAYS) for count in range(1, MOST_ADDED + 1)]
    curve = {}
    for count, ways in plans:
        taught = [_taught(entry, by_article, count, ways) for entry in entries]
        retriever = Retriever.build(taught, model, weights=weights)
        hits: dict[str, list[bool]] = defaultdict(list)
        for query in asked:
            found = retriever.search(query.text, vector=model.queries([query.text])[0], limit=1)
            hits[query.language].append(found.candidates[0].article == query.article)
        name = "0" if not count else f"{count} {ways[0] if len(ways) == 1 else 'all'}"
        curve[name] = {way: float(np.mean(hits[way])) for way in WAYS}
    return curve


def _taught(
    entry: Entry, by_article: Mapping[tuple[str | None, str], list[Query]], count: int, ways: Sequence[str]
) -> Entry:
    phrasings = dict(entry.phrasings)
    for way in ways:
        phrasings[way] = (*phrasings.get(way, ()), *(query.text for query in by_article[entry.key, way][:count]))
    return replace(entry, phrasings=phrasings)


def _remembered(texts: Sequence[str], known: dict[str, Vectors], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known.update(zip(new, encode(new), strict=True))
    return np.stack([known[text] for text in texts]) if texts else np.zeros((0, 0), np.float32)


def _rows(path: Path) -> Iterator[tuple[str, str]]:
    if not path.is_file():
        raise BadImport(f"{path} is missing. README.md of knowledge_base/training says where to get it.")
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["text"], row["category"]
