"""What is known about a message: the evidence for a decision. Needs no database, so that `evaluate` thinks as turns do.

One call of the encoder a message: its vector serves the search and the mood. What may be a follow-up costs two more and
another look of the reranker.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

from knowledge_base import encoder
from knowledge_base.retriever import Retriever
from knowledge_base.text.normalise import normalise
from knowledge_base.types import Ranking
from support.dialogue import context
from support.dialogue.decision import Evidence, Option
from support.understanding import choice, language, signals
from support.understanding.halves import halves
from support.understanding.sentiment import Mood, SentimentModel
from support.understanding.signals import Signals

__all__ = ["Memory", "Mind", "Offer", "Thought"]

CALM = Mood("neutral", 0.0)
PROMISING = 0.3  # the probability below which half a message is not read closer: it will not be answered anyway


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
    asked_back: bool = False  # the last reply was a question back
    answered: tuple[str, ...] = ()  # the articles of the last answer
    asked: frozenset[frozenset[str]] = frozenset()  # the articles of each question back so far
    earlier: tuple[str, ...] = ()  # the visitor's questions, oldest first
    pieces: tuple[str, ...] = ()  # messages that are read with this one, oldest first

    @property
    def choices(self) -> tuple[str, ...]:
        """The articles of the question back that was asked last."""
        return tuple(offer.article for offer in self.offered) if self.asked_back else ()

    def before(self) -> context.Before:
        return context.Before(self.earlier[-1], self.answered, self.choices)


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
        weighed = self.retriever.weigh(text, vector)
        if (answer := self._answer_to_choices(text, memory)) is not None:
            evidence = replace(answer, misses=memory.misses)
            # The words on a button are an editor's: they show neither how the visitor writes nor how they feel.
            written = memory.language or language.detect(text)
            return Thought(written, CALM, Signals(), self.retriever.rank(weighed), evidence)
        written, mood, heard = (
            language.detect(text, memory.language),
            self._sentiment.read(text, tone),
            signals.read(text),
        )
        if heard == Signals() and memory.earlier:
            weighed = context.read(self.retriever, text, weighed, memory.before())
        else:
            weighed = self.retriever.reread(weighed)
        ranking = self.retriever.rank(weighed)
        evidence = Evidence(
            halves=self._halves(text) if heard == Signals() else (),
            options=tuple(self._option(found.article, found.confidence) for found in ranking.candidates),
            upset=mood.upset,
            wants_person=heard.wants_person,
            small_talk=heard.small_talk,
            offered=frozenset(memory.choices),
            asked=memory.asked,
            misses=memory.misses,
        )
        return Thought(written, mood, heard, ranking, evidence)

    def _halves(self, text: str) -> tuple[tuple[Option, Option], ...]:
        """The likeliest article of each half, for each way to cut the message in two."""
        return tuple((self._likeliest(first), self._likeliest(second)) for first, second in halves(text))

    def _likeliest(self, text: str) -> Option:
        weighed = self.retriever.weigh(text)
        if weighed.probabilities.max() >= PROMISING:
            weighed = self.retriever.reread(weighed)
        found = self.retriever.rank(weighed, limit=1).candidates[0]
        return self._option(found.article, found.confidence)

    def _answer_to_choices(self, text: str, memory: Memory) -> Evidence | None:
        """What `text` says to the choices that were offered last: pressed or named, yes, or none of them."""
        known = [self._known(offer.article) for offer in memory.offered]
        said = normalise(text)
        for offer, option in zip(memory.offered, known, strict=True):
            if normalise(offer.question) == said and option is not None:
                return Evidence(chosen=option)
        match choice.read(text, len(memory.offered)):
            case choice.Choice("picked", number):
                return Evidence(chosen=known[number]) if known[number] is not None else None
            case choice.Choice("yes") if there := [option for option in known if option is not None]:
                # "Yes" to several: the likeliest, and the next one offered below it, as to ask again would be tiresome.
                return Evidence(chosen=there[0], or_else=there[1].article if len(there) > 1 else "")
            case choice.Choice("none"):
                return Evidence(refused=True) if memory.asked_back else Evidence(small_talk="thanks")
        if memory.asked_back:
            word = choice.named(text, [self._questions(offer) for offer in memory.offered])
            chosen = known[word] if word is not None else None
            return Evidence(chosen=chosen) if chosen is not None else None
        return None

    def _questions(self, offer: Offer) -> list[str]:
        """All that an article is asked by."""
        if self._known(offer.article) is None:
            return [offer.question]
        entry = self.retriever.entry(offer.article)
        return [offer.question, *(text.question for text in entry.texts.values()), *chain(*entry.phrasings.values())]

    def _known(self, article: str) -> Option | None:
        """None if the article was withdrawn in the meantime."""
        try:
            return self._option(article, 1.0)
        except KeyError:
            return None

    def _option(self, article: str, confidence: float) -> Option:
        return Option(article, confidence, self.retriever.entry(article).needs_human)
