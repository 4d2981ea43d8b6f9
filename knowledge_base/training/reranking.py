"""Training the reranker: a question, the article that answers it, and the ones that the retriever takes for it.

It begins as the shipped encoder, which knows support talk in three ways of writing, and learns to read two texts at
once. Each question comes with a few of the articles that the retriever ranks highest; the loss is that of choosing the
right one, or none of them: where the question is foreign to the business, and where its article was left out, which is
what a gap in a knowledge base looks like.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import BertModel

from knowledge_base.corpus import Query, read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.reranker import pair
from knowledge_base.retriever import Retriever
from knowledge_base.training.descent import descend
from knowledge_base.training.opened import head_of, opened
from knowledge_base.training.precision import autocast
from knowledge_base.weighed import LONGEST, Features, joined

__all__ = ["FURTHER", "Asked", "Plan", "Reading", "asked", "train"]

RANKED = 10  # articles that wrong ones are drawn from, the higher ranked the likelier
CHUNK = 32  # pairs that go through together, sorted by length so that little is padding
PADDING = 1
STANDING = ("in_scope", "out_of_scope")  # kinds of questions that mean something by themselves


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is, whole: with the same data it repeats."""

    steps: int = 1300
    questions: int = 16  # of a step
    wrong: int = 3  # articles beside the right one
    rate: float = 8e-5  # the peak
    head_rate: float = 20.0  # times that of the body: the head begins at nothing
    frozen: int = 4  # of the lowest layers
    foreign: float = 0.1  # share of questions that no article answers
    left_out: float = 0.08  # share of the others whose right article is left out
    unspelt: float = 0.15  # share of Banglish questions that are read without their Bengali letters
    taught: float = 0.3  # share of questions asked of articles that have been given a customer's question as a phrasing
    following: float = 0.12  # share of questions that come after another one, and are read with it
    seed: int = 1


FURTHER = Plan(steps=1250, rate=1.2e-4, head_rate=5.0, seed=12)  # of a reranker that is there


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what could answer it."""

    text: str
    read_as: str
    ranked: Sequence[str]  # readable articles, likeliest first, without the right one
    right: str | None
    follows: bool = False


class Reading(nn.Module):
    """A score for each row of pieces: a weighted mean of its tokens."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert, self.head = bert, nn.Linear(bert.config.hidden_size, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    @classmethod
    def opened(cls, folder: Path, encoder: Path) -> Reading:
        """A reranker that was exported, to learn on."""
        reading = cls(opened(folder, encoder))
        for part, value in zip((reading.head.weight, reading.head.bias), head_of(folder), strict=True):
            part.data.copy_(torch.tensor(value))
        return reading

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        there = mask[:, :, None]
        return self.head((hidden * there).sum(1) / there.sum(1)).squeeze(1).float()

    def scores(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """(rows,), with gradients."""
        order = sorted(range(len(rows)), key=lambda number: len(rows[number]))
        parts = []
        for start in range(0, len(order), CHUNK):
            together = [rows[number] for number in order[start : start + CHUNK]]
            ids = torch.full((len(together), max(map(len, together))), PADDING)
            mask = torch.zeros_like(ids)
            for number, row in enumerate(together):
                ids[number, : len(row)] = torch.tensor(row)
                mask[number, : len(row)] = 1
            with autocast("cpu"):
                parts.append(self(ids, mask))
        return torch.cat(parts)[torch.tensor(order).argsort()]


def asked(
    folders: Sequence[Path], model: Encoder, progress: Callable[[Sequence[Path]], Iterable[Path]], plan: Plan
) -> list[Asked]:
    """What is asked of the businesses, as their retrievers rank it: of each as much as the plan will draw. Raises
    `BadImport`."""
    rng = random.Random(plan.seed)  # noqa: S311 - for repeating an experiment
    most = math.ceil(plan.steps * plan.questions / len(folders))
    return [one for folder in progress(folders) for one in _asked(folder, model, most, plan, rng)]


def train(model: Reading, tokenizer: Tokenizer, questions: Sequence[Asked], plan: Plan, log: Path) -> None:
    """Writes a line of JSON for each step to `log`."""
    rng = random.Random(plan.seed)  # noqa: S311 - for repeating an experiment
    torch.manual_seed(plan.seed)
    model.eval()  # no dropout, as in the encoder's training
    bert = model.bert
    bert.embeddings.requires_grad_(False)
    for layer in bert.encoder.layer[: plan.frozen]:
        layer.requires_grad_(False)
    body, head = [weight for weight in bert.parameters() if weight.requires_grad], list(model.head.parameters())
    drawn, pieces = _drawn(questions, plan, rng), _pieces(tokenizer)

    def step() -> tuple[Tensor, dict[str, str]]:
        batch = [next(drawn) for _ in range(plan.questions)]
        rows = [pair(pieces(read_as), pieces(text)) for read_as, texts, _ in batch for text in texts]
        scores = model.scores(rows).view(len(batch), -1)
        choices = torch.cat([torch.zeros(len(batch), 1), scores], dim=1)  # none of them, then each
        return cross_entropy(choices, torch.tensor([int(there) for *_, there in batch])), {}

    descend([(body, plan.rate), (head, plan.rate * plan.head_rate)], plan.steps, step, log, {"plan": asdict(plan)})


def _asked(folder: Path, model: Encoder, most: int, plan: Plan, rng: random.Random) -> Iterator[Asked]:
    entries = read_entries(folder)
    retriever = Retriever.build(entries, model)
    said = read_queries(folder, entries)
    queries = [query for query in said if query.kind in STANDING]
    of_article: dict[str | None, list[str]] = defaultdict(list)
    for query in queries:
        of_article[query.article].append(query.text)

    def with_articles(query: Query, text: str, features: Features, order: Iterable[int], follows: bool) -> Asked:
        teaching, ranked = rng.random() < plan.taught, {}
        for number in order:
            key = retriever.entries[number].key
            others = [said for said in of_article[key] if said != query.text]
            ranked[key] = retriever.readable(number, features, rng.choice(others) if teaching and others else None)
        right = ranked.pop(query.article, None) if query.article else None
        return Asked(text, features.read_as, list(ranked.values())[:RANKED], right, follows)

    queries = rng.sample(queries, min(most, len(queries)))
    for query, vector in zip(queries, model.queries([query.text for query in queries]), strict=True):
        found = retriever.weigh(query.text, vector)
        yield with_articles(query, query.text, found.features, found.order(), follows=False)
    after = _with_earlier(said, rng)
    for query, earlier in rng.sample(after, min(len(after), math.ceil(most * plan.following))):
        text = joined(earlier, query.text)
        found, read_as = retriever.weigh(text), retriever.features(query.text).read_after(retriever.features(earlier))
        yield with_articles(query, text, replace(found.features, read_as=read_as), found.order(), follows=True)


def _with_earlier(said: Sequence[Query], rng: random.Random) -> list[tuple[Query, str]]:
    """The follow-ups, each with the message before it; and as many short questions, each after one about something
    else: what is asked last is what is to be answered."""
    following = [query for query in said if query.kind == "follow_up" and query.context]
    short = [query for query in said if query.kind in STANDING and len(query.text.split()) <= LONGEST]
    pairs = [(query, query.context[-1]) for query in following]
    for query in rng.sample(short, min(len(following), len(short))):
        unlike = [one for one in short if one.article and one.article != query.article]
        earlier = [one.text for one in unlike if one.language == query.language]
        if earlier:
            pairs.append((query, rng.choice(earlier)))
    return pairs


def _drawn(questions: Sequence[Asked], plan: Plan, rng: random.Random) -> Iterator[tuple[str, list[str], bool]]:
    """Questions without end: how each is read, the articles to choose from, and whether the first of them is right."""
    foreign = [one for one in questions if one.right is None]
    following = [one for one in questions if one.follows]
    answered = [one for one in questions if one.right is not None and not one.follows]
    rng.shuffle(answered)
    at = 0
    while True:
        chance = rng.random()
        if foreign and chance < plan.foreign:
            one = rng.choice(foreign)
        elif following and plan.foreign < chance < plan.foreign + plan.following:
            one = rng.choice(following)
        else:
            one, at = answered[at % len(answered)], at + 1
        right = None if rng.random() < plan.left_out else one.right
        wrong = _wrong(one.ranked, plan.wrong + (right is None), rng)
        read_as = one.text if one.read_as != one.text and rng.random() < plan.unspelt else one.read_as
        yield read_as, wrong if right is None else [right, *wrong], right is not None


def _wrong(ranked: Sequence[str], count: int, rng: random.Random) -> list[str]:
    left, chosen = list(enumerate(ranked)), []
    for _ in range(min(count, len(left))):
        one = rng.choices(left, [1 / (1 + rank) for rank, _ in left])[0]
        left.remove(one)
        chosen.append(one[1])
    return chosen


def _pieces(tokenizer: Tokenizer) -> Callable[[str], list[int]]:
    known: dict[str, list[int]] = {}

    def pieces(text: str) -> list[int]:
        if text not in known:
            known[text] = tokenizer.encode(text, add_special_tokens=False).ids
        return known[text]

    return pieces
