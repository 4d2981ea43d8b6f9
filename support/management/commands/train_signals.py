"""Learn to hear who asks for a person and who makes small talk; write the numbers that are shipped, with their card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.text.normalise import normalise
from support.understanding import signals
from support.understanding.linear import Linear
from support.understanding.phrases import LANGUAGES, Phrases, Row, messages, read_phrases, seeded
from support.understanding.signals import Signals
from support.understanding.training import fit, matrix

FOLDS = 5
C = 30.0


class Command(BaseCommand):
    help = "Train the signals against the questions of the folders named; print and write figures of what was held out."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, help="businesses whose questions are neither signal")
        parser.add_argument("--test", type=Path, required=True, help="a folder that nothing is learned from")
        parser.add_argument("--to", type=Path, default=signals.DATA)

    def handle(self, *, folders: list[Path], test: Path, to: Path, **_options: Any) -> None:
        phrases, tested, questions = read_phrases(), _queries(test), _questions(folders)
        rows = messages(phrases, phrases.templates, questions)
        model = _fit(rows)
        model.save(to / "signals.npz")
        known = {normalise(row.text) for row in rows}
        tables = {
            f"held out in {FOLDS} folds": figures(*_held_out(phrases, questions)),
            test.name: figures(tested, _read(tested, model)),
        }
        unseen = [row for row in tested if normalise(row.text) not in known]
        tables[f"{test.name}, what is no training text"] = figures(unseen, _read(unseen, model))
        card = _card(test.name, len(phrases.templates), len(rows), len(questions), tables)
        (to / "SIGNALS.md").write_text(card, encoding="utf-8")
        self.stdout.write(card)


def _fit(rows: Sequence[Row]) -> Linear:
    return fit(matrix([row.text for row in rows]), [row.label for row in rows], c=C)


def _read(rows: Sequence[Row], model: Linear) -> list[Signals]:
    return [signals.read(row.text, model) for row in rows]


def _queries(folder: Path) -> list[Row]:
    queries = read_queries(folder, read_entries(folder))
    return [Row(query.text, query.kind, query.language, folder.name) for query in queries]


def _questions(folders: list[Path]) -> list[Row]:
    """What visitors ask, and what editors wrote."""
    asked = [row for folder in folders for row in _queries(folder) if row.label in ("in_scope", "out_of_scope")]
    return asked + [row for folder in folders for row in _articles(folder)]


def _articles(folder: Path) -> Iterator[Row]:
    for entry in read_entries(folder):
        for language, text in entry.texts.items():
            yield Row(text.question, "article", language, folder.name)
        for language, phrasings in entry.phrasings.items():
            yield from (Row(phrasing, "article", language, folder.name) for phrasing in phrasings)


def _held_out(phrases: Phrases, questions: list[Row]) -> tuple[list[Row], list[Signals]]:
    """Messages with how they are read by a model that knows neither their template nor their folder."""
    rng, rows, read = seeded(), list[Row](), list[Signals]()
    for fold in tqdm(range(FOLDS), "folds"):
        templates, left_templates = _split(phrases.templates, fold)
        known, left_questions = _split(questions, fold)
        learned = messages(phrases, templates, known)
        texts = {normalise(row.text) for row in learned}
        said = [replace(row, text=text) for row in left_templates for text in phrases.expand(row.text, rng)]
        left = [row for row in said if row.label != "none" and normalise(row.text) not in texts]
        left += [row for row in left_questions if row.label == "in_scope"]
        rows += left
        read += _read(left, _fit(learned))
    return rows, read


def _split(rows: Sequence[Row], fold: int) -> tuple[list[Row], list[Row]]:
    """The rows of other folds and those of this one; a source is in one fold only."""
    sources = sorted({row.source for row in rows})
    seeded().shuffle(sources)
    here = set(sources[fold::FOLDS])
    return [row for row in rows if row.source not in here], [row for row in rows if row.source in here]


def figures(rows: Sequence[Row], read: Sequence[Signals]) -> dict[str, list[str]]:
    """For each way of writing: both recalls, and both false alarms among the questions in scope, each `share of n`."""
    pairs = list(zip(rows, read, strict=True))
    return {language: _of_language([pair for pair in pairs if pair[0].language == language]) for language in LANGUAGES}


def _of_language(pairs: list[tuple[Row, Signals]]) -> list[str]:
    person = [found.wants_person for row, found in pairs if row.label in ("person", "human_request")]
    small = [found.small_talk is not None for row, found in pairs if row.label in ("smalltalk", *signals.SMALL_TALK)]
    asked = [found for row, found in pairs if row.label == "in_scope"]
    alarms = [found.wants_person for found in asked], [found.small_talk is not None for found in asked]
    return [f"{sum(found) / max(1, len(found)):.4f} of {len(found)}" for found in (person, small, *alarms)]


CARD = """\
# The signals

Written by `manage.py train_signals knowledge_base/training/{{corpus,extra}}/* --test DIR`, where DIR is a business that
is not among them (here {test}); do not edit.

- What: a multinomial logistic regression over hashed character n-grams (spelling and sound), read clause by clause.
- Learned from: {rows} messages: the {templates} templates of `signals.txt`, written for this project, and {questions}
  plain questions; also decorated, joined and misspelt.
- Held out: neither the template nor the business of a message was learned from, nor did another template make its text.
- Limits: one author. A whole topic held out with its one template is hard; a business that sends people to homes hears
  "send someone" as a question only once it is among the folders.

| messages | language | human requests: recall | small talk: recall | false human requests | false small talk |
|---|---|---|---|---|---|
"""


def _card(test: str, templates: int, rows: int, questions: int, tables: dict[str, dict[str, list[str]]]) -> str:
    lines = [
        f"| {name} | {language} | {' | '.join(row)} |\n"
        for name, languages in tables.items()
        for language, row in languages.items()
    ]
    return CARD.format(test=test, templates=templates, rows=rows, questions=questions) + "".join(lines)
