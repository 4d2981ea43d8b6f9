"""The table of conversations: how it is read, and which moves it takes for right.

    # 017 bn-Latn title          a conversation: its number, its way of writing, what it is about
    > text                       the visitor writes
    >+ text                      and goes on within a second: the same turn
    = move                       what is right then
    < clarify ARTICLE ...        or: the bot asks back about these, whatever it would have done; this is not judged
    * agent                      an agent takes the conversation over
    ; text                       a remark

A move is `answer ARTICLE`, `clarify ARTICLE` (a question back with the article among its choices), `unknown` (a
question back with whatever choices: nothing is claimed), `smalltalk`, `silent`, or `escalate REASON` (a person takes
over; without a reason, for any). `answer|clarify A|B` leaves open which of these; `answer A + B` says both, or one with
the other to choose; `answer A + person` also calls a person. Where several moves are right, they are all written:
`silent | escalate asked`. Once a person is on the way, silence is right wherever a question back or a person is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["AGENT", "BadTable", "Conversation", "Made", "Right", "Step", "read", "right_moves"]

AGENT = "agent"
VERBS = ("answer", "clarify", "unknown", "smalltalk", "silent", "escalate")
REASONS = ("asked", "upset", "not_found", "article", "danger", "abuse")
WRITING = ("bn", "en", "bn-Latn", "mixed")


class BadTable(ValueError):
    """A line that says nothing, or something that cannot be."""


@dataclass(frozen=True, slots=True)
class Made:
    """A move that the bot made. `verb` is one of the table's, or what else it did."""

    verb: str
    answered: frozenset[str] = frozenset()  # articles
    offered: frozenset[str] = frozenset()  # articles, as choices
    reason: str = ""  # of an escalation
    waiting: tuple[bool, bool] = (False, False)  # for a person, before it and after

    @property
    def called(self) -> bool:
        """It made the visitor wait for a person."""
        return self.waiting == (False, True)

    def __str__(self) -> str:
        said = " + ".join(sorted(self.answered)) or self.reason
        offer = f" (offers {', '.join(sorted(self.offered))})" if self.offered else ""
        called = " + person" if self.called and self.verb != "escalate" else ""
        return f"{self.verb} {said}".strip() + offer + called


@dataclass(frozen=True, slots=True)
class Right:
    """One way of being right."""

    verbs: tuple[str, ...]
    groups: tuple[tuple[str, ...], ...] = ()  # of articles: one of each; or, once, of reasons
    person: bool = False  # an answer that also calls a person

    def admits(self, made: Made) -> bool:
        if made.verb == "silent" and made.waiting[0] and {"clarify", "unknown", "escalate"} & set(self.verbs):
            return True
        if made.verb == "clarify" and "unknown" in self.verbs and not made.called:
            return True
        if made.verb not in self.verbs:
            return False
        if made.verb == "escalate":
            return not self.groups or made.reason in self.groups[0]
        if made.called != (self.person and not made.waiting[0]):
            return False
        if made.verb == "answer" and not made.answered <= {article for group in self.groups for article in group}:
            return False
        known = made.answered | made.offered
        return all(not known.isdisjoint(group) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Step:
    """What the visitor writes in one turn and what follows; or, with `event`, what somebody else does."""

    pieces: tuple[str, ...] = ()
    right: tuple[Right, ...] = ()
    given: tuple[str, ...] = ()  # the articles of a question back that is not judged
    event: str = ""
    written: str = ""  # the right moves, as they stand in the table

    @property
    def answers(self) -> tuple[str, ...]:
        """The articles that are a right answer, or part of one."""
        return tuple(
            article for right in self.right if "answer" in right.verbs for group in right.groups for article in group
        )

    def admits(self, made: Made) -> bool:
        return any(right.admits(made) for right in self.right)


@dataclass(slots=True)
class Conversation:
    number: int
    writing: str
    title: str
    steps: list[Step] = field(default_factory=list)


def read(path: Path, articles: frozenset[str]) -> list[Conversation]:
    """The conversations of the table. Raises `BadTable`, which names the line."""
    found: list[Conversation] = []
    pieces: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            _take(line, found, pieces, articles)
        except BadTable as error:
            raise BadTable(f"{path.name}:{number}: {error}") from None
    if pieces:
        raise BadTable(f"{path.name}: nothing follows {pieces[-1]!r}")
    return found


def right_moves(text: str, articles: frozenset[str]) -> tuple[Right, ...]:
    """`silent | answer A|B + C`: the moves that are right. Raises `BadTable`."""
    return tuple(_right(part, articles) for part in text.split(" | "))


def _take(line: str, found: list[Conversation], pieces: list[str], articles: frozenset[str]) -> None:
    mark, _, text = line.partition(" ")
    if not line.strip() or mark == ";":
        return
    if mark == "#":
        _nothing(pieces)
        found.append(_head(text, len(found) + 1))
    elif not found:
        raise BadTable("a line before the first conversation")
    elif (mark == ">" and not pieces) or (mark == ">+" and pieces):
        pieces.append(text)
    elif mark == "*" and text == AGENT:
        _nothing(pieces)
        found[-1].steps.append(Step(event=AGENT))
    elif mark in ("=", "<") and pieces:
        found[-1].steps.append(_step(mark, text, tuple(pieces), articles))
        pieces.clear()
    else:
        raise BadTable(f"what is {line!r}?")


def _nothing(pieces: list[str]) -> None:
    if pieces:
        raise BadTable(f"nothing follows {pieces[-1]!r}")


def _head(text: str, number: int) -> Conversation:
    told, _, rest = text.partition(" ")
    writing, _, title = rest.partition(" ")
    if told != f"{number:03}" or writing not in WRITING or not title:
        raise BadTable(f"conversation {number:03} begins otherwise: {text!r}")
    return Conversation(number, writing, title)


def _step(mark: str, text: str, pieces: tuple[str, ...], articles: frozenset[str]) -> Step:
    if mark == "=":
        return Step(pieces, right_moves(text, articles), written=text)
    verb, *given = text.split()
    if verb != "clarify" or not given:
        raise BadTable(f"what is given is a question back, not {text!r}")
    return Step(pieces, given=tuple(_known(given, articles)))


def _right(text: str, articles: frozenset[str]) -> Right:
    first, *more = text.split(" + ")
    told, _, about = first.partition(" ")
    verbs = tuple(told.split("|"))
    if not set(verbs) <= set(VERBS):
        raise BadTable(f"no move: {told!r}")
    person = more[-1:] == ["person"]
    groups = [tuple(group.split("|")) for group in (about, *more[: len(more) - person]) if group]
    of_articles = bool({"answer", "clarify"} & set(verbs))
    if of_articles != bool(groups) and verbs != ("escalate",):
        raise BadTable(f"which articles? {text!r}")
    for group in groups:
        list(_known(group, articles if of_articles else frozenset(REASONS)))
    return Right(verbs, tuple(groups), person)


def _known(names: list[str] | tuple[str, ...], known: frozenset[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            raise BadTable(f"there is no {name!r}")
        yield name
