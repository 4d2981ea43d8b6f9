"""How a message is meant."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from knowledge_base import encoder
from support.understanding import sentiment
from support.understanding.sentiment import Bundled, Mood, Transformers


def read(text: str, encoder_name: str | None = None) -> Mood:
    model = encoder.load("bundled")
    return sentiment.load("bundled", encoder_name or model.name).read(text, encoder.read(model, text)[1])


@pytest.mark.parametrize(
    ("text", "mood"),
    [
        ("This is the third time you have cheated me, give my money back or I go to the police", "negative"),
        ("Thank you so much, the delivery was super fast and the quality is great", "positive"),
        ("What time do you open on Friday?", "neutral"),
        ("টাকা নিয়ে পণ্য দেননি, ফোনও ধরেন না, আপনারা প্রতারক", "negative"),
        ("খুব ভালো সার্ভিস, অনেক খুশি হলাম", "positive"),
        ("রিটার্ন করতে কত দিন সময় পাব?", "neutral"),
        ("apnara taka niye product den nai, eto baje service, mamla korbo", "negative"),
        ("delivery charge koto", "neutral"),
    ],
)
def test_moods_in_three_ways_of_writing(text: str, mood: str) -> None:
    assert read(text).sentiment == mood


def test_an_angry_customer_is_more_upset_than_a_curious_one() -> None:
    angry, curious = read("You are thieves! I will sue you, worst shop ever!!!"), read("Do you sell rice cookers?")
    assert angry.upset > 0.65 > 0.2 > curious.upset


def test_beside_another_encoder_the_words_alone_are_read() -> None:
    vector = np.ones(1024, np.float32)
    model = Bundled("some-other-encoder")
    assert model.read("worst service ever, I am furious", vector).upset > model.read("what is the price", vector).upset


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real Hugging Face classifier, small and untrained."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("tiny")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad"]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    labels = {0: "NEGATIVE", 1: "neutral", 2: "Positive"}
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label=labels, label2id={name: at for at, name in labels.items()},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_any_hugging_face_classifier_can_take_its_place(tiny_model: Path) -> None:
    mood = sentiment.load(str(tiny_model), "any").read("good " * 3000, np.zeros(384, np.float32))
    assert mood.sentiment in ("negative", "neutral", "positive")
    assert 0 <= mood.upset <= 1
    assert isinstance(sentiment.load(str(tiny_model), "any"), Transformers)


@pytest.mark.parametrize(
    ("label", "of", "ours"),
    [
        ("NEGATIVE", 2, "negative"),
        ("pos", 3, "positive"),
        ("LABEL_1", 2, "positive"),
        ("LABEL_1", 3, "neutral"),
        ("4 stars", 5, "positive"),
        ("1 star", 5, "negative"),
    ],
)
def test_other_models_labels_are_understood(label: str, of: int, ours: str) -> None:
    assert sentiment._standard(label, of) == ours


def test_a_label_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="toxic"):
        sentiment._standard("toxic", 2)


def test_evaluation_writes_the_figures_it_prints(tmp_path: Path, settings: Settings) -> None:
    rows = [json.loads(line) for line in (sentiment.DATA / "sentiment.jsonl").read_text(encoding="utf-8").splitlines()]
    file, out = tmp_path / "some.jsonl", tmp_path / "out.json"
    chosen = rows[::30]
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in chosen), encoding="utf-8")
    call_command("evaluate_sentiment", file, json=out)
    languages = json.loads(out.read_text())["languages"]
    assert sum(of["n"] for of in languages.values()) == len(chosen)
    assert all(0 <= of["macro_f1"] <= 1 and 0 <= of["upset_recall_at_precision_85"] <= 1 for of in languages.values())


@pytest.mark.parametrize(
    "line", ["{", '{"text": "a", "lang": "en", "sentiment": "angry", "upset": true}', '{"text": 1}']
)
def test_a_bad_line_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "a", "lang": "en", "sentiment": "neutral", "upset": false}\n' + line)
    with pytest.raises(CommandError, match="line 2"):
        call_command("evaluate_sentiment", file)
