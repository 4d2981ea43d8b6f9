"""What the lower layers of a model make of texts, read once and kept: for training the upper layers alone."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from knowledge_base.text.readable import readable
from knowledge_base.training.choices import Texts
from knowledge_base.training.precision import autocast

__all__ = ["CHUNK", "States"]

MOST_TOKENS, PADDING = 96, 1
CHUNK = 48  # texts that go through together, sorted by length so that little is padding
Progress = Callable[[Sequence[Sequence[int]]], Iterable[Sequence[int]]]


class States:
    """What the lower layers make of texts."""

    def __init__(self, bert: BertModel, tokenizer: Tokenizer, texts: Texts, upper: int, progress: Progress) -> None:
        tokenizer.no_padding()
        tokenizer.enable_truncation(MOST_TOKENS)
        ids = [encoding.ids for encoding in tokenizer.encode_batch_fast([*map(readable, texts.all())])]
        self.lengths = [len(row) for row in ids]
        self._starts = torch.tensor([0, *self.lengths]).cumsum(0).tolist()
        width = bert.config.hidden_size
        self._states = torch.zeros(self._starts[-1], width, dtype=torch.bfloat16)  # half of the memory
        lower = copy.deepcopy(bert).eval()
        lower.encoder.layer = lower.encoder.layer[:-upper]
        order = sorted(range(len(ids)), key=lambda number: self.lengths[number])
        with torch.no_grad(), autocast("cpu"):
            for numbers in progress([order[start : start + CHUNK] for start in range(0, len(order), CHUNK)]):
                longest = max(self.lengths[number] for number in numbers)
                rows = torch.tensor([ids[number] + [PADDING] * (longest - len(ids[number])) for number in numbers])
                mask = self.mask(numbers)
                hidden = lower(input_ids=rows, attention_mask=mask).last_hidden_state.bfloat16()
                for row, number in enumerate(numbers):
                    start, length = self._starts[number], self.lengths[number]
                    self._states[start : start + length] = hidden[row, :length]

    def mask(self, numbers: Sequence[int]) -> Tensor:
        lengths = torch.tensor([self.lengths[number] for number in numbers])
        return (torch.arange(int(lengths.max())) < lengths[:, None]).float()

    def of(self, numbers: Sequence[int]) -> Tensor:
        """(texts, tokens, dimension), zero where a text has ended."""
        parts = [self._states[self._starts[number] : self._starts[number + 1]].float() for number in numbers]
        return nn.utils.rnn.pad_sequence(parts, batch_first=True)

    def through(self, layers: Iterable[nn.Module], numbers: Sequence[int]) -> tuple[Tensor, Tensor]:
        """What upper layers make of the texts (texts, tokens, dimension), with the mask (texts, tokens)."""
        mask, hidden = self.mask(numbers), self.of(numbers)
        beyond = ((1 - mask) * -1e4)[:, None, None, :]
        with autocast("cpu"):
            for layer in layers:
                found = layer(hidden, attention_mask=beyond)
                hidden = found[0] if isinstance(found, tuple) else found
        return hidden, mask
