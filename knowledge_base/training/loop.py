"""One stage of training: batches of several sources, a contrastive loss, AdamW, one cycle of the learning rate."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from torch.nn.functional import log_softmax

from knowledge_base.training.descent import descend
from knowledge_base.training.pairs import ALONE, Batch, Source
from knowledge_base.training.precision import autocast

__all__ = ["Stage", "loss_of", "picked", "train"]

CHUNK = 24  # texts that go through the model together, sorted by length so that little is padding
MOST_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Stage:
    """What a stage is, whole: with the same data it repeats."""

    steps: int
    shares: dict[str, float] = field(default_factory=dict)  # how often each source is drawn; "business" is any of them
    rate: float = 7e-5  # the peak
    temperature: float = 0.05
    seed: int = 20261126
    alike: float = 5.0  # weight of the distance between a text and itself in other letters
    romanised: tuple[float, float] = (0.5, 0.2)  # of the Bengali queries and passages of businesses
    frozen_words: bool = True  # so that what was not seen in training keeps its place, and the file its four bits


def train(model: SentenceTransformer, sources: dict[str, Sequence[Source]], stage: Stage, log: Path) -> None:
    """Trains `model` in place, and writes a line of JSON for each step to `log`."""
    rng = random.Random(stage.seed)  # noqa: S311 - for repeating an experiment
    torch.manual_seed(stage.seed)
    model.eval()  # no dropout: it costs a small contrastive model more than it gives; gradients flow all the same
    words = model[0].model.embeddings.word_embeddings
    words.weight.requires_grad_(not stage.frozen_words)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    names, shares = list(stage.shares), list(stage.shares.values())

    def step() -> tuple[torch.Tensor, dict[str, str]]:
        source = rng.choice(sources[rng.choices(names, shares)[0]])
        return loss_of(model, source.draw(rng), stage.temperature, stage.alike), {"source": source.name}

    descend([(weights, stage.rate)], stage.steps, step, log, {"stage": asdict(stage)}, warming=0.1)


def loss_of(model: SentenceTransformer, batch: Batch, temperature: float, alike: float = 0.0) -> torch.Tensor:
    """InfoNCE in both directions (van den Oord et al. 2018), and among the left texts where a group has several of them
    (supervised contrastive, Khosla et al. 2020). Texts that are alike are also drawn to one vector, as in the
    distillation across languages of Reimers and Gurevych (2020); contrast alone is soon content with less."""
    left, right = embed(model, batch.left), embed(model, batch.right)
    groups, others = torch.tensor(batch.left_groups), torch.tensor(batch.right_groups)
    cross = left @ right.T / temperature
    same = groups[:, None] == others[None, :]
    loss = picked(cross, same) + picked(cross.T, same.T)
    if batch.alike:  # the right one stands still
        loss = loss + alike * (1 - (left * right.detach()).sum(dim=1)).mean()
    known = (groups[:, None] == groups[None, :]) & (groups != ALONE)[:, None]
    itself = torch.eye(len(groups), dtype=torch.bool)
    if bool((known & ~itself).any()):
        among = (left @ left.T / temperature).masked_fill(itself.to(left.device), -1e4)
        loss = loss + picked(among, known & ~itself)
    return loss


def embed(model: SentenceTransformer, texts: Sequence[str]) -> torch.Tensor:
    """Unit vectors (n, dimension), with gradients."""
    tokenizer, device = model.tokenizer, model.device
    encoded = tokenizer(list(texts), truncation=True, max_length=MOST_TOKENS)["input_ids"]
    order = sorted(range(len(texts)), key=lambda number: len(encoded[number]))
    parts = []
    with autocast(device.type):
        for start in range(0, len(order), CHUNK):
            ids = [encoded[number] for number in order[start : start + CHUNK]]
            features = tokenizer.pad({"input_ids": ids}, return_tensors="pt").to(device)
            parts.append(model(dict(features))["sentence_embedding"].float())
    return torch.cat(parts)[torch.tensor(order).argsort().to(device)]


def picked(logits: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The mean negative log-probability of the right ones, over the rows that have any."""
    right = right.to(logits.device)
    rows = right.any(dim=1)
    chances = log_softmax(logits[rows], dim=1)
    of_row = (chances * right[rows]).sum(dim=1) / right[rows].sum(dim=1)
    return -of_row.mean()
