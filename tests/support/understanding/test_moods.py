"""Learning moods: what stands on which side of a fold, how the heads are mixed, and the command from end to end."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from knowledge_base import encoder
from support.management.commands.train_sentiment import _folds, _on_tone
from support.understanding.linear import Linear
from support.understanding.moods import scenarios
from support.understanding.ngrams import COLUMNS
from support.understanding.sentiment import Bundled, trained_with

SAID = {
    "negative": ["this is a scandal", "you cheated me again", "worst shop of all", "খুব বাজে সেবা", "eta protarona"],
    "neutral": ["when do you open", "is it in stock", "what size is it", "দাম কত", "kobe ashbe"],
    "positive": ["I love this shirt", "thanks, super fast", "very good quality", "অনেক সুন্দর", "khub bhalo"],
}


def test_a_scenario_is_learned_from_or_asked_and_never_both() -> None:
    groups = np.array([0, 1, 2, 3, 4, 4, 0, 5, 1, 9])  # of which the first seven are asked
    asked = []
    for known, left in _folds(groups, 7):
        assert not {*groups[known]} & {*groups[left]}
        asked += left
    assert sorted(asked) == [*range(7)]


def test_what_is_nearly_the_same_is_one_scenario() -> None:
    vectors = np.array([[1, 0], [0.99, 0.14], [0, 1]], np.float32)
    assert len({*scenarios(vectors)[:2]}) == 1 and scenarios(vectors)[2] not in scenarios(vectors)[:2]


def head(*classes: str) -> Linear:
    of_ngrams, nothing = np.zeros((COLUMNS, len(classes)), np.float32), np.zeros((0, 0), np.float32)
    return Linear(classes, of_ngrams, nothing, np.zeros(len(classes), np.float32))


def test_each_head_hears_its_own_columns_of_the_tone() -> None:
    weights = np.diag([1.0, 2.0, 3.0, 4.0]).astype(np.float32)  # negative, neutral, positive, upset
    words = head("positive", "negative", "neutral"), head("calm", "upset")
    sentiment, upset = _on_tone(words, weights, np.zeros(4, np.float32))
    for at, name in enumerate(("negative", "neutral", "positive")):
        found = sentiment.probabilities("", np.eye(4, dtype=np.float32)[at] * 9)
        assert max(found, key=found.__getitem__) == name
    assert upset.probabilities("", np.array([0, 0, 0, 9], np.float32))["upset"] > 0.99
    assert upset.probabilities("", np.array([0, 0, 0, -9], np.float32))["upset"] < 0.01


@pytest.mark.timeout(300)
def test_the_command_ships_an_encoder_with_a_tone_and_heads_that_know_it(tmp_path: Path) -> None:
    rows = [
        {"text": text, "lang": "en", "sentiment": mood, "upset": mood == "negative"}
        for mood, texts in SAID.items()
        for text in texts
    ]
    file, to = tmp_path / "moods.jsonl", tmp_path / "heads"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    to.mkdir()
    printed = StringIO()
    folders = {"room": tmp_path / "room", "encoder": tmp_path / "encoder", "to": to}
    call_command("train_sentiment", file, also=file, epochs=1, stdout=printed, **folders)
    made, shipped = encoder.load(str(tmp_path / "encoder")), encoder.load("bundled")
    assert trained_with(to) == made.name != shipped.name
    vector, tone = encoder.read(made, "you cheated me again")
    shipped_vector, shipped_tone = encoder.read(shipped, "you cheated me again")
    assert float(vector @ shipped_vector) > 0.9999 and float(tone @ shipped_tone) < 0.9999
    assert 0 < Bundled(made.name, to).read("you cheated me again", tone).upset < 1
    assert (to / "SENTIMENT.md").read_text().strip() == printed.getvalue().strip()
    assert "| tone and n-grams | en | 15 |" in printed.getvalue()
    assert (tmp_path / "encoder" / "README.md").read_text().count("## The tone") == 1
