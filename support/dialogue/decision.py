"""The move, from what is known. Pure: no Django, no model, no clock; a table tests it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Answer",
    "Clarify",
    "Decision",
    "Escalate",
    "Evidence",
    "Option",
    "Policy",
    "Reason",
    "Silent",
    "SmallTalk",
    "SmallTalkKind",
    "decide",
    "escalation_of",
]

SmallTalkKind = Literal["greeting", "thanks", "goodbye", "bot"]
Reason = Literal["asked", "upset", "not_found", "article", "error"]


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate article. `confidence`: the probability that it answers the message, calibrated."""

    article: str
    confidence: float
    needs_human: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a decision may rest on."""

    options: tuple[Option, ...] = ()  # best first
    upset: float = 0.0  # probability that a person should step in
    wants_person: bool = False
    small_talk: SmallTalkKind | None = None
    chosen: Option | None = None  # the visitor pressed the button of this article
    misses: int = 0  # turns in a row, before this one, in which nothing was found
    waiting: bool = False  # a ticket is open and no agent has taken it yet
    handled_by_agent: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site can set. Thresholds are probabilities."""

    answer_at: float = 0.6
    clarify_at: float = 0.08
    upset_at: float = 0.65
    max_misses: int = 2
    max_options: int = 3


@dataclass(frozen=True, slots=True)
class Answer:
    article: str
    confidence: float
    then_escalate: bool = False  # the article says that a person must handle it


@dataclass(frozen=True, slots=True)
class Clarify:
    """Ask back: "did you mean" one of these articles, or, with none, "please say it in other words"."""

    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    kind: SmallTalkKind


@dataclass(frozen=True, slots=True)
class Escalate:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Silent:
    """Say nothing: an agent has the conversation, or one is on the way and there is nothing sure to add."""


Decision = Answer | Clarify | SmallTalk | Escalate | Silent


def decide(evidence: Evidence, policy: Policy) -> Decision:
    """Who comes first: an agent who took over, a visitor who asks for a person, an upset one, then the question."""
    if evidence.handled_by_agent:
        return Silent()
    if evidence.wants_person:
        return Escalate("asked")
    if evidence.upset >= policy.upset_at and not evidence.waiting:
        return Escalate("upset")
    if evidence.chosen is not None:
        return _answer(evidence.chosen)
    best = evidence.options[0] if evidence.options else None
    if evidence.small_talk is not None and (best is None or best.confidence < policy.answer_at):
        return SmallTalk(evidence.small_talk)
    if best is not None and best.confidence >= policy.answer_at:
        return _answer(best)
    if evidence.waiting:
        return Silent()
    if evidence.misses + 1 >= policy.max_misses:
        return Escalate("not_found")
    likely = [option.article for option in evidence.options if option.confidence >= policy.clarify_at]
    return Clarify(tuple(likely[: policy.max_options]))


def escalation_of(decision: Decision) -> Reason | None:
    """Why a person takes over, if one does."""
    match decision:
        case Escalate(reason):
            return reason
        case Answer(then_escalate=True):
            return "article"
        case _:
            return None


def _answer(option: Option) -> Answer:
    return Answer(option.article, option.confidence, then_escalate=option.needs_human)
