"""What is known about a message: the evidence for a decision. Needs no database, so that `evaluate` thinks as turns do.

One call of the encoder a message: its vector serves the search and the mood. A short follow-up costs a second one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from knowledge_base import encoder
from knowledge_base.retriever import Retriever
from knowledge_base.text.normalise import normalise
from knowledge_base.types import Ranking
from support.dialogue.decision import Evidence, Option
from support.understanding import language, signals
from support.understanding.sentiment import Mood, SentimentModel
from support.understanding.signals import Signals

__all__ = ["Memory", "Mind", "Offer", "Thought"]

PIECE = 7  # words; a longer message is taken to stand by itself
CALM = Mood("neutral", 0.0)
UNSURE = 0.5  # confidence below which a short message may be half of a question
_NUMBER = re.compile(r"\W*([1-9])\W*")


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that was offered: an article and the question that was on it."""

    article: str
    question: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What the conversation knew before this message."""

    language: str = ""
    misses: int = 0
    offered: tuple[Offer, ...] = ()  # by the last reply
    asked: frozenset[frozenset[str]] = frozenset()  # the articles of each question back so far
    earlier: tuple[str, ...] = ()  # the visitor's messages, oldest first


@dataclass(frozen=True, slots=True)
class Thought:
    language: str
    mood: Mood
    signals: Signals
    ranking: Ranking
    evidence: Evidence


class Mind:
    """A retriever and a sentiment model. Thread-safe."""

    def __init__(self, retriever: Retriever, sentiment: SentimentModel) -> None:
        self.retriever, self._sentiment = retriever, sentiment

    def think(self, text: str, memory: Memory) -> Thought:
        vector, tone = encoder.read(self.retriever.encoder, text)
        ranking = self.retriever.search(text, vector=vector)
        chosen = self._chosen(text, memory.offered)
        if chosen is not None:
            # The words on a button are an editor's: they show neither how the visitor writes nor how they feel.
            written = memory.language or language.detect(text)
            return Thought(written, CALM, Signals(), ranking, Evidence(chosen=chosen, misses=memory.misses))
        written, mood, heard = (
            language.detect(text, memory.language),
            self._sentiment.read(text, tone),
            signals.read(text),
        )
        if heard == Signals():
            ranking = self._with_context(text, memory, ranking)
        evidence = Evidence(
            options=tuple(self._option(found.article, found.confidence) for found in ranking.candidates),
            upset=mood.upset,
            wants_person=heard.wants_person,
            small_talk=heard.small_talk,
            asked=memory.asked,
            misses=memory.misses,
        )
        return Thought(written, mood, heard, ranking, evidence)

    def _with_context(self, text: str, memory: Memory, alone: Ranking) -> Ranking:
        """A short message that says little by itself is also read together with the one before it.

        Both readings count alike: the earlier message alone can then never make a direct answer, only a choice to
        offer. (On follow-ups of two unseen businesses: right article first 0.29 to 0.58, among three 0.48 to 0.79, with
        no more wrong answers.)
        """
        if not memory.earlier or len(text.split()) > PIECE or alone.candidates[0].confidence >= UNSURE:
            return alone
        return _mean(alone, self.retriever.search(f"{memory.earlier[-1]} {text}"))

    def _chosen(self, text: str, offered: tuple[Offer, ...]) -> Option | None:
        """The button that was pressed, or named by its number."""
        said = normalise(text)
        for offer in offered:
            if normalise(offer.question) == said:
                return self._known(offer.article)
        number = _NUMBER.fullmatch(said)
        if number and int(number.group(1)) <= len(offered):
            return self._known(offered[int(number.group(1)) - 1].article)
        return None

    def _known(self, article: str) -> Option | None:
        """None if the article was withdrawn in the meantime."""
        try:
            return self._option(article, 1.0)
        except KeyError:
            return None

    def _option(self, article: str, confidence: float) -> Option:
        return Option(article, confidence, self.retriever.entry(article).needs_human)


def _mean(first: Ranking, second: Ranking) -> Ranking:
    """The mean of two probability distributions over articles."""
    found = {candidate.article: candidate for candidate in (*second.candidates, *first.candidates)}
    confidence = dict.fromkeys(found, 0.0)
    for candidate in (*first.candidates, *second.candidates):
        confidence[candidate.article] += candidate.confidence / 2
    ranked = sorted(found, key=confidence.__getitem__, reverse=True)
    candidates = tuple(replace(found[article], confidence=confidence[article]) for article in ranked)
    return Ranking(candidates[: len(first.candidates)], (first.in_scope + second.in_scope) / 2)
