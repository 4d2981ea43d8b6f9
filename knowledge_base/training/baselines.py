"""What any search would do without an encoder of ours: BM25 over words, for the comparison."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from rank_bm25 import BM25Okapi

from knowledge_base.calibration import ARTICLE_FEATURES, QUERY_FEATURES, WAYS
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.fitting import Labelled
from knowledge_base.passages import passages_of
from knowledge_base.text.normalise import normalise
from knowledge_base.weighed import Features

__all__ = ["bm25"]

_WORD = re.compile(r"[^\W_]+[\u0980-\u09ff]*")


def bm25(folder: Path) -> list[Labelled]:
    """The queries of a folder, with an article's best passage by BM25 (Robertson, Zaragoza 2009) as the one feature."""
    entries = read_entries(folder)
    numbers = {entry.key: number for number, entry in enumerate(entries)}
    passages = [passage for entry in entries for passage in passages_of(entry)]
    article_of = np.array([numbers[passage.article] for passage in passages])
    index = BM25Okapi([_words(passage.text) for passage in passages])
    return [
        Labelled(
            _features(index.get_scores(_words(query.text)), article_of, len(entries)),
            "bn" if query.language == "mixed" else query.language,
            numbers[query.article] if query.article else -1,
        )
        for query in read_queries(folder, entries)
        if query.kind in ("in_scope", "out_of_scope")
    ]


def _features(scores: np.ndarray, article_of: np.ndarray, articles: int) -> Features:
    features = np.zeros((articles, len(ARTICLE_FEATURES)))
    np.maximum.at(features[:, 0], article_of, scores / 10)  # about as large as a cosine
    best = features[:, 0]
    query = np.zeros(len(QUERY_FEATURES))
    query[:3] = 1.0, best.mean(), best.std()
    nothing = np.zeros(articles, np.intp)
    return Features(features, query, np.full(len(WAYS), 1 / len(WAYS)), nothing, nothing, "", "")


def _words(text: str) -> list[str]:
    return _WORD.findall(normalise(text))
