"""Learning on in the upper layers of the encoder alone.

What the lower layers make of a text does not change then, so it is read once and kept, and a step costs a third. The
tone, which moods are read from, parts from the meaning below them and stays what it was.

Two losses at once: of the texts' vectors, and of their words compared one by one (late interaction: ColBERT, Khattab
and Zaharia 2020): each word of a question finds the word of the passage that is most alike. The second is only a
teacher, which shows the layers what word tells two articles apart; its own weights are not kept.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, softplus
from transformers import BertModel

from knowledge_base.training.choices import Choice, Choices
from knowledge_base.training.descent import descend
from knowledge_base.training.loop import picked
from knowledge_base.training.precision import autocast
from knowledge_base.training.states import CHUNK, States

__all__ = ["Plan", "Upper", "afar", "closely", "train"]

BACK = 0.5  # weight of the other direction: from a passage to the questions that it answers


@dataclass(frozen=True, slots=True)
class Plan:
    """What a training is, whole: with the same data it repeats."""

    steps: int = 2500
    layers: int = 4  # that learn: those above the one at which the tone parts from the meaning
    questions: int = 48  # of a step
    strangers: int = 6  # beside them, that no article answers
    rate: float = 1.2e-4  # the peak
    head_rate: float = 5.0  # times that of the layers: of the heads, which begin at nothing
    width: int = 128  # of a word
    closely: float = 0.03  # the temperature of words, at the start: it is learned, too
    afar: float = 0.05  # the same of whole texts
    seed: int = 1


class Read(NamedTuple):
    """Texts after the upper layers; their words one after another, in the order of `lengths`."""

    vectors: Tensor  # (n, dimension), in the order that was asked for
    words: Tensor  # (words, width), of unit length
    weights: Tensor  # (words,), of each text summing to one
    lengths: Tensor  # (n,)
    places: Tensor  # (n,): where each text is among `lengths`


class Upper(nn.Module):
    def __init__(self, bert: BertModel, states: States, plan: Plan) -> None:
        super().__init__()
        width = bert.config.hidden_size
        self.layers = bert.encoder.layer[-plan.layers :]
        self.narrow, self.weight = nn.Linear(width, plan.width, bias=False), nn.Linear(width, 1)
        nn.init.orthogonal_(self.narrow.weight)
        nn.init.zeros_(self.weight.weight)
        nn.init.zeros_(self.weight.bias)
        self.scales = nn.Parameter(torch.tensor([1 / plan.closely, 1 / plan.afar]).log())
        self._states = states

    def forward(self, numbers: Sequence[int]) -> Read:
        order = sorted(range(len(numbers)), key=lambda place: self._states.lengths[numbers[place]])
        vectors, words, weights = [], [], []
        for start in range(0, len(order), CHUNK):
            together = [numbers[place] for place in order[start : start + CHUNK]]
            hidden, mask = self._states.through(self.layers, together)
            with autocast("cpu"):
                narrow = self.narrow(hidden)
            there, hidden = mask.bool(), hidden.float()
            weight = softplus(self.weight(hidden)[..., 0]) * mask
            vectors.append(normalize((hidden * mask[:, :, None]).sum(1), dim=1))
            words.append(normalize(narrow.float(), dim=2)[there])
            weights.append((weight / weight.sum(1, keepdim=True))[there])
        lengths = torch.tensor([self._states.lengths[numbers[place]] for place in order])
        places = torch.tensor(order).argsort()
        return Read(torch.cat(vectors)[places], torch.cat(words), torch.cat(weights), lengths, places)

    def loss(self, choice: Choice) -> Tensor:
        """Of choosing the right article, by words and by vectors, and back."""
        questions, passages = self(choice.questions), self(choice.passages)
        rights, articles = torch.tensor(choice.rights), torch.tensor(choice.articles)
        total = torch.zeros(())
        for scores, scale in zip((closely(questions, passages), afar(questions, passages)), self.scales, strict=True):
            scaled = scores * scale.exp()
            numbers = articles.unique()
            of_articles = torch.stack([scaled[:, articles == number].logsumexp(1) for number in numbers], dim=1)
            total = total + picked(of_articles, rights[:, None] == numbers)
            total = total + BACK * picked(scaled.T, articles[:, None] == rights)
        return total


def afar(questions: Read, passages: Read) -> Tensor:
    """(questions, passages): the cosines of their vectors."""
    return questions.vectors @ passages.vectors.T


def closely(questions: Read, passages: Read) -> Tensor:
    """(questions, passages): the weighed mean, over a question's words, of the cosine with the likest word."""
    cosines = passages.words @ questions.words.T
    likest = torch.segment_reduce(cosines, "max", lengths=passages.lengths, axis=0, unsafe=True)[passages.places]
    question_of = torch.arange(len(questions.lengths)).repeat_interleave(questions.lengths)
    sums = torch.zeros(len(questions.lengths), len(passages.lengths))
    return sums.index_add(0, question_of, (likest * questions.weights).T)[questions.places]


def train(upper: Upper, businesses: Sequence[Choices], plan: Plan, log: Path) -> None:
    """Trains in place the layers of the model that `upper` was made of; a line of JSON for each step goes to `log`."""
    rng = random.Random(plan.seed)  # noqa: S311 - for repeating an experiment
    torch.manual_seed(plan.seed)
    upper.eval()  # no dropout, as in the other trainings
    layers = list(upper.layers.parameters())
    heads = [upper.scales, *upper.narrow.parameters(), *upper.weight.parameters()]
    sizes = [len(business) for business in businesses]

    def step() -> tuple[Tensor, dict[str, str]]:
        (business,) = rng.choices(businesses, sizes)
        return upper.loss(business.draw(plan.questions, plan.strangers, rng)), {"business": business.name}

    descend([(layers, plan.rate), (heads, plan.rate * plan.head_rate)], plan.steps, step, log, {"plan": asdict(plan)})
