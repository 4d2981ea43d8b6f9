"""The outcome of a run, as the table that is printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cxbot.torture.checker import Kind, Violation, check
from cxbot.torture.history import Accepted, Fault, Heard, Record
from cxbot.torture.replies import first_replies
from cxbot.torture.rows import Rows

__all__ = ["Report", "report"]


@dataclass(frozen=True, slots=True)
class Report:
    accepted: int
    violations: Sequence[Violation]
    faults: Counter[str]
    kills: int
    slowest_recovery: float | None  # seconds; None where no kill cost anybody a reply
    quiet: bool  # everything that was owed was done soon after the last fault

    @property
    def holds(self) -> bool:
        return self.quiet and not self.violations and self.accepted > 0

    def lines(self) -> Iterator[str]:
        found = Counter(violation.kind for violation in self.violations)
        yield _row("messages accepted", self.accepted)
        yield from (_row(kind, found[kind]) for kind in Kind)
        yield _row("faults injected", self.faults.total())
        yield from (_row(f"  {kind}", times) for kind, times in sorted(self.faults.items()))
        yield _row("  processes killed", self.kills)
        slowest = "-" if self.slowest_recovery is None else f"{self.slowest_recovery:.1f} s"
        yield _row("slowest recovery", slowest)
        if not self.quiet:
            yield "Something was still owed, a minute after the last fault."
        if not self.accepted:
            yield "Nothing was accepted, so nothing is proven."
        yield "Verdict: " + ("nothing lost, nothing doubled." if self.holds else "FAILED.")


def report(history: Sequence[Record], rows: Rows, *, quiet: bool) -> Report:
    faults = [record for record in history if isinstance(record, Fault)]
    return Report(
        accepted=len({record.cid for record in history if isinstance(record, Accepted)}),
        violations=check(history, rows),
        faults=Counter(fault.kind for fault in faults),
        kills=sum(fault.killed for fault in faults),
        slowest_recovery=max(recoveries(history, rows), default=None),
        quiet=quiet,
    )


def recoveries(history: Sequence[Record], rows: Rows) -> Iterator[float]:
    """Of each kill that cost somebody a reply: the seconds from the restart of the process until the first of the
    replies that were missing when it was killed was heard. What later faults added to it is in there, too."""
    accepted: dict[int, float] = {}
    heard: dict[int, float] = {}
    for record in history:
        if isinstance(record, Accepted):
            accepted.setdefault(record.id, record.at)
        elif isinstance(record, Heard):
            heard.setdefault(record.id, record.at)
    waits = [
        (accepted[message], heard[reply])
        for message, reply in first_replies(rows)
        if message in accepted and reply in heard
    ]
    for fault in history:
        if isinstance(fault, Fault) and fault.back_at is not None:
            missing = [until for since, until in waits if since <= fault.at and until > fault.back_at]
            if missing:
                yield min(missing) - fault.back_at


def _row(name: str, value: object) -> str:
    return f"{name:28}{value!s:>10}"
