"""Learn to read moods, and write the numbers that are shipped with their card."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from knowledge_base import encoder
from knowledge_base.corpus import read_entries, read_queries
from support.understanding import sentiment
from support.understanding.linear import Linear
from support.understanding.measuring import Labelled, figures, read_labelled
from support.understanding.phrases import read_phrases
from support.understanding.sentiment import Mood, mood_of
from support.understanding.signals import SMALL_TALK
from support.understanding.training import fit, matrix

FOLDS, SEED = 5, 7
QUESTIONS, COUNTING = 30, 0.15  # of each business, and what each counts for: the label is only likely
SAME_SCENARIO = 0.93  # cosine of the encoder's vectors, above which two messages tell the same story
C = 5.0
Vectors = NDArray[np.float32]


class Command(BaseCommand):
    help = "Train the sentiment heads; print figures of scenarios held out in five folds; write numbers and card."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=sentiment.DATA / "sentiment.jsonl")
        more = sentiment.DATA / "sentiment_more.jsonl"
        parser.add_argument("--also", type=Path, default=more, help="only learned from")
        parser.add_argument("--calm", nargs="*", type=Path, default=[], help="businesses whose questions are not upset")
        parser.add_argument("--to", type=Path, default=sentiment.DATA)

    def handle(self, *, file: Path, also: Path, calm: list[Path], to: Path, **_options: Any) -> None:
        tested, more = read_labelled(file), read_labelled(also)
        questions = [*(row for folder in calm for row in _questions(folder)), *_small_talk()]
        rows = [*tested, *more, *questions]
        model = encoder.load(settings.ENCODER)
        read = [encoder.read(model, row.text) for row in tqdm(rows, "reading", unit="message")]
        vectors, tones = (np.stack(part) for part in zip(*read, strict=True))
        groups = scenarios(vectors)
        held_out = {
            "tone and n-grams": _held_out(rows, len(tested), tones, groups),
            "n-grams alone": _held_out(rows, len(tested), None, groups),
        }
        for suffix, given in (("", tones), ("_ngrams", None)):
            for name, head in zip(("sentiment", "upset"), _fit(rows, given), strict=True):
                head.save(to / f"{name}{suffix}.npz", encoder=model.name)
        scenarios_ = len(set(groups[: len(tested)].tolist()))
        card = CARD.format(
            name=model.name,
            file=file.name,
            rows=len(tested),
            also=also.name,
            more=len(more),
            questions=len(questions),
            businesses=len(calm),
            folds=FOLDS,
            scenarios=scenarios_,
            seed=SEED,
        ) + _table(held_out)
        (to / "SENTIMENT.md").write_text(card, encoding="utf-8")
        self.stdout.write(card)


def _questions(folder: Path) -> list[Labelled]:
    """Some of what a business is asked. Few who ask are upset, and a question about trouble is no complaint."""
    queries = read_queries(folder, read_entries(folder))
    asked = [query for query in queries if query.kind in ("in_scope", "out_of_scope")]
    some = random.Random(SEED).sample(asked, min(QUESTIONS, len(asked)))  # noqa: S311 - no secret
    return [Labelled(query.text, query.language, "", upset=False) for query in some]


def _small_talk() -> list[Labelled]:
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


def _held_out(
    rows: list[Labelled], tested: int, vectors: Vectors | None, groups: NDArray[np.int64]
) -> dict[str, dict[str, float]]:
    """Figures of the first `tested` rows, each by heads that learned from no row of its scenario."""
    moods: list[Mood | None] = [None] * tested
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(rows[:tested], groups=groups[:tested])
    for _, test in tqdm(folds, "folds", total=FOLDS):
        train = np.flatnonzero(~np.isin(groups, groups[test]))
        heads = _fit([rows[at] for at in train], None if vectors is None else vectors[train])
        for at in test:
            moods[at] = mood_of(*heads, rows[at].text, None if vectors is None else vectors[at])
    return figures(rows[:tested], [mood for mood in moods if mood is not None])


def _fit(rows: list[Labelled], vectors: Vectors | None) -> tuple[Linear, Linear]:
    """The head of the sentiment, from the rows that have one, and that of being upset."""
    table = matrix([row.text for row in rows])
    felt = [at for at, row in enumerate(rows) if row.sentiment]
    sentiments = fit(table[felt], [rows[at].sentiment for at in felt], None if vectors is None else vectors[felt], C)
    upset = ["upset" if row.upset else "calm" for row in rows]
    return sentiments, fit(table, upset, vectors, C, counting=[1.0 if row.sentiment else COUNTING for row in rows])


CARD = """\
# The sentiment heads

Written by `manage.py train_sentiment --calm FOLDERS`, here those of `recipe.seen` for the first fold; do not edit.

- What: multinomial logistic regressions for sentiment and for *upset* over hashed character n-grams (spelling and
  sound) and the tone, a lower layer of the encoder `{name}`; a second pair over n-grams alone serves other encoders.
- Learned from: `{file}`, {rows} customer-support messages in English, Bengali and Banglish, written for this project by
  one author and checked by no second one, a few of whose labels are arguable; and `{also}`, {more} more by other
  authors, which nothing is measured on. *Upset* also learns a little from {questions} questions to {businesses}
  businesses and templates of small talk, taken to be calm.
- Measured on `{file}`, on scenarios held out in {folds} folds ({scenarios} scenarios, seed {seed}): messages with
  near-equal vectors, such as translations of one stock question, are never on both sides,
  whatever file they are in.
- Limits: short messages without context, sarcasm, and trades unlike those of the corpus.

| features | language | n | macro-F1 | upset: average precision | upset: recall at precision 0.85 |
|---|---|---|---|---|---|
"""


def _table(held_out: dict[str, dict[str, dict[str, float]]]) -> str:
    table = [
        f"| {features} | {language} | {row['n']:.0f} | "
        + " | ".join(f"{row[key]:.3f}" for key in row if key != "n")
        + " |"
        for features, languages in held_out.items()
        for language, row in languages.items()
    ]
    return "\n".join(table) + "\n"
