"""The tone: layers that learn moods, and that an exported encoder has them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

from knowledge_base.network import Network
from knowledge_base.training.choices import Texts
from knowledge_base.training.export import export_opened
from knowledge_base.training.hearing import with_tone
from knowledge_base.training.opened import opened, tone_of
from knowledge_base.training.states import States
from knowledge_base.training.tone import UNKNOWN, Heard, Plan, Tone, train

WORDS = "<s> <pad> </s> <unk> awful bad fine good when where".split()
PLAN = Plan(epochs=60, layers=1, messages=4, others=1, rate=3e-3)
ROWS = [Heard(0, 0, True), Heard(1, 0, True), Heard(2, 1, False), Heard(3, 1, False), Heard(4, UNKNOWN, False)]


@pytest.fixture
def tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return tokenizer


@pytest.fixture
def bert() -> BertModel:
    torch.manual_seed(1)
    return BertModel(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=64,
            num_hidden_layers=3,
            num_attention_heads=2,
            intermediate_size=64,
            pad_token_id=1,
        ),
        add_pooling_layer=False,
    ).eval()


@pytest.fixture
def tone(bert: BertModel, tokenizer: Tokenizer, tmp_path: Path) -> Tone:
    texts = Texts()
    for text in ("awful", "bad", "fine", "good when", "where"):
        texts.number(text)
    tone = Tone(bert, States(bert, tokenizer, texts, 1, iter), 2, PLAN)
    train(tone, ROWS, PLAN, tmp_path / "tone.jsonl")
    return tone


def test_it_learns_moods_and_who_is_upset(tone: Tone) -> None:
    weights, bias = tone.weights()
    moods, upset = np.split(tone.vectors(range(5)) @ weights + bias, [2], axis=1)
    assert moods[:4].argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert (upset[:, 0] > 0).tolist() == [True, True, False, False, False]


def test_it_leaves_the_layers_of_meaning_as_they_were(bert: BertModel, tokenizer: Tokenizer, tmp_path: Path) -> None:
    before = [weight.clone() for weight in bert.parameters()]
    texts = Texts()
    texts.number("awful")
    tone = Tone(bert, States(bert, tokenizer, texts, 1, iter), 2, PLAN)
    train(tone, [Heard(0, 0, True)], Plan(epochs=3, layers=1, messages=1), tmp_path / "tone.jsonl")
    assert all(torch.equal(one, other) for one, other in zip(before, bert.parameters(), strict=True))


def test_an_exported_encoder_hears_it_and_opens_with_it(
    tone: Tone, bert: BertModel, tokenizer: Tokenizer, tmp_path: Path
) -> None:
    export_opened(bert, tokenizer, tone.layers, tmp_path / "room", tmp_path / "encoder")
    network = Network(tmp_path / "encoder")
    (heard,) = network.run([tokenizer.encode("awful").ids], ["tone"])
    assert float(heard[0] @ tone.vectors([0])[0]) > 0.98
    again = tone_of(tmp_path / "encoder", opened(tmp_path / "encoder"))
    assert len(again) == 1
    for one, other in zip(again.parameters(), tone.layers.parameters(), strict=True):
        assert torch.allclose(one, other, atol=0.02)


def test_a_card_tells_of_the_last_training_alone(tmp_path: Path) -> None:
    log = tmp_path / "tone.jsonl"
    log.write_text('{"plan": {"seed": 1}}\n{"loss": 0.5, "seconds": 60}')
    once = with_tone("# A card\n\n## What\n\nThat.\n", log)
    assert once.startswith("# A card\n\n## What\n\nThat.\n\n## The tone\n") and "1 steps in 1 minutes" in once
    assert with_tone(once + "\n## Learned on since\n\nThis.\n", log).count("## The tone") == 1
