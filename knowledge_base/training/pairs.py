"""What is learned from: batches of texts, some of which belong together.

One shape serves every source: texts on the left and on the right, each with the number of the group that it belongs to.
A query and every passage of its article are one group; so are a Banglish text and its Bengali, and two questions of one
intent. A text without a group (`ALONE`) belongs to nobody and pushes all others away.
"""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.errors import BadImport
from knowledge_base.passages import passages_of
from knowledge_base.training.noise import noisy
from knowledge_base.training.romaniser import romanise

__all__ = ["ALONE", "Batch", "Business", "Echoes", "Intents", "Source", "Spellings", "read_banglatlit", "read_clinc"]

ALONE = -1
QUERIES, STRANGERS, PAIRS = 64, 8, 40  # texts in a batch
LONGEST = 100  # characters of a text that is a pair's: longer ones cost more than they teach
NOISY = 0.2  # share of texts that get slips of the thumb
JOINED = 0.06  # share of queries that are a follow-up after its context


@dataclass(frozen=True, slots=True)
class Batch:
    left: Sequence[str]
    left_groups: Sequence[int]
    right: Sequence[str]
    right_groups: Sequence[int]
    alike: bool = False  # the left text of a group is the right one in other letters: they should have one vector


class Source(Protocol):
    name: str

    def draw(self, rng: random.Random) -> Batch: ...


class Business:
    """All articles of one business at once: what teaches close questions apart is to choose among its own articles."""

    def __init__(self, folder: Path, romanised: tuple[float, float] = (0.0, 0.0)) -> None:
        """`romanised`: the shares of its Bengali queries and passages that are read in Latin letters."""
        self.name, self._romanised = folder.name, romanised
        entries = read_entries(folder)
        numbers = {entry.key: number for number, entry in enumerate(entries)}
        self._passages: list[list[list[str]]] = [[] for _ in entries]
        for entry in entries:
            by_kind: dict[tuple[str, str], list[str]] = defaultdict(list)
            for passage in passages_of(entry):
                by_kind[passage.kind, passage.language].append(passage.text)
            # Each kind and language is as likely as the others, however many texts it has.
            self._passages[numbers[entry.key]] = list(by_kind.values())
        queries = read_queries(folder, entries)
        self._asked = [(one.text, numbers[one.article]) for one in queries if one.kind == "in_scope" and one.article]
        self._joined = [
            (f"{one.context[-1]} {one.text}", numbers[one.article])
            for one in queries
            if one.kind == "follow_up" and one.context and one.article
        ]
        self._strangers = [one.text for one in queries if one.kind == "out_of_scope"]

    def draw(self, rng: random.Random) -> Batch:
        asked = rng.sample(self._asked, min(QUERIES, len(self._asked)))
        if self._joined:
            asked = [rng.choice(self._joined) if rng.random() < JOINED else one for one in asked]
        strangers = rng.sample(self._strangers, min(STRANGERS, len(self._strangers)))
        left = [_noised(_romanised(text, self._romanised[0], rng), rng) for text, _ in asked] + strangers
        groups = [number for _, number in asked] + [ALONE] * len(strangers)
        right = [_romanised(rng.choice(rng.choice(kinds)), self._romanised[1], rng) for kinds in self._passages]
        return Batch(left, groups, right, range(len(right)))


class Echoes:
    """The Bengali texts of one business, and the same texts in Latin letters: Banglish shall mean what Bengali means,
    down to what tells two texts of one business apart."""

    def __init__(self, folder: Path) -> None:
        self.name = f"{folder.name} echoed"
        entries = read_entries(folder)
        texts = [passage.text for entry in entries for passage in passages_of(entry)]
        texts += [query.text for query in read_queries(folder, entries)]
        self._texts = [text for text in dict.fromkeys(texts) if _is_bengali(text)]

    def draw(self, rng: random.Random) -> Batch:
        right = rng.sample(self._texts, PAIRS)
        return Batch(
            [_noised(romanise(text, rng), rng) for text in right], range(PAIRS), right, range(PAIRS), alike=True
        )


class Spellings:
    """A Bengali text and the ways in which it is written in Latin letters: real ones, and made ones."""

    name = "spellings"

    def __init__(self, pairs: Sequence[tuple[str, str]], made: float = 0.4) -> None:
        self._pairs, self._made = pairs, made

    def draw(self, rng: random.Random) -> Batch:
        left, right = [], []
        for banglish, bengali in rng.sample(self._pairs, PAIRS):
            written = romanise(bengali, rng) if rng.random() < self._made else banglish
            left.append(_noised(written, rng))
            right.append(banglish if written != banglish and rng.random() < 0.3 else bengali)
        return Batch(left, range(PAIRS), right, range(PAIRS), alike=True)


class Intents:
    """Two ways of asking the same thing, for many things."""

    def __init__(self, name: str, intents: dict[str, list[str]]) -> None:
        self.name, self._intents = name, list(intents.values())

    def draw(self, rng: random.Random) -> Batch:
        chosen = rng.sample(self._intents, min(PAIRS, len(self._intents)))
        drawn = [rng.sample(texts, 2) for texts in chosen]
        groups = range(len(drawn))
        return Batch([_noised(one, rng) for one, _ in drawn], groups, [other for _, other in drawn], groups)


def read_banglatlit(folder: Path) -> list[tuple[str, str]]:
    """Pairs of Banglish and Bengali (BanglaTLit, Fahim et al. 2024, MIT). Raises `BadImport`."""
    return [
        (row["text_transliterated"], row["text_bengali"])
        for path in _present(folder / "banglatlit", "val.csv", "test.csv")
        for row in csv.DictReader(path.open(encoding="utf-8", newline=""))
        if max(len(row["text_transliterated"]), len(row["text_bengali"])) <= LONGEST
    ]


def read_clinc(folder: Path) -> dict[str, list[str]]:
    """English questions by intent (CLINC150, Larson et al. 2019, CC BY 3.0). Raises `BadImport`."""
    (path,) = _present(folder / "clinc150", "data_full.json")
    intents: dict[str, list[str]] = defaultdict(list)
    for text, intent in json.loads(path.read_text(encoding="utf-8"))["train"]:
        intents[intent].append(text)
    return intents


def _present(folder: Path, *names: str) -> Iterator[Path]:
    for name in names:
        if not (folder / name).is_file():
            raise BadImport(f"{folder / name} is missing. README.md of knowledge_base/training says where to get it.")
        yield folder / name


def _noised(text: str, rng: random.Random) -> str:
    return noisy(text, rng) if rng.random() < NOISY else text


def _romanised(text: str, share: float, rng: random.Random) -> str:
    return romanise(text, rng) if _is_bengali(text) and rng.random() < share else text


def _is_bengali(text: str) -> bool:
    return any("\u0980" <= letter <= "\u09ff" for letter in text)
