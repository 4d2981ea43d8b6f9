"""The second look: a question and an article read together, by a network that was trained to tell whether the one
answers the other.

The channels of the retriever compare texts from afar, which is quick, and finds the right article among the first few.
Which of those it is, and whether it is any, shows in the reading. `data/reranker/README.md` is the network's card;
`manage.py train_reranker` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge_base.network import Network
from knowledge_base.text.readable import readable

__all__ = ["BUNDLED", "FOLDER", "OFF", "READ", "SCORE", "BundledReranker", "Reranker", "load", "pair"]

FOLDER = Path(__file__).parent / "data" / "reranker"
BUNDLED, OFF = "bundled", "off"
SCORE = "score"  # the output of the graph
START, END = 0, 2  # pieces that stand before and after a text
MOST_OF_QUERY, MOST = 48, 128  # pieces; what is longer is cut
READ = 4  # articles of a search; a fifth costs as much as each and finds hardly more
Floats = NDArray[np.float64]


class Reranker(Protocol):
    def scores(self, query: str, articles: Sequence[str]) -> Floats:
        """(articles,): how well each answers the query, as log odds against none of them doing so. Thread-safe."""
        ...


class BundledReranker:
    """A folder that `train_reranker` exported. Raises `EncoderError` if a file of it is missing or another one."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._network = Network(folder)
        self.scores("a", ["b " * MOST] * READ)  # the first reading takes its memory; no visitor should wait for that

    def scores(self, query: str, articles: Sequence[str]) -> Floats:
        asked, *read = (
            encoding.ids
            for encoding in self._network.tokenizer.encode_batch_fast(
                [readable(text) for text in (query, *articles)], add_special_tokens=False
            )
        )
        (scores,) = self._network.run([pair(asked, article) for article in read], [SCORE])
        return scores[:, 0].astype(np.float64)


def pair(query: Sequence[int], article: Sequence[int]) -> list[int]:
    """Both texts as one row of pieces."""
    asked = list(query[:MOST_OF_QUERY])
    return [START, *asked, END, END, *article[: MOST - len(asked) - 4], END]


@lru_cache(maxsize=4)
def load(setting: str) -> Reranker | None:
    """The reranker that a setting names, one for the whole process; None: there is none. Raises `EncoderError`."""
    return None if setting == OFF else BundledReranker(FOLDER if setting == BUNDLED else Path(setting))
