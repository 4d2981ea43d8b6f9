"""What the upper layers learn from: the questions of one business, and all of its articles to choose from."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.passages import passages_of
from knowledge_base.text.respelling import Respeller
from knowledge_base.training.noise import noisy
from knowledge_base.training.romaniser import romanise

__all__ = ["Choice", "Choices", "Texts"]

NOISY = 0.3  # share of the questions that are there with slips of the thumb, too
NOBODY = -1  # the article of a question that none answers


class Texts:
    """Texts, each once, by numbers from 0."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


@dataclass(frozen=True, slots=True)
class Choice:
    """Numbers of texts: questions and passages, each with the number of its article."""

    questions: Sequence[int]
    rights: Sequence[int]  # of the questions; `NOBODY`: none answers it
    passages: Sequence[int]
    articles: Sequence[int]  # of the passages


class Choices:
    """Of one business. A question is there in every way in which it may be read: Banglish also in Bengali letters, as
    the retriever respells it, Bengali also in Latin ones, and some of each with slips."""

    def __init__(self, folder: Path, texts: Texts, rng: random.Random) -> None:
        self.name = folder.name
        entries = read_entries(folder)
        numbers = {entry.key: number for number, entry in enumerate(entries)}
        self._passages: list[list[list[list[int]]]] = []  # of each article, of its questions and of its answer, by kind
        passages = [list(passages_of(entry)) for entry in entries]
        for of_article in passages:
            kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
            for passage in of_article:
                kinds[passage.kind, passage.language].append(texts.number(passage.text))
            halves = [
                [found for (kind, _), found in kinds.items() if (kind == "answer") is half] for half in (False, True)
            ]
            self._passages.append([half for half in halves if half])
        respeller = Respeller(passage.text for of_article in passages for passage in of_article)
        self._asked: list[tuple[list[int], int]] = []
        self._strangers: list[tuple[list[int], int]] = []
        for query in read_queries(folder, entries):
            if query.kind not in ("in_scope", "out_of_scope"):
                continue
            read = [query.text]
            if query.language == "bn-Latn":
                read.append(respeller.respelled(query.text))
            if query.language == "bn":
                read.append(romanise(query.text, rng))
            if rng.random() < NOISY:
                read.append(noisy(query.text, rng))
            right = numbers[query.article] if query.article else NOBODY
            (self._strangers if right == NOBODY else self._asked).append(([*map(texts.number, read)], right))

    def __len__(self) -> int:
        """How many articles there are."""
        return len(self._passages)

    def draw(self, questions: int, strangers: int, rng: random.Random) -> Choice:
        """So many questions at most, and for each article one of its questions or phrasings and a piece of an answer,
        in any language."""
        asked = [
            *rng.sample(self._asked, min(questions, len(self._asked))),
            *rng.sample(self._strangers, min(strangers, len(self._strangers))),
        ]
        drawn = [
            (rng.choice(rng.choice(half)), number) for number, halves in enumerate(self._passages) for half in halves
        ]
        return Choice(
            [rng.choice(read) for read, _ in asked],
            [right for _, right in asked],
            [passage for passage, _ in drawn],
            [number for _, number in drawn],
        )
