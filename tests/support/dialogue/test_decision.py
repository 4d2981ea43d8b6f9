"""The move, as a table."""

from dataclasses import replace

import pytest

from support.dialogue.decision import (
    Answer,
    Clarify,
    Decision,
    Escalate,
    Evidence,
    Option,
    Policy,
    Silent,
    SmallTalk,
    decide,
)

SURE, LIKELY, POSSIBLE, FAR = Option("a", 0.95), Option("b", 0.5), Option("c", 0.4), Option("d", 0.01)
HUMAN = Option("e", 0.95, needs_human=True)
POLICY = Policy(wrong_cost=6, handover_cost=5, upset_at=0.6)


@pytest.mark.parametrize(
    ("evidence", "decision"),
    [
        (Evidence(options=(SURE, FAR)), Answer("a", 0.95)),
        (Evidence(options=(HUMAN,)), Answer("e", 0.95, then_escalate=True)),
        (Evidence(options=(LIKELY, POSSIBLE, FAR)), Clarify(("b", "c"))),
        (Evidence(options=(FAR,)), Clarify(())),
        (Evidence(), Clarify(())),
        (Evidence(options=(FAR,), misses=1), Escalate("not_found")),
        # Another matter than the question back was about is no second miss.
        (Evidence(options=(LIKELY, POSSIBLE), misses=1), Clarify(("b", "c"))),
        (Evidence(options=(LIKELY, POSSIBLE), misses=1, offered=frozenset("xy")), Clarify(("b", "c"))),
        (Evidence(options=(LIKELY, POSSIBLE), misses=2, offered=frozenset("xy")), Escalate("not_found")),
        (Evidence(options=(LIKELY, POSSIBLE), misses=1, offered=frozenset("xc")), Escalate("not_found")),
        (Evidence(options=(FAR,), misses=1, offered=frozenset("xy")), Escalate("not_found")),
        (Evidence(options=(SURE,), misses=1), Answer("a", 0.95)),
        (Evidence(options=(LIKELY,), chosen=POSSIBLE), Answer("c", 0.4)),
        (Evidence(chosen=POSSIBLE, or_else="b"), Answer("c", 0.4, or_else="b")),
        # Two questions get two answers where each is sure, and is not the same.
        (Evidence(options=(LIKELY,), halves=((SURE, HUMAN),)), Answer("a", 0.95, then_escalate=True, also="e")),
        (Evidence(options=(LIKELY, POSSIBLE), halves=((SURE, POSSIBLE), (SURE, SURE))), Clarify(("b", "c"))),
        # Who refuses what was offered has been missed twice; while a person is on the way nothing more is said.
        (Evidence(refused=True), Escalate("not_found")),
        (Evidence(refused=True, waiting=True), Silent()),
        (Evidence(options=(SURE,), wants_person=True), Escalate("asked")),
        (Evidence(options=(SURE,), upset=0.8), Escalate("upset")),
        (Evidence(options=(SURE,), upset=0.8, wants_person=True), Escalate("asked")),
        (Evidence(options=(SURE,), upset=0.59), Answer("a", 0.95)),
        (Evidence(options=(FAR,), small_talk="thanks"), SmallTalk("thanks")),
        (Evidence(options=(LIKELY, POSSIBLE), small_talk="thanks"), SmallTalk("thanks")),
        (Evidence(options=(SURE,), small_talk="greeting"), Answer("a", 0.95)),
        (Evidence(options=(FAR,), small_talk="thanks", misses=1), SmallTalk("thanks")),
        # While an agent is awaited the bot says what it is sure of, and nothing else.
        (Evidence(options=(SURE,), waiting=True), Answer("a", 0.95)),
        (Evidence(options=(Option("a", 0.8),), waiting=True), Silent()),
        (Evidence(options=(LIKELY,), waiting=True, misses=5), Silent()),
        (Evidence(options=(LIKELY,), waiting=True, upset=0.99), Silent()),
        (Evidence(wants_person=True, waiting=True), Escalate("asked")),
        # A person who took over is never talked over.
        (Evidence(options=(SURE,), handled_by_agent=True), Silent()),
        (Evidence(wants_person=True, upset=1.0, handled_by_agent=True), Silent()),
    ],
)
def test_the_move(evidence: Evidence, decision: Decision) -> None:
    assert decide(evidence, POLICY) == decision


@pytest.mark.parametrize(
    ("confidences", "wrong", "handover", "decision"),
    [
        # Two that fit: a wrong answer (6 x 0.32; 6 x 0.28 / 2 less with the second below) costs more than asking.
        ((0.68, 0.28), 6, 5, Clarify(("a", "b"))),
        # Whom a wrong answer hardly hurts is answered, with the second below where that is worth reading.
        ((0.68, 0.28), 4, 5, Answer("a", 0.68, or_else="b")),
        ((0.85, 0.10), 6, 5, Answer("a", 0.85, or_else="b")),
        ((0.85, 0.03), 6, 5, Answer("a", 0.85)),
        ((0.80, 0.03), 6, 5, Clarify(("a", "b"))),
        # A choice that is hardly ever right is not offered.
        ((0.80, 0.01), 6, 5, Clarify(("a",))),
        # Where no choice is likely to hold the right one, a question back is for nothing.
        ((0.08, 0.05), 6, 5, Clarify(())),
        ((0.3, 0.1), 6, 5, Clarify(("a", "b"))),
        ((0.3, 0.1), 6, 2, Clarify(())),
    ],
)
def test_the_cheapest_move(confidences: tuple[float, ...], wrong: float, handover: float, decision: Decision) -> None:
    options = tuple(Option(name, confidence) for name, confidence in zip("ab", confidences, strict=True))
    assert decide(Evidence(options=options), Policy(wrong_cost=wrong, handover_cost=handover)) == decision


def test_at_most_three_choices_are_offered() -> None:
    options = tuple(Option(name, 0.2) for name in "abcde")
    assert decide(Evidence(options=options), POLICY) == Clarify(("a", "b", "c"))


def test_the_same_choice_is_offered_once_in_whatever_order() -> None:
    evidence = Evidence(options=(LIKELY, POSSIBLE), asked=frozenset({frozenset("cb")}))
    assert decide(evidence, POLICY) == Escalate("not_found")
    assert decide(replace(evidence, options=(LIKELY, SURE)), POLICY) != Escalate("not_found")


@pytest.mark.parametrize("misses", [1, 2, 5])
def test_two_misses_go_to_a_person_and_nothing_is_guessed_for_lack_of_a_question(misses: int) -> None:
    for options in ((), (FAR,), (LIKELY, POSSIBLE)):
        assert decide(Evidence(options=options, misses=misses, offered=frozenset("b")), POLICY) == Escalate("not_found")
