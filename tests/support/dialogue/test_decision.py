"""The move, as a table."""

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

SURE, LIKELY, POSSIBLE, FAR = Option("a", 0.9), Option("b", 0.4), Option("c", 0.2), Option("d", 0.01)
HUMAN = Option("e", 0.95, needs_human=True)
POLICY = Policy(answer_at=0.6, clarify_at=0.15, upset_at=0.6)


@pytest.mark.parametrize(
    ("evidence", "decision"),
    [
        (Evidence(options=(SURE, FAR)), Answer("a", 0.9)),
        (Evidence(options=(HUMAN,)), Answer("e", 0.95, then_escalate=True)),
        (Evidence(options=(LIKELY, POSSIBLE, FAR)), Clarify(("b", "c"))),
        (Evidence(options=(FAR,)), Clarify(())),
        (Evidence(), Clarify(())),
        (Evidence(options=(LIKELY, POSSIBLE), misses=1), Escalate("not_found")),
        (Evidence(options=(SURE,), misses=1), Answer("a", 0.9)),
        (Evidence(options=(LIKELY,), chosen=POSSIBLE), Answer("c", 0.2)),
        (Evidence(options=(SURE,), wants_person=True), Escalate("asked")),
        (Evidence(options=(SURE,), upset=0.8), Escalate("upset")),
        (Evidence(options=(SURE,), upset=0.8, wants_person=True), Escalate("asked")),
        (Evidence(options=(SURE,), upset=0.59), Answer("a", 0.9)),
        (Evidence(options=(FAR,), small_talk="thanks"), SmallTalk("thanks")),
        (Evidence(options=(SURE,), small_talk="greeting"), Answer("a", 0.9)),
        (Evidence(options=(FAR,), small_talk="thanks", misses=1), SmallTalk("thanks")),
        # While an agent is awaited the bot says what it is sure of, and nothing else.
        (Evidence(options=(SURE,), waiting=True), Answer("a", 0.9)),
        (Evidence(options=(LIKELY,), waiting=True), Silent()),
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


def test_at_most_three_choices_are_offered() -> None:
    options = tuple(Option(name, 0.3) for name in "abcdef")
    assert decide(Evidence(options=options), POLICY) == Clarify(("a", "b", "c"))
