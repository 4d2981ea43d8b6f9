"""The move, from what is known. Pure: no Django, no model, no clock; a table tests it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "Answer",
    "Clarify",
    "Decision",
    "Escalate",
    "Evidence",
    "Joined",
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
    halves: tuple[tuple[Option, Option], ...] = ()  # the likeliest for each half, where there may be two questions
    chosen: Option | None = None  # the visitor pressed the button of this article, or named it
    or_else: str = ""  # the article to be offered below the chosen one
    refused: bool = False  # the visitor said that none of the articles that were offered is meant
    offered: frozenset[str] = frozenset()  # the choices of the question back that this message comes after
    asked: frozenset[frozenset[str]] = frozenset()  # choices of articles that were offered in this conversation
    misses: int = 0  # turns in a row, before this one, in which nothing was found
    waiting: bool = False  # a ticket is open and no agent has taken it yet
    handled_by_agent: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site can set. What a move costs is counted in questions back: to ask back costs 1."""

    wrong_cost: float = 6.0  # of an answer to another question
    handover_cost: float = 5.0  # of "I do not know, a person will"
    upset_at: float = 0.5  # probability: who is more likely upset than not
    max_misses: int = 2
    max_options: int = 3


READING = 0.1  # what one more line to read costs: an unlikely choice is not worth it
SPARED = 0.5  # of what a wrong answer costs, where the right one is offered below it


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of `article`. `or_else`: an article that may have been meant instead, to be offered below it. `also`:
    the article that answers a second question."""

    article: str
    confidence: float
    then_escalate: bool = False  # the article says that a person must handle it
    or_else: str = ""
    also: str = ""


@dataclass(frozen=True, slots=True)
class Clarify:
    """Ask back: "did you mean" one of these articles, or, with none, say that it is not known: other words, or a
    person?"""

    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SmallTalk:
    kind: SmallTalkKind


@dataclass(frozen=True, slots=True)
class Escalate:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Joined:
    """Say nothing yet: it is not clear, and the visitor has written on. The next message is read with this one."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Say nothing: an agent has the conversation, or one is on the way and there is nothing sure to add."""


Decision = Answer | Clarify | SmallTalk | Escalate | Joined | Silent


def decide(evidence: Evidence, policy: Policy) -> Decision:
    """Who comes first: an agent who took over, a visitor who asks for a person, an upset one, then the question."""
    if evidence.handled_by_agent:
        return Silent()
    if evidence.wants_person:
        return Escalate("asked")
    if evidence.upset >= policy.upset_at and not evidence.waiting:
        return Escalate("upset")
    if evidence.chosen is not None:
        return _answer(evidence.chosen, evidence.or_else)
    if (both := _two_answers(evidence.halves, policy)) is not None:
        return both
    sure = bool(evidence.options) and _risk(evidence.options[0], policy) <= 1
    if evidence.small_talk is not None and not sure:
        return SmallTalk(evidence.small_talk)
    if evidence.waiting and not sure:
        return Silent()
    if evidence.refused:
        return Escalate("not_found")
    move = _cheapest(evidence.options, policy)
    if isinstance(move, Answer):
        return move
    # Two misses go to a person, and so does who would be asked the same again: there is no way round in circles. A
    # choice of another matter than was offered last is no second miss; a third question back in a row is never asked.
    again = bool(move.articles) and frozenset(move.articles) in evidence.asked
    elsewhere = bool(move.articles) and evidence.offered.isdisjoint(move.articles)
    missed = evidence.misses + 1 - elsewhere >= policy.max_misses
    return Escalate("not_found") if again or missed else move


def _two_answers(halves: Sequence[tuple[Option, Option]], policy: Policy) -> Answer | None:
    """Both answers, where each half of the message has a sure one of its own."""
    for first, second in halves:
        if first.article != second.article and max(_risk(first, policy), _risk(second, policy)) <= 1:
            confidence, person = min(first.confidence, second.confidence), first.needs_human or second.needs_human
            return Answer(first.article, confidence, then_escalate=person, also=second.article)
    return None


def _cheapest(options: Sequence[Option], policy: Policy) -> Answer | Clarify:
    """The move that is expected to cost least.

    A wrong answer is believed, so it costs most; the right one offered below it spares a half. A question back is paid
    for at once. Whichever it is, where none of the likely ones is right a person is needed in the end.
    """
    likely = [option for option in options[: policy.max_options] if _worth_offering(option, policy)]
    if not likely:
        return Clarify(())
    first, *others = likely
    in_the_end = (1 - sum(option.confidence for option in likely)) * policy.handover_cost
    costs: dict[Answer | Clarify, float] = {
        _answer(first): _risk(first, policy) + in_the_end,
        Clarify(tuple(option.article for option in likely)): 1 + in_the_end,
        Clarify(()): policy.handover_cost,
    }
    if others:
        spared = others[0].confidence * policy.wrong_cost * SPARED - READING
        costs[_answer(first, or_else=others[0].article)] = _risk(first, policy) + in_the_end - spared
    return min(costs, key=costs.__getitem__)


def _risk(option: Option, policy: Policy) -> float:
    """What it is expected to cost to answer with `option`."""
    return (1 - option.confidence) * policy.wrong_cost


def _worth_offering(option: Option, policy: Policy) -> bool:
    return option.confidence * policy.handover_cost > READING


def escalation_of(decision: Decision) -> Reason | None:
    """Why a person takes over, if one does."""
    match decision:
        case Escalate(reason):
            return reason
        case Answer(then_escalate=True):
            return "article"
        case _:
            return None


def _answer(option: Option, or_else: str = "") -> Answer:
    return Answer(option.article, option.confidence, then_escalate=option.needs_human, or_else=or_else)
