"""What the bot did with each query of a labelled folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from knowledge_base.corpus import Query
from support.dialogue.decision import Answer, Clarify, Decision, Escalate, Policy, SmallTalk, decide
from support.dialogue.thinking import Memory, Mind

__all__ = ["Outcome", "observe"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    query: Query
    ranked: tuple[str, ...]  # articles, best first
    confidence: float  # that the first is right
    in_scope: float  # that any article is
    decision: Decision

    @property
    def rank(self) -> int | None:
        """Where the right article is, from 0."""
        return self.ranked.index(self.query.article) if self.query.article in self.ranked else None

    @property
    def move(self) -> str:
        """`answered_right`, `clarified_wrong` and so on; `escalated`; `smalltalk`."""
        if isinstance(self.decision, Answer):
            right = self.query.article in (self.decision.article, self.decision.also)
            return "answered_right" if right else "answered_wrong"
        if isinstance(self.decision, Clarify):
            return "clarified_right" if self.query.article in self.decision.articles else "clarified_wrong"
        return "smalltalk" if isinstance(self.decision, SmallTalk) else "escalated"

    @property
    def asked_for_person(self) -> bool:
        return isinstance(self.decision, Escalate) and self.decision.reason == "asked"


def observe(
    mind: Mind, queries: Sequence[Query], policy: Policy, progress: Callable[[Sequence[Query]], Iterable[Query]] = iter
) -> list[Outcome]:
    """The outcome of each query, asked as the first message of a conversation, or after its context."""
    return [_one(mind, query, policy) for query in progress(queries)]


def _one(mind: Mind, query: Query, policy: Policy) -> Outcome:
    thought = mind.think(query.text, Memory(earlier=query.context))
    found = thought.ranking.candidates
    return Outcome(
        query,
        tuple(candidate.article for candidate in found),
        found[0].confidence,
        thought.ranking.in_scope,
        decide(thought.evidence, policy),
    )
