"""A message read with the one before it, with the real encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base import encoder
from knowledge_base.bundled import BundledEncoder
from knowledge_base.reranker import MOST_OF_QUERY
from knowledge_base.retriever import Retriever
from support.dialogue import context
from support.dialogue.context import Before, Weights
from tests.knowledge_base.conftest import ENTRIES

EARLIER = "delivery charge koto?"


class Listening:
    """A reranker that thinks the first article the best, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def scores(self, query: str, articles: Sequence[str]) -> NDArray[np.float64]:
        self.asked.append(query)
        return -np.arange(len(articles), dtype=np.float64)


@pytest.fixture
def listening() -> Listening:
    return Listening()


@pytest.fixture
def retriever(listening: Listening) -> Retriever:
    return Retriever.build(ENTRIES, encoder.load("bundled")).read_by(listening)


def read(retriever: Retriever, text: str, intercept: float) -> None:
    """With what is given for the log odds that it follows."""
    measured = context.measure(retriever, text, retriever.weigh(text), Before(EARLIER))
    context.mixed(retriever, measured, 0.0, Weights(np.ones(4), np.zeros(8), intercept))


def test_the_reranker_reads_the_message_alone_and_after_the_earlier_one(
    retriever: Retriever, listening: Listening
) -> None:
    read(retriever, "ar ctg te?", 0.0)
    alone, after = listening.asked
    assert alone.endswith(" / ar ctg te?")
    assert after == f"ডেলিভারি চার্জ কত? {alone.partition(' / ')[0]}"


@pytest.mark.parametrize(("odds", "heard"), [(-6.0, "and outside?"), (6.0, "ডেলিভারি চার্জ কত? and outside?")])
def test_what_is_hardly_meant_is_not_read(retriever: Retriever, listening: Listening, odds: float, heard: str) -> None:
    read(retriever, "and outside?", odds)
    assert listening.asked == [heard]


def test_after_a_long_message_the_question_is_still_read(retriever: Retriever) -> None:
    earlier, message = retriever.features("my parcel is late " * 15), retriever.features("Dhaka / Khulna, how much?")
    heard = message.read_after(earlier)
    assert heard.endswith("? Dhaka / Khulna, how much?")
    assert len(BundledEncoder().tokenizer.encode(heard, add_special_tokens=False).ids) <= MOST_OF_QUERY


def test_the_reranker_tells_which_article_is_meant_and_not_whether_there_is_one(retriever: Retriever) -> None:
    after = context.measure(retriever, "and outside?", retriever.weigh("and outside?"), Before(EARLIER)).after(
        np.array([0.3, 0.9, -0.4, 0.5])
    )
    read = context.read_after(retriever, after)
    assert read.in_scope == after.in_scope
    assert float(read.probabilities.sum()) == pytest.approx(after.in_scope, abs=1e-6)
    assert not np.allclose(read.probabilities, after.probabilities)
