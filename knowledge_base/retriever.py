"""From a query to ranked articles with a calibrated confidence.

Three channels score every passage: dense (what means alike), spelling and sound (what is written alike, and what would
sound alike in either script). An article is scored in each channel by its best question or phrasing, by its best piece
of answer and by the mean of its best four passages; `calibration` makes probabilities of that. A reranker, where there
is one, then reads the likeliest articles with the query. Immutable, and safe to search from many threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowledge_base import calibration
from knowledge_base.calibration import Calibration
from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexCorrupt, IndexMissing
from knowledge_base.index import PassageIndex
from knowledge_base.lexical import LexicalIndex
from knowledge_base.passages import fingerprint, passages_of
from knowledge_base.reranker import READ, Reranker
from knowledge_base.text.banglish import banglish_probability
from knowledge_base.text.respelling import Respeller
from knowledge_base.text.scripts import bengali_share
from knowledge_base.types import Candidate, Entry, PassageText, Ranking, Text, Vectors

__all__ = ["Features", "Progress", "Retriever", "Weighed"]

T = TypeVar("T")
Progress = Callable[[list[T]], Iterable[T]]
Floats = NDArray[np.float32]
BATCH = 32  # texts embedded between two steps of a progress bar
SEARCHED = 4_000  # passages that the dense channel ranks; all of a usual knowledge base
NOTHING = -1.0  # the least that a cosine can be
_BEST = [number for number, name in enumerate(calibration.ARTICLE_FEATURES) if " best " in name]
DENSE, LEXICAL = _BEST[:2], _BEST[2:]  # the columns of best passages
ENGLISH, BANGLISH = (calibration.WAYS.index(way) for way in ("en", "bn-Latn"))
BEST = 4  # passages whose mean scores an article, beside its best one
SURE = 0.98  # the probability from which on an article needs no reading


@dataclass(frozen=True, slots=True)
class Features:
    """What the channels say of every article, for one query."""

    articles: NDArray[np.float64]  # (articles, len(ARTICLE_FEATURES))
    query: NDArray[np.float64]  # (len(QUERY_FEATURES),)
    way: NDArray[np.float64]  # (len(WAYS),): how likely the query is in each way of writing
    best: NDArray[np.intp]  # each article's best passage
    read_as: str  # the query, for the reranker


@dataclass(frozen=True, slots=True)
class Weighed:
    """How likely each article answers a query, and that none does, before anything is cut off."""

    features: Features
    utilities: NDArray[np.float64]  # (articles,)
    none: float  # the utility of no article
    probabilities: NDArray[np.float64]  # (articles,), calibrated
    in_scope: float  # the probability that any article is right

    def order(self) -> NDArray[np.intp]:
        """The numbers of the articles, likeliest first."""
        return np.argsort(-self.probabilities, kind="stable")

    def mixed(self, other: Weighed, share: float) -> Weighed:
        """The same query read in this way or, with the probability `share`, in another."""
        return replace(
            self,
            features=other.features if share > 0.5 else self.features,
            probabilities=self.probabilities * (1 - share) + other.probabilities * share,
            in_scope=self.in_scope * (1 - share) + other.in_scope * share,
        )


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
        numbers = {entry.key: number for number, entry in enumerate(self.entries)}
        self.keys = np.array([entry.key for entry in self.entries])
        self.categories = np.unique([entry.category for entry in self.entries], return_inverse=True)[1]
        self._article_of = np.array([numbers[passage.article] for passage in self.passages], np.intp)
        self._is_answer = np.array([passage.kind == "answer" for passage in self.passages], bool)
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
        index = PassageIndex.build(_centred(vectors, passages))
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

    def reread(self, weighed: Weighed) -> Weighed:
        """The same after the reranker, if there is one, has read the likeliest articles."""
        if self._reranker is None or weighed.probabilities.max() >= SURE:
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

    def readable(self, number: int, query: Features) -> str:
        """An article as the reranker reads it: its question and answer in the query's language, if it has that."""
        texts = self.entries[number].texts
        text = texts.get("en" if query.way[ENGLISH] > 0.5 else "bn") or next(iter(texts.values()), Text(""))
        return f"{text.question} {text.answer}"

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
        way, read_as = _way(query), query
        if vector is None:
            vector = self.encoder.queries([query])[0]
        spelling = self._spelling.scores(query)
        if way[BANGLISH] > 0.5:  # what the encoder knows better, and what is spelt like it, is in Bengali letters
            respelled = self._respeller.respelled(query)
            vector = (vector + self.encoder.queries([respelled])[0]) / 2
            spelling = np.maximum(spelling, self._spelling.scores(respelled))
            read_as = f"{respelled} / {query}"
        centred = vector - self._mean
        dense = self._dense(centred / max(float(np.linalg.norm(centred)), 1e-6))
        sound = self._sound.scores(query)
        columns = [*self._pool(dense), *self._pool(spelling), *self._pool(sound)]
        best = np.maximum(columns[0], columns[1])
        query_features = [1.0, float(best.mean()), float(best.std()), float(np.log1p(len(query)))]
        return Features(
            np.stack(columns, axis=1).astype(np.float64),
            np.array(query_features),
            way,
            self._best_passages(dense + spelling + sound),
            read_as,
        )

    def _dense(self, vector: Vectors) -> Floats:
        """Inner products with every passage; one that FAISS did not rank gets the least of those it did."""
        rows, products = self._index.search(vector, SEARCHED)
        scores = np.full(len(self.passages), products.min(initial=0.0), np.float32)
        scores[rows] = products
        return scores

    def _pool(self, scores: Floats) -> tuple[Floats, Floats, Floats]:
        """Each article's best question or phrasing, its best piece of answer, and the mean of its best few passages."""
        order = np.lexsort((-scores, self._article_of))
        articles = self._article_of[order]
        starts = np.flatnonzero(np.r_[True, articles[1:] != articles[:-1]])
        rank = np.arange(len(articles)) - np.repeat(starts, np.diff(np.r_[starts, len(articles)]))
        among_best = order[rank < BEST]
        counts = np.bincount(self._article_of[among_best], minlength=len(self.entries))
        mean = np.bincount(self._article_of[among_best], scores[among_best], len(self.entries)) / np.maximum(counts, 1)
        questions, answers = (self._best(scores, kind) for kind in (~self._is_answer, self._is_answer))
        # An article that has only one of the two is not worse for it.
        questions = np.where(np.isneginf(questions), answers, questions)
        questions = np.maximum(questions, NOTHING)  # an article without any text
        return questions, np.where(np.isneginf(answers), questions, answers), mean.astype(np.float32)

    def _best(self, scores: Floats, among: NDArray[np.bool_]) -> Floats:
        best = np.full(len(self.entries), -np.inf, np.float32)
        np.maximum.at(best, self._article_of[among], scores[among])
        return best

    def _best_passages(self, scores: Floats) -> NDArray[np.intp]:
        order = np.lexsort((scores, self._article_of))
        best = np.zeros(len(self.entries), np.intp)
        best[self._article_of[order]] = order  # the last of each article wins, and that is its best
        return best

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


def embed(
    texts: Sequence[str], encoder: Encoder, known: Mapping[str, Vectors], progress: Progress[list[str]] = iter
) -> Vectors:
    """A row for each text. Equal texts, and those whose fingerprint is `known`, are not embedded again."""
    prints = [fingerprint(encoder.name, text) for text in texts]
    found = dict(known)
    new = {print_: text for print_, text in zip(prints, texts, strict=True) if print_ not in found}
    batches = [list(new.values())[start : start + BATCH] for start in range(0, len(new), BATCH)]
    rows = [row for batch in progress(batches) for row in encoder.passages(batch)]
    found.update(zip(new, rows, strict=True))
    return np.stack([np.asarray(found[print_], np.float32) for print_ in prints])


def _centred(vectors: Vectors, passages: Sequence[PassageText]) -> Vectors:
    """`vectors` without the mean of their language, of unit length again: multilingual encoders put a language in a
    corner of its own, and what all texts share says nothing."""
    centred = vectors.copy()
    languages = np.array([passage.language for passage in passages])
    for language in set(languages):
        centred[languages == language] -= vectors[languages == language].mean(axis=0)
    norms: Vectors = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-6)
    centred /= norms
    return centred


def _way(query: str) -> NDArray[np.float64]:
    bengali = bengali_share(query)
    banglish = (1 - bengali) * banglish_probability(query)
    return np.array([1 - bengali - banglish, bengali, banglish])


def _entry(content: Mapping[str, Any]) -> Entry:
    texts = {language: Text(**text) for language, text in content["texts"].items()}
    phrasings = {language: tuple(of_language) for language, of_language in content["phrasings"].items()}
    return Entry(content["key"], texts, phrasings, content["category"], content["needs_human"])
