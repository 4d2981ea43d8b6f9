"""Learn to read moods: the encoder's layers of the tone and the heads on it. Write what is shipped, with its card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold
from tqdm import tqdm

from knowledge_base import bundled
from knowledge_base.errors import KnowledgeBaseError
from support.understanding import sentiment
from support.understanding.linear import Linear
from support.understanding.measuring import SENTIMENTS, Labelled, figures, read_labelled
from support.understanding.moods import SEED, questions, scenarios, small_talk
from support.understanding.sentiment import Mood, mood_of
from support.understanding.training import fit, matrix, mixed

if TYPE_CHECKING:
    from knowledge_base.training.tone import Tone

FOLDS = 5
COUNTING = 0.15  # what a question counts for: its label is only likely
C = 5.0
BY_TONE = 0.5  # of what the two heads say, the share of the one on the tone; n-grams say the rest
MISSING = "Training needs more packages than serving: pip install -e '.[train]' ({error})"
Floats = NDArray[np.float32]
Heads = tuple[Linear, Linear]  # of the sentiment, and of being upset


class Command(BaseCommand):
    help = "Train the tone and the sentiment heads; print figures of scenarios held out. Then: embed_demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=sentiment.DATA / "sentiment.jsonl")
        more = sentiment.DATA / "sentiment_more.jsonl"
        parser.add_argument("--also", type=Path, default=more, help="only learned from")
        parser.add_argument("--calm", nargs="*", type=Path, default=[], help="businesses whose questions are not upset")
        parser.add_argument("--epochs", type=int, help="fewer make a quicker and worse one")
        parser.add_argument("--room", type=Path, default=Path("var/training"), help="where logs and weights are kept")
        parser.add_argument("--encoder", type=Path, default=bundled.FOLDER, help="where the encoder is written")
        parser.add_argument("--to", type=Path, default=sentiment.DATA, help="where the heads are written")

    def handle(self, *, file: Path, also: Path, calm: list[Path], **options: Any) -> None:
        try:
            from knowledge_base.training.hearing import UNKNOWN, Hearing, with_tone
        except ImportError as error:
            raise CommandError(MISSING.format(error=error)) from error
        try:
            tested, more = read_labelled(file), read_labelled(also)
            asked = [*(row for folder in calm for row in questions(folder)), *small_talk()]
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        rows, to, room = [*tested, *more, *asked], options["to"], options["room"]
        room.mkdir(parents=True, exist_ok=True)
        groups = scenarios(bundled.BundledEncoder().queries([row.text for row in rows]))
        reading = lambda numbers: tqdm(numbers, "reading")  # noqa: E731 - a progress bar
        hearing = Hearing(bundled.FOLDER, [row.text for row in rows], options["epochs"], reading)
        moods = [SENTIMENTS.index(row.sentiment) if row.sentiment else UNKNOWN for row in rows]
        upset = [row.upset for row in rows]

        def learned(known: Sequence[int], log: str) -> tuple[Tone, Heads, Heads]:
            """From some of the rows: the tone, the heads on it and n-grams, and those on n-grams alone."""
            tone = hearing.train(known, moods, upset, len(SENTIMENTS), room / f"{log}.jsonl")
            words = _fit([rows[at] for at in known])
            return tone, _on_tone(words, *tone.weights()), words

        read: dict[str, dict[int, Mood]] = {"tone and n-grams": {}, "n-grams alone": {}}
        for fold, (known, left) in enumerate(_folds(groups, len(tested)), 1):
            tone, heads, words = learned(known, f"tone-{fold}")
            for at, vector in zip(left, hearing.tones(tone, left), strict=True):
                read["tone and n-grams"][at] = mood_of(*heads, rows[at].text, vector)
                read["n-grams alone"][at] = mood_of(*words, rows[at].text, None)
        held_out = {name: figures(tested, [of[at] for at in range(len(tested))]) for name, of in read.items()}
        tone, heads, words = learned(range(len(rows)), "tone")
        hearing.export(tone, room, options["encoder"])
        card = (bundled.FOLDER / "README.md").read_text(encoding="utf-8")
        (options["encoder"] / "README.md").write_text(with_tone(card, room / "tone.jsonl"), encoding="utf-8")
        name = bundled.BundledEncoder(options["encoder"]).name
        for suffix, of_kind in (("", heads), ("_ngrams", words)):
            for which, head in zip(("sentiment", "upset"), of_kind, strict=True):
                head.save(to / f"{which}{suffix}.npz", encoder=name)
        card = CARD.format(
            name=name,
            file=file.name,
            rows=len(tested),
            also=also.name,
            more=len(more),
            questions=len(asked),
            businesses=len(calm),
            share=BY_TONE,
            folds=FOLDS,
            scenarios=len(set(groups[: len(tested)].tolist())),
            seed=SEED,
        ) + _table(held_out)
        (to / "SENTIMENT.md").write_text(card, encoding="utf-8")
        self.stdout.write(card)


def _folds(groups: NDArray[np.int64], tested: int) -> Iterator[tuple[list[int], list[int]]]:
    """The rows to learn from and those, of the first `tested`, to be read by what was learned: no scenario is both."""
    for _, left in GroupKFold(FOLDS, shuffle=True, random_state=SEED).split(range(tested), groups=groups[:tested]):
        yield np.flatnonzero(~np.isin(groups, groups[left])).tolist(), left.tolist()


def _fit(rows: Sequence[Labelled]) -> Heads:
    """On n-grams: the head of the sentiment, from the rows that have one, and that of being upset."""
    table = matrix([row.text for row in rows])
    felt = [at for at, row in enumerate(rows) if row.sentiment]
    upset = ["upset" if row.upset else "calm" for row in rows]
    counting = [1.0 if row.sentiment else COUNTING for row in rows]
    return (
        fit(table[felt], [rows[at].sentiment for at in felt], c=C),
        fit(table, upset, c=C, counting=counting),
    )


def _on_tone(words: Heads, weights: Floats, bias: Floats) -> Heads:
    """The heads mixed with the tone's own, whose columns are the sentiments and, last, being upset."""
    sentiments, upset = words
    order = [SENTIMENTS.index(name) for name in sentiments.classes]
    against = np.array([-0.5, 0.5], np.float32)  # one column for two classes
    return (
        mixed(sentiments, weights[:, order], bias[order], BY_TONE),
        mixed(upset, weights[:, -1:] * against, bias[-1:] * against, BY_TONE),
    )


CARD = """\
# The sentiment heads

Written by `manage.py train_sentiment --calm FOLDERS`, here those of `recipe.seen` for the first fold; do not edit.

- What: two heads, for sentiment and for *upset*. {share:.0%} of a head's log odds come from weights on the tone of the
  encoder `{name}`: layers of its own, which learned from the same messages
  (`knowledge_base/training/tone.py`). The rest come from a logistic regression over hashed character n-grams, of
  spelling and of sound. A second pair over n-grams alone serves other encoders.
- Learned from: `{file}`, {rows} customer-support messages in English, Bengali and Banglish, written for this project by
  one author and checked by no second one, a few of whose labels are arguable; and `{also}`, {more} more by other
  authors, which nothing is measured on. *Upset* also learns a little from {questions} questions to {businesses}
  businesses and templates of small talk, taken to be calm.
- Measured on `{file}`, on scenarios held out in {folds} folds ({scenarios} scenarios, seed {seed}): messages with
  near-equal vectors, such as translations of one stock question, are never on both sides,
  whatever file they are in.
- Measured in full precision; what is shipped is quantised to 8 bits. The share above was chosen on one of the folds.
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
