"""Learn to hear a follow-up and to read it with what was said before; write the numbers that are shipped, with their
card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import calibration, encoder, reranker
from knowledge_base.encoder import Encoder
from knowledge_base.errors import KnowledgeBaseError
from support.dialogue import context
from support.dialogue.context import Weights
from support.evaluation.following import CAUTION, FOLDS, LIMIT, Ngrams, fit_weights, held_out, top_one, top_one_alone
from support.evaluation.remembering import ReadBefore, Remembering
from support.evaluation.turns import LANGUAGES, SEED, Turn, said, turns
from support.understanding import followup

QUESTIONS = 40  # of each business and language
DATA = context.WEIGHTS.parent


class Command(BaseCommand):
    help = "Train the reading of follow-ups; print figures of businesses held out; write numbers and card."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path, help="businesses with follow-ups to learn from")
        parser.add_argument("--unseen", nargs="+", required=True, help="names of those that the encoder has not seen")
        parser.add_argument("--test", type=Path, required=True, help="a folder that nothing is learned from")
        parser.add_argument("--to", type=Path, default=DATA)

    def handle(self, *, folders: list[Path], unseen: list[str], test: Path, to: Path, **_options: Any) -> None:
        if unknown := sorted({*unseen} - {folder.name for folder in folders}):
            raise CommandError(f"--unseen names {', '.join(unknown)}, which is not among the folders.")
        if len(set(unseen)) < 2:
            raise CommandError("Name two or more businesses with --unseen: each is held out from the others.")
        try:
            queries = {folder.name: said(folder, QUESTIONS) for folder in folders}
            model, reader = encoder.load(settings.ENCODER), reranker.load(settings.RERANKER)
            reads = reader and ReadBefore(reader)
            fitted_on = [folder for folder in folders if folder.name in unseen]
            measured = [
                turn
                for folder in tqdm(fitted_on, "reading", unit="business")
                for turn in turns(folder, _remembering(model, folder), reads, QUESTIONS)
            ]
            tested = turns(test, _remembering(model, test), reads)
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        for name in unseen:
            if {turn.follows for turn in measured if turn.source == name and turn.measured} != {True, False}:
                raise CommandError(f"{name} needs follow-ups and short questions that no article answers for sure.")
        said_ = Ngrams(queries)
        ngrams, leanings = said_.fit(), _held_out_leanings(said_, measured)
        weights = fit_weights(measured, leanings)
        hits = [top_one(turn, followup.leaning(turn.text, ngrams), weights) for turn in tested]
        tables = {
            "held out": figures(measured, _held_out_hits(measured, leanings)),
            test.name: figures(tested, hits),
        }
        names = ", ".join(sorted(set(unseen)))
        ngrams.save(to / followup.MODEL.name)
        weights.save(to / context.WEIGHTS.name, f"encoder {model.name}; fitted on {names}")
        card = _card(len(queries), names, model.name, test.name, tables)
        (to / "FOLLOWUP.md").write_text(card, encoding="utf-8")
        self.stdout.write(card)


def figures(turns_: Sequence[Turn], hits: Sequence[bool]) -> dict[str, list[str]]:
    """For each language, of the follow-ups and then of the questions: how many, and the share whose right article comes
    first by itself and (`hits`) with the message before."""
    found = list(zip(turns_, hits, strict=True))
    return {
        language: [
            figure
            for follows in (True, False)
            for figure in _shares(
                [pair for pair in found if (pair[0].language, pair[0].follows) == (language, follows)]
            )
        ]
        for language in LANGUAGES
    }


def _shares(found: Sequence[tuple[Turn, bool]]) -> tuple[str, str, str]:
    if not found:
        return "0", "–", "–"
    alone = sum(top_one_alone(turn) for turn, _ in found) / len(found)
    return str(len(found)), f"{alone:.3f}", f"{sum(hit for _, hit in found) / len(found):.3f}"


def _held_out_leanings(ngrams: Ngrams, measured: Sequence[Turn]) -> list[float]:
    """The n-gram odds of each turn, by a model that its business was held out from."""
    found: dict[tuple[str, str], float] = {}
    for left in tqdm(held_out([turn.source for turn in measured]), "n-grams", unit="fold"):
        model = ngrams.fit(without=left)
        found |= {
            (turn.source, turn.text): followup.leaning(turn.text, model) for turn in measured if turn.source in left
        }
    return [found[turn.source, turn.text] for turn in measured]


def _held_out_hits(measured: Sequence[Turn], leanings: Sequence[float]) -> list[bool]:
    """Whether the right article of each turn comes first, by weights that its business was held out from."""
    pairs = list(zip(measured, leanings, strict=True))
    weights_of: dict[str, Weights] = {}
    for left in tqdm(held_out([turn.source for turn in measured]), "weights", unit="fold"):
        known = [pair for pair in pairs if pair[0].source not in left]
        weights = fit_weights([turn for turn, _ in known], [leaning for _, leaning in known])
        weights_of |= dict.fromkeys(left, weights)
    return [top_one(turn, leaning, weights_of[turn.source]) for turn, leaning in pairs]


def _remembering(model: Encoder, folder: Path) -> Remembering:
    return Remembering(model, settings.VAR_DIR / "followup" / f"{folder.resolve().name}.npz")


CARD = """\
# Follow-ups: `followup.npz` and `context.json`

Written by `manage.py train_followup FOLDERS --unseen NAMES --test DIR`; do not edit.

- What: whether a message goes on from the one before it, by a linear model over n-grams
  (`support/understanding/followup.py`), and the weights of how it then reads (`support/dialogue/context.py`).
- The n-gram model: the follow-ups of {businesses} businesses against at most {questions} of their questions in each
  language.
- The weights: the turns of {unseen} of them, which neither the encoder `{encoder}` nor the reranker has seen
  ({names}).
  A question comes after an unrelated one of its business and language. The strengths of the penalties are those that
  serve businesses held out within what is learned from. The intercept is the highest at which no language's questions
  lose more than {limit:.2f} points of top-1 on what is learned from, less {caution}.
- Held out: in {folds} folds of businesses. Neither the weights nor the n-gram model that judge a business learned from
  it (seed {seed}). The retriever's calibration is the shipped one
  ({calibration}).
- Limits: which features there are, how long or sure a message is that stands by itself, and how cautious the intercept
  is, was chosen while watching earlier tables over the same businesses.

The share of right articles that come first, for a message by itself and with the message before:

| businesses | language | follow-ups | alone | with the earlier message | questions | alone | after an unrelated one |
|---|---|---|---|---|---|---|---|
"""


def _card(businesses: int, names: str, encoder_: str, test: str, tables: Mapping[str, Mapping[str, list[str]]]) -> str:
    lines = [
        f"| {name} | {language} | {' | '.join(row)} |\n"
        for name, languages in tables.items()
        for language, row in languages.items()
    ]
    head = CARD.format(
        businesses=businesses,
        questions=QUESTIONS,
        names=names,
        unseen=names.count(",") + 1,
        encoder=encoder_,
        limit=100 * LIMIT,
        caution=CAUTION,
        folds=FOLDS,
        seed=SEED,
        calibration=json.loads(calibration.SHIPPED.read_text())["note"],
    )
    return head + "".join(lines)
