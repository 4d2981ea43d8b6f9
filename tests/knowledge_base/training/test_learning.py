"""What a batch is, and that learning from it pulls together what belongs together."""

import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from knowledge_base.errors import BadImport
from knowledge_base.training import recipe
from knowledge_base.training.folder import average, open_model, save_model
from knowledge_base.training.loop import Stage, embed, loss_of, train
from knowledge_base.training.pairs import ALONE, Batch, Business, Intents, read_banglatlit

WORDS = "<s> <pad> </s> <unk> red crimson blue azure green verdant".split()
INTENTS = {"red": ["red", "crimson"], "blue": ["blue", "azure"], "green": ["green", "verdant"]}


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A model too small to know anything."""
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=600,
        pad_token_id=1,
    )
    save_model(BertModel(config, add_pooling_layer=False), tokenizer, tmp_path / "start")
    return tmp_path / "start"


def test_training_pulls_a_group_together(start: Path, tmp_path: Path) -> None:
    model = open_model(start)
    batch = Intents("colours", INTENTS).draw(random.Random(1))
    before = loss_of(model, batch, 0.05).item()
    stage = Stage(steps=60, shares={"colours": 1.0}, rate=3e-3, seed=1)
    train(model, {"colours": [Intents("colours", INTENTS)]}, stage, tmp_path / "log.jsonl")
    assert loss_of(model, batch, 0.05).item() < before / 2
    vectors = embed(model, ["red", "crimson", "blue"]).detach()
    assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2])
    first, *steps = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert first["stage"]["seed"] == 1 and [row["step"] for row in steps] == list(range(60))


def test_a_seed_repeats_a_run(start: Path, tmp_path: Path) -> None:
    logs = []
    for _ in range(2):
        stage = Stage(steps=5, shares={"colours": 1.0}, seed=3)
        train(open_model(start), {"colours": [Intents("colours", INTENTS)]}, stage, tmp_path / "log.jsonl")
        logs.append([json.loads(line).get("loss") for line in (tmp_path / "log.jsonl").read_text().splitlines()])
    assert logs[0] == logs[1]


def test_words_that_are_frozen_do_not_move(start: Path, tmp_path: Path) -> None:
    model = open_model(start)
    before = model[0].model.embeddings.word_embeddings.weight.clone()
    train(
        model, {"colours": [Intents("colours", INTENTS)]}, Stage(3, {"colours": 1.0}, rate=1e-2), tmp_path / "log.jsonl"
    )
    assert bool((model[0].model.embeddings.word_embeddings.weight == before).all())


def test_who_stands_alone_only_pushes_away(start: Path) -> None:
    model = open_model(start)
    with_stranger = loss_of(model, Batch(["red", "green"], [0, ALONE], ["crimson"], [0]), 0.05)
    without = loss_of(model, Batch(["red"], [0], ["crimson"], [0]), 0.05)
    assert with_stranger.item() > without.item() == pytest.approx(0, abs=1e-5)


def test_a_soup_is_the_mean_of_its_models(start: Path) -> None:
    same = average([start, start])
    for mine, theirs in zip(same.parameters(), open_model(start).parameters(), strict=True):
        assert bool((mine - theirs).abs().max() < 1e-6)


def test_a_batch_of_a_business_holds_all_its_articles_and_what_none_of_them_answers() -> None:
    batch = Business(recipe.businesses()[0]).draw(random.Random(1))
    assert list(batch.right_groups) == list(range(40)) and len(batch.right) == 40
    assert set(batch.left_groups) <= set(range(-1, 40)) and list(batch.left_groups).count(ALONE) == 8


def test_the_folds_share_out_the_businesses_and_the_shop_is_in_none() -> None:
    names = [folder.name for fold in recipe.folds() for folder in fold]
    assert len(names) == len(set(names)) == len(recipe.businesses()) == 24
    assert "shop" not in names


def test_missing_rows_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadImport, match=r"val\.csv is missing\. README\.md"):
        read_banglatlit(tmp_path)
