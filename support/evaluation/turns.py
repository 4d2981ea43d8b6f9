"""Messages with one before them, as the weights of `support.dialogue.context` are fitted on: follow-ups, and questions
after an unrelated one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge_base.corpus import Query, read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.reranker import Reranker
from knowledge_base.retriever import Retriever
from knowledge_base.weighed import Weighed, joined
from support.dialogue import context
from support.dialogue.context import Before, Measured

__all__ = ["LANGUAGES", "Turn", "said", "turns"]

LANGUAGES = ("en", "bn", "bn-Latn")
SEED = 7


@dataclass(frozen=True, slots=True)
class Turn:
    """A message, its right article, and how it reads."""

    source: str  # the business
    text: str
    language: str
    follows: bool
    right: int  # the article's number
    retriever: Retriever
    alone: Weighed
    measured: Measured | None  # None: it stands by itself


def said(folder: Path, most: int | None = None) -> list[Query]:
    """The follow-ups of a folder, and its questions in scope, of each language at most so many. Raises `BadImport`."""
    queries, rng = read_queries(folder, read_entries(folder)), random.Random(SEED)  # noqa: S311 - no secret
    chosen = [query for query in queries if query.kind == "follow_up" and query.context]
    for language in LANGUAGES:
        asked = [query for query in queries if query.kind == "in_scope" and query.language == language]
        chosen += asked if most is None else rng.sample(asked, min(most, len(asked)))
    return chosen


def turns(folder: Path, model: Encoder, reranker: Reranker | None, most: int | None = None) -> list[Turn]:
    """What was `said`, measured. A question comes after an unrelated one of its language; one that has none there is
    left out. Raises `BadImport`."""
    entries = read_entries(folder)
    retriever = Retriever.build(entries, model).read_by(reranker)
    pairs = _with_earlier(said(folder, most))
    model.queries([text for query, earlier in pairs for text in (query.text, earlier)])  # together: that is quicker
    alone = [retriever.weigh(query.text) for query, _ in pairs]
    before = [Before(earlier) for _, earlier in pairs]
    stands = [
        context.stands(query.text, weighed, earlier)
        for (query, _), weighed, earlier in zip(pairs, alone, before, strict=True)
    ]
    together = [joined(pair[1], pair[0].text) for pair, sure in zip(pairs, stands, strict=True) if not sure]
    if together:
        model.queries(together)
    numbers = {entry.key: number for number, entry in enumerate(entries)}
    return [
        Turn(
            folder.name,
            query.text,
            query.language,
            query.kind == "follow_up",
            numbers[query.article or ""],
            retriever,
            weighed,
            None if sure else context.measure(retriever, query.text, weighed, earlier),
        )
        for (query, _), weighed, earlier, sure in zip(pairs, alone, before, stands, strict=True)
    ]


def _with_earlier(queries: Sequence[Query]) -> list[tuple[Query, str]]:
    rng, pairs = random.Random(SEED), []  # noqa: S311 - no secret: the same pairs every time
    for query in queries:
        if query.kind == "follow_up":
            pairs.append((query, query.context[-1]))
            continue
        others = [
            other.text
            for other in queries
            if other.kind == "in_scope" and other.language == query.language and other.article != query.article
        ]
        if others:
            pairs.append((query, rng.choice(others)))
    return pairs
