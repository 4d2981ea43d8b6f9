"""From a query to ranked articles with a calibrated confidence.

Three channels score every passage: dense (what means alike), spelling and sound (what is written alike, and what would
sound alike in either script). An article is scored in each channel by its best question or phrasing, by its best piece
of answer and by the mean of its best four passages; `calibration` makes probabilities of that. A reranker, where there
is one, then reads the likeliest articles with the query. Immutable, and safe to search from many threads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base import calibration
from knowledge_base.calibration import Calibration
from knowledge_base.embedding import Progress, centred_by_language, embed
from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexCorrupt, IndexMissing
from knowledge_base.index import PassageIndex
from knowledge_base.lexical import LexicalIndex
from knowledge_base.passages import passages_of
from knowledge_base.pooling import Pooling
from knowledge_base.reranker import READ, Reranker
from knowledge_base.text.banglish import banglish_probability
from knowledge_base.text.respelling import Respeller
from knowledge_base.text.scripts import bengali_share
from knowledge_base.types import Candidate, Entry, PassageText, Ranking, Text, Vectors
from knowledge_base.weighed import Features, Weighed

__all__ = ["Retriever"]

Floats = NDArray[np.float32]
SEARCHED = 4_000  # passages that the dense channel ranks; all of a usual knowledge base
_BEST = [number for number, name in enumerate(calibration.ARTICLE_FEATURES) if " best " in name]
DENSE, LEXICAL = _BEST[:2], _BEST[2:]  # the columns of best passages
ENGLISH, BANGLISH = (calibration.WAYS.index(way) for way in ("en", "bn-Latn"))
SURE = 0.98  # the probability from which on an article needs no reading


class Retriever:
    def __init__(
        self,
        entries: Sequence[Entry],
        passages: Sequence[PassageText],
        encoder: Encoder,
        vectors: Vectors,
        index: PassageIndex,
        spelling: LexicalIndex,
        sound: LexicalIndex,
        weights: Calibration | None = None,
    ) -> None:
        self.entries, self.passages, self.encoder, self.vectors = tuple(entries), tuple(passages), encoder, vectors
        self._index, self._spelling, self._sound = index, spelling, sound
        self._calibration = weights or calibration.shipped()
        self._by_key = {entry.key: entry for entry in self.entries}
        self._mean = vectors.mean(axis=0)
        self._respeller = Respeller(passage.text for passage in passages)
        self.keys = np.array([entry.key for entry in self.entries])
        self._pooling = Pooling(self.keys.tolist(), self.passages)
        self.categories = np.unique([entry.category for entry in self.entries], return_inverse=True)[1]
        self._reranker: Reranker | None = None

    @classmethod
    def build(
        cls,
        entries: Sequence[Entry],
        encoder: Encoder,
        known: Mapping[str, Vectors] | None = None,
        progress: Progress[list[str]] = iter,
        weights: Calibration | None = None,
    ) -> Retriever:
        """A retriever over `entries`. Only texts whose fingerprint is not in `known` are embedded, in batches that
        `progress` sees going by. Raises `IndexMissing` if there is nothing to find."""
        passages = [passage for entry in entries for passage in passages_of(entry)]
        if not passages:
            raise IndexMissing("no article is published")
        vectors = embed([passage.text for passage in passages], encoder, known or {}, progress)
        texts = [passage.text for passage in passages]
        index = PassageIndex.build(centred_by_language(vectors, passages))
        spelling, sound = LexicalIndex.of_spelling(texts), LexicalIndex.of_sound(texts)
        return cls(entries, passages, encoder, vectors, index, spelling, sound, weights)

    def read_by(self, reranker: Reranker | None) -> Retriever:
        """The same retriever, whose likeliest articles that one reads."""
        retriever = copy(self)
        retriever._reranker = reranker
        return retriever

    def entry(self, key: str) -> Entry:
        """The article of that key. Raises `KeyError`."""
        return self._by_key[key]

    def search(self, query: str, *, vector: Vectors | None = None, limit: int = 5) -> Ranking:
        """The `limit` likeliest articles. `vector` (dimension,) saves embedding the query again."""
        return self.rank(self.reread(self.weigh(query, vector)), limit)

    def weigh(self, query: str, vector: Vectors | None = None) -> Weighed:
        """What the channels know of every article."""
        features = self.features(query, vector)
        utilities, none = self._calibration.utilities(features.way, features.articles, features.query)
        return self.weighed(features, utilities, none)

    def reread(self, weighed: Weighed, sure: float = SURE) -> Weighed:
        """The same after the reranker, if there is one, has read the likeliest articles, unless one of them is right
        with the probability `sure`."""
        if self._reranker is None or weighed.probabilities.max() >= sure:
            return weighed
        read, scores = self.scores(weighed, self._reranker, READ)
        features = weighed.features
        return self.weighed(
            features,
            *self._calibration.reread(features.way, weighed.probabilities, weighed.in_scope, read, scores),
        )

    def scores(self, weighed: Weighed, reranker: Reranker, most: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The numbers of the likeliest articles, at most so many, and what a reranker says of each."""
        read = weighed.order()[:most]
        texts = [self.readable(number, weighed.features) for number in read]
        return read, reranker.scores(weighed.features.read_as, texts)

    def readable(self, number: int, query: Features, near: str | None = None) -> str:
        """An article as the reranker reads it: its question and answer in the query's language, if it has that, and
        before them the question or phrasing, in any language, that is `near`est to the query."""
        texts = self.entries[number].texts
        text = texts.get("en" if query.way[ENGLISH] > 0.5 else "bn") or next(iter(texts.values()), Text(""))
        near = near or self.passages[query.nearest[number]].text
        said = " / ".join(dict.fromkeys(part for part in (near, text.question) if part))
        return f"{said} {text.answer}"

    def weighed(self, features: Features, utilities: NDArray[np.float64], none: float) -> Weighed:
        """The probabilities that utilities come to."""
        probabilities, in_scope = self._calibration.probabilities(utilities, none)
        return Weighed(features, utilities, none, probabilities, in_scope)

    def rank(self, weighed: Weighed, limit: int = 5) -> Ranking:
        """The `limit` likeliest articles, best first."""
        features = weighed.features
        return Ranking(
            tuple(
                Candidate(
                    article=self.entries[number].key,
                    confidence=float(weighed.probabilities[number]),
                    score=float(weighed.utilities[number]),
                    dense=float(features.articles[number, DENSE].max()),
                    lexical=float(features.articles[number, LEXICAL].max()),
                    passage=self.passages[features.best[number]],
                )
                for number in weighed.order()[:limit]
            ),
            weighed.in_scope,
        )

    def features(self, query: str, vector: Vectors | None = None) -> Features:
        """What each channel says: the input of the calibration."""
        way, spelt, read_as = _way(query), query, query
        if vector is None:
            vector = self.encoder.queries([query])[0]
        spelling = self._spelling.scores(query)
        if way[BANGLISH] > 0.5:  # what the encoder knows better, and what is spelt like it, is in Bengali letters
            spelt = self._respeller.respelled(query)
            vector = (vector + self.encoder.queries([spelt])[0]) / 2
            spelling = np.maximum(spelling, self._spelling.scores(spelt))
            read_as = f"{spelt} / {query}"
        centred = vector - self._mean
        dense = self._dense(centred / max(float(np.linalg.norm(centred)), 1e-6))
        sound = self._sound.scores(query)
        columns = [*self._pooling.scores(dense), *self._pooling.scores(spelling), *self._pooling.scores(sound)]
        best = np.maximum(columns[0], columns[1])
        query_features = [1.0, float(best.mean()), float(best.std()), float(np.log1p(len(query)))]
        return Features(
            np.stack(columns, axis=1).astype(np.float64),
            np.array(query_features),
            way,
            *self._pooling.best_passages(dense + spelling + sound),
            spelt,
            read_as,
        )

    def _dense(self, vector: Vectors) -> Floats:
        """Inner products with every passage; one that FAISS did not rank gets the least of those it did."""
        rows, products = self._index.search(vector, SEARCHED)
        scores = np.full(len(self.passages), products.min(initial=0.0), np.float32)
        scores[rows] = products
        return scores

    # --- files; `versions` makes an immutable, verified folder of them ---

    def save(self, folder: Path) -> None:
        self._index.save(folder / "passages.faiss")
        self._spelling.save(folder / "spelling.npz")
        self._sound.save(folder / "sound.npz")
        np.save(folder / "vectors.npy", self.vectors)
        content = {
            "encoder": self.encoder.name,
            "entries": [asdict(entry) for entry in self.entries],
            "passages": [asdict(passage) for passage in self.passages],
        }
        (folder / "articles.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> Retriever:
        """What `save` wrote. Raises `IndexCorrupt`, also where another encoder made it."""
        try:
            content = json.loads((folder / "articles.json").read_text(encoding="utf-8"))
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            entries = [_entry(entry) for entry in content["entries"]]
            passages = [PassageText(**passage) for passage in content["passages"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexCorrupt(f"{folder.name} cannot be read: {error}") from error
        if content["encoder"] != encoder.name or vectors.shape != (len(passages), encoder.dimension):
            raise IndexCorrupt(f"{folder.name} was made with {content['encoder']}, not with {encoder.name}")
        index = PassageIndex.load(folder / "passages.faiss")
        if (len(index), index.dimension) != vectors.shape:
            raise IndexCorrupt(f"{folder.name}: the index and the vectors differ in size")
        spelling = LexicalIndex.load(folder / "spelling.npz", LexicalIndex.of_spelling)
        sound = LexicalIndex.load(folder / "sound.npz", LexicalIndex.of_sound)
        return cls(entries, passages, encoder, vectors, index, spelling, sound)


def _way(query: str) -> NDArray[np.float64]:
    bengali = bengali_share(query)
    banglish = (1 - bengali) * banglish_probability(query)
    return np.array([1 - bengali - banglish, bengali, banglish])


def _entry(content: Mapping[str, Any]) -> Entry:
    texts = {language: Text(**text) for language, text in content["texts"].items()}
    phrasings = {language: tuple(of_language) for language, of_language in content["phrasings"].items()}
    return Entry(content["key"], texts, phrasings, content["category"], content["needs_human"])
