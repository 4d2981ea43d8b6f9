"""The shipped encoder and its tone: the messages are read once, a tone is trained for each fold and one for all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer

from knowledge_base.network import TOKENIZER
from knowledge_base.training import telling
from knowledge_base.training.choices import Texts
from knowledge_base.training.export import export_opened
from knowledge_base.training.graph import parting
from knowledge_base.training.opened import opened
from knowledge_base.training.states import Progress, States
from knowledge_base.training.tone import UNKNOWN, Floats, Heard, Plan, Tone, train

__all__ = ["UNKNOWN", "Hearing", "with_tone"]

HEADING = "\n## The tone\n"
TOLD = """
Above the layer at which the tone parts from the meaning it has layers of its own, trained by `manage.py
train_sentiment`, whose card (`support/understanding/data/SENTIMENT.md`) has data and figures: {run}
"""


class Hearing:
    """Some messages, as the lower layers of the encoder in `folder` read them."""

    def __init__(self, folder: Path, messages: Sequence[str], epochs: int | None, progress: Progress) -> None:
        self._bert, self._tokenizer = opened(folder), Tokenizer.from_file(str(folder / TOKENIZER))
        self._plan = Plan() if epochs is None else replace(Plan(), epochs=epochs)
        texts = Texts()
        self._numbers = [texts.number(message) for message in messages]
        layers = self._bert.config.num_hidden_layers
        self._states = States(self._bert, self._tokenizer, texts, layers - parting(layers), progress)

    def train(self, rows: Sequence[int], moods: Sequence[int], upset: Sequence[bool], kinds: int, log: Path) -> Tone:
        """The tone that is learned from those of the messages; `moods` (of so many kinds) and `upset` are of all."""
        tone = Tone(self._bert, self._states, kinds, self._plan)
        train(tone, [Heard(self._numbers[row], moods[row], upset[row]) for row in rows], self._plan, log)
        return tone

    def tones(self, tone: Tone, rows: Sequence[int]) -> Floats:
        """(rows, dimension)."""
        return tone.vectors([self._numbers[row] for row in rows])

    def export(self, tone: Tone, room: Path, to: Path) -> None:
        """Writes the encoder with this tone to the folder `to`."""
        self._tokenizer.no_truncation()
        export_opened(self._bert, self._tokenizer, tone.layers, room / "tone", to)


def with_tone(card: str, log: Path) -> str:
    """An encoder's card that tells, at its end, of the training of the tone, and of no earlier one."""
    sections = [part for part in re.split(r"(?=\n## )", card.rstrip()) if not part.startswith(HEADING)]
    return "".join(sections).rstrip() + "\n" + HEADING + TOLD.format(run=telling.run(log))
