"""Training the reranker: what it is asked, and that it learns to tell what answers."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

from knowledge_base import bundled, encoder, reranker
from knowledge_base.calibration import WAYS
from knowledge_base.training import rereading
from knowledge_base.training.opened import opened
from knowledge_base.training.reranking import Asked, Plan, Reading, _drawn, asked, train

WORDS = "<s> <pad> </s> <unk> red blue green crimson azure verdant".split()
COLOURS = {"red": "crimson", "blue": "azure", "green": "verdant"}
QUESTIONS = [
    Asked(colour, colour, [other for other in COLOURS.values() if other != named], named)
    for colour, named in COLOURS.items()
]

ARTICLES = [{"id": name, "question": {"en": f"What does {name} cost?"}} for name in ("mail", "web", "ftp")]
QUERIES: list[Mapping[str, Any]] = [
    {"text": "price of mail", "lang": "en", "kind": "in_scope", "article": "mail"},
    {"text": "who won", "lang": "en", "kind": "out_of_scope", "article": None},
]
GOING_ON: list[Mapping[str, Any]] = [
    {"text": f"and {name}?", "lang": "en", "kind": "follow_up", "article": name, "context": ["price of mail"]}
    for name in ("web", "ftp")
]


def _write(folder: Path, queries: Sequence[Mapping[str, Any]]) -> None:
    for name, rows in (("articles", ARTICLES), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))


def test_it_learns_which_article_answers(tmp_path: Path) -> None:
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, "<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    plan = Plan(steps=150, questions=8, wrong=1, rate=3e-3, frozen=0, left_out=0.2)
    model = Reading(BertModel(config, add_pooling_layer=False))
    train(model, tokenizer, QUESTIONS, plan, tmp_path / "log.jsonl")
    right, wrong = model.scores([[0, 4, 2, 2, 7, 2], [0, 4, 2, 2, 8, 2]]).tolist()
    assert right > 0 > wrong
    first, *steps = map(json.loads, (tmp_path / "log.jsonl").read_text().splitlines())
    assert first["plan"]["steps"] == len(steps) == 150
    assert np.mean([step["loss"] for step in steps[-20:]]) < 0.5 * steps[0]["loss"]


def test_what_is_drawn_has_its_right_article_first_or_nowhere() -> None:
    plan = Plan(wrong=1, left_out=0.3)
    for read_as, articles, there in islice(_drawn(QUESTIONS, plan, Random(1)), 200):
        assert len(articles) == len(set(articles)) == 2
        assert (articles[0] == COLOURS[read_as]) is there
        assert there or COLOURS[read_as] not in articles


def test_what_is_foreign_is_drawn_too() -> None:
    questions = [*QUESTIONS, Asked("loud", "loud", list(COLOURS.values()), None)]
    drawn = list(islice(_drawn(questions, Plan(wrong=1, foreign=0.5), Random(1)), 100))
    assert 30 < sum(read_as == "loud" for read_as, _, _ in drawn) < 70
    assert not any(there for read_as, _, there in drawn if read_as == "loud")


def test_a_business_is_asked_with_the_articles_that_its_retriever_ranks(tmp_path: Path) -> None:
    _write(tmp_path, [*QUERIES, {"text": "hello", "lang": "en", "kind": "smalltalk", "article": None}])
    asked_of_it = asked([tmp_path], encoder.load("bundled"), iter, Plan(taught=0))
    first, foreign = sorted(asked_of_it, key=lambda one: one.text)
    assert first.right == "What does mail cost? " and first.right not in first.ranked and len(first.ranked) == 2
    assert foreign.right is None and len(foreign.ranked) == 3


def test_an_article_is_read_with_what_customers_said_for_it_as_if_an_editor_had_added_that(tmp_path: Path) -> None:
    _write(tmp_path, [*QUERIES, {"text": "is mail dear", "lang": "en", "kind": "in_scope", "article": "mail"}])
    first, *_ = asked([tmp_path], encoder.load("bundled"), iter, Plan(taught=1))
    others = {"price of mail": "is mail dear", "is mail dear": "price of mail"}
    assert first.right == f"{others[first.text]} / What does mail cost? "


def test_a_follow_up_is_asked_with_the_message_before_it_and_so_is_a_question_about_something_else(
    tmp_path: Path,
) -> None:
    _write(tmp_path, [*QUERIES, *GOING_ON])
    after = [one for one in asked([tmp_path], encoder.load("bundled"), iter, Plan(taught=0)) if one.follows]
    assert {one.text: one.right for one in after} == {
        "price of mail? and web?": "What does web cost? ",
        "price of mail? and ftp?": "What does ftp cost? ",
        "price of mail? who won": None,
    }


def test_what_follows_is_drawn_as_often_as_the_plan_says() -> None:
    questions = [*QUESTIONS, Asked("red? and blue", "red? and blue", ["crimson"], "azure", follows=True)]
    drawn = list(islice(_drawn(questions, Plan(wrong=1, foreign=0, following=0.5, left_out=0), Random(1)), 100))
    assert 30 < sum(read_as == "red? and blue" for read_as, _, _ in drawn) < 70


def test_no_more_is_asked_than_the_plan_will_draw(tmp_path: Path) -> None:
    _write(tmp_path, [*QUERIES, *GOING_ON])
    assert [one.follows for one in asked([tmp_path], encoder.load("bundled"), iter, Plan(steps=1, questions=1))] == [
        False,
        True,
    ]


def test_a_shipped_encoder_opens_as_the_model_it_was() -> None:
    shipped = encoder.load("bundled")
    model, text = opened(bundled.FOLDER).eval(), "টাকা ফেরত পাব কবে? taka ferot"
    assert isinstance(shipped, bundled.BundledEncoder)
    with torch.no_grad():
        mean = model(torch.tensor([shipped.tokenizer.encode(text).ids])).last_hidden_state[0].mean(dim=0).numpy()
    assert float(mean @ shipped.queries([text])[0]) / np.linalg.norm(mean) > 0.999


def test_a_shipped_reranker_opens_as_the_model_it_was() -> None:
    shipped = reranker.BundledReranker()
    articles = ["When do I get my money back?", "Where is your shop?", "জুতার মাপ কত?"]
    pieces = [row.ids for row in bundled.BundledEncoder().tokenizer.encode_batch(articles, add_special_tokens=False)]
    rows = [reranker.pair(pieces[0], article) for article in pieces]
    model = Reading.opened(reranker.FOLDER, bundled.FOLDER).eval()
    with torch.no_grad():
        scores = model.scores(rows).numpy()
    assert np.allclose(scores, shipped.scores(articles[0], articles), atol=0.5)


def test_a_card_keeps_what_it_told_of_earlier_runs(tmp_path: Path) -> None:
    row = dict.fromkeys(("top1", "top3", "auroc"), 0.5)
    figures = {
        "unseen": ["bank"],
        "tables": {"with the reading": dict.fromkeys(WAYS, row)},
        "megabytes": 35,
        "milliseconds": {"channels alone": 9, "with the reading": 80},
        "machine": "2 cores",
    }
    (tmp_path / "README.md").write_text(rereading.card(figures, ["the first run", "the second run"]))
    assert rereading.runs(tmp_path / "README.md") == ["the first run", "the second run"]
    assert rereading.runs(tmp_path / "no card") == []
