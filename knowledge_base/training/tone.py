"""The tone: layers of its own that hear how a thing is said, above the one at which it parts from the meaning.

They begin as the layers of meaning that stand there, and learn what moods messages were given. What the lower layers
make of a text is read once and kept, as where the upper layers of meaning learn on.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize
from transformers import BertModel

from knowledge_base.training.descent import descend
from knowledge_base.training.graph import parting
from knowledge_base.training.states import CHUNK, States

__all__ = ["UNKNOWN", "Floats", "Heard", "Plan", "Tone", "train"]

UNKNOWN = -1  # a mood
LENGTH = 8.0  # of a text's vector before the heads, so that they learn as quickly as the layers
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is, whole: with the same data it repeats."""

    epochs: int = 3  # over the messages whose mood is known
    layers: int = 2
    messages: int = 32  # of a step
    others: int = 8  # beside them: questions, whose writers are likely calm
    likely: float = 0.4  # what such a question counts for
    smoothed: float = 0.05  # of the moods: their labels are arguable
    rate: float = 1e-4  # the peak
    head_rate: float = 10.0  # times that of the layers
    seed: int = 1


class Heard(NamedTuple):
    """A message to learn from: the number of its text among the states, its mood, and whether its writer is upset."""

    text: int
    mood: int  # or `UNKNOWN`
    upset: bool


class Tone(nn.Module):
    """Gives the logits of `moods` classes and, in a last column, that of being upset."""

    def __init__(self, bert: BertModel, states: States, moods: int, plan: Plan) -> None:
        super().__init__()
        first = parting(bert.config.num_hidden_layers)
        self.layers = copy.deepcopy(bert.encoder.layer[first : first + plan.layers])
        self.head = nn.Linear(bert.config.hidden_size, moods + 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        self._states = states

    def forward(self, numbers: Sequence[int]) -> Tensor:
        return self.head(LENGTH * self._vectors(numbers))

    def vectors(self, numbers: Sequence[int]) -> Floats:
        """(texts, dimension): the tones, of unit length, as an encoder with these layers gives them."""
        self.eval()
        with torch.no_grad():
            parts = [self._vectors(numbers[start : start + CHUNK]) for start in range(0, len(numbers), CHUNK)]
        found: Floats = torch.cat(parts).numpy()
        return found

    def weights(self) -> tuple[Floats, Floats]:
        """Of the head: (dimension, classes), laid on a tone, and (classes,)."""
        return (LENGTH * self.head.weight.T).detach().numpy(), self.head.bias.detach().numpy()

    def _vectors(self, numbers: Sequence[int]) -> Tensor:
        hidden, mask = self._states.through(self.layers, numbers)
        return normalize((hidden.float() * mask[:, :, None]).sum(1), dim=1)


def train(tone: Tone, rows: Sequence[Heard], plan: Plan, log: Path) -> None:
    """Trains in place. Writes a line of JSON for each step to `log`."""
    rng = random.Random(plan.seed)  # noqa: S311 - for repeating an experiment
    torch.manual_seed(plan.seed)
    tone.train()
    felt = [row for row in rows if row.mood != UNKNOWN]
    others = [row for row in rows if row.mood == UNKNOWN]
    drawn = _drawn(felt, others, plan, rng)

    def step() -> tuple[Tensor, dict[str, str]]:
        batch = next(drawn)
        logits = tone([row.text for row in batch])
        moods, upset = torch.tensor([row.mood for row in batch]), torch.tensor([row.upset for row in batch])
        counting = torch.where(moods == UNKNOWN, plan.likely, 1.0)
        lost = binary_cross_entropy_with_logits(logits[:, -1], upset.float(), counting, reduction="sum")
        moods_lost = cross_entropy(logits[:, :-1], moods, ignore_index=UNKNOWN, label_smoothing=plan.smoothed)
        return moods_lost + lost / counting.sum(), {}

    rates = [(list(tone.layers.parameters()), plan.rate), (list(tone.head.parameters()), plan.rate * plan.head_rate)]
    descend(rates, max(1, plan.epochs * len(felt) // plan.messages), step, log, {"plan": asdict(plan)})


def _drawn(felt: Sequence[Heard], others: Sequence[Heard], plan: Plan, rng: random.Random) -> Iterator[list[Heard]]:
    """Batches without end; of the messages whose mood is known, none comes again before nearly all came once."""
    left: list[Heard] = []
    while True:
        if len(left) < plan.messages:
            left = rng.sample(felt, len(felt))
        batch, left = left[: plan.messages], left[plan.messages :]
        yield batch + rng.sample(others, min(plan.others, len(others)))
