"""The stock model, put together again and pruned."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import BertModel

from knowledge_base.training.speed import QUESTIONS, Engine
from knowledge_base.training.stock import Stock, read_stock, stock_tokenizer
from knowledge_base.training.vocabulary import kept_pieces, pruned

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def stock() -> Stock:
    return read_stock()


@pytest.fixture(scope="module")
def whole() -> Tokenizer:
    return stock_tokenizer()


@pytest.fixture(scope="module")
def small(stock: Stock, whole: Tokenizer) -> Iterator[tuple[BertModel, Tokenizer]]:
    model, tokenizer = pruned(stock, whole, kept_pieces(whole, QUESTIONS))
    yield model.eval(), tokenizer


def vector(model: BertModel, ids: list[int]) -> np.ndarray:
    with torch.no_grad():
        mean = model(torch.tensor([ids])).last_hidden_state[0].mean(dim=0)
    return np.asarray((mean / mean.norm()).numpy())


def test_it_agrees_with_the_engine_that_carried_it(stock: Stock, whole: Tokenizer) -> None:
    model, engine = stock.model().eval(), Engine()
    for question, theirs in zip(QUESTIONS, engine.queries(QUESTIONS), strict=True):
        assert float(vector(model, whole.encode(f"query: {question}").ids) @ theirs) > 0.999


def test_a_text_whose_pieces_stayed_keeps_its_vector(
    stock: Stock, whole: Tokenizer, small: tuple[BertModel, Tokenizer]
) -> None:
    model, tokenizer = small
    for question in QUESTIONS:
        before, after = whole.encode(question), tokenizer.encode(question)
        assert before.tokens == after.tokens
        assert float(vector(stock.model().eval(), before.ids) @ vector(model, after.ids)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "text", ["Donaudampfschifffahrt", "漢字かな", "Καλημέρα", "नमस्ते", "🙂🙏🏽", "৳১,২৫০", "ভ্যালিডেশন"]
)
def test_what_lost_its_pieces_is_read_in_smaller_ones(
    whole: Tokenizer, small: tuple[BertModel, Tokenizer], text: str
) -> None:
    _, tokenizer = small
    assert tokenizer.encode(text).tokens.count("<unk>") == whole.encode(text).tokens.count("<unk>")


def test_the_rest_is_gone(small: tuple[BertModel, Tokenizer]) -> None:
    model, tokenizer = small
    assert model.embeddings.word_embeddings.num_embeddings == tokenizer.get_vocab_size() < 40_000
