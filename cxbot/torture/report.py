"""The outcome of a run, as the table that is printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cxbot.torture.checker import Kind, Violation, check
from cxbot.torture.history import Accepted, Claimed, Fault, Record, Resolved
from cxbot.torture.recovery import Recovery, recoveries
from cxbot.torture.rows import Rows

__all__ = ["Report", "report"]


@dataclass(frozen=True, slots=True)
class Report:
    accepted: int
    violations: Sequence[Violation]
    faults: Counter[str]
    kills: int
    tickets_claimed: int
    tickets_resolved: int
    recoveries: Sequence[Recovery]
    complaints: Sequence[str]  # of what is wrong besides

    @property
    def holds(self) -> bool:
        return not self.complaints and not self.violations and self.accepted > 0

    @property
    def slowest(self) -> str:
        return _slowest(one.seconds for one in self.recoveries if one.alone)

    def __add__(self, other: Report) -> Report:
        """Both runs as one."""
        return Report(
            accepted=self.accepted + other.accepted,
            violations=[*self.violations, *other.violations],
            faults=self.faults + other.faults,
            kills=self.kills + other.kills,
            tickets_claimed=self.tickets_claimed + other.tickets_claimed,
            tickets_resolved=self.tickets_resolved + other.tickets_resolved,
            recoveries=[*self.recoveries, *other.recoveries],
            complaints=[*self.complaints, *other.complaints],
        )

    def brief(self) -> str:
        verdict = "holds" if self.holds else f"FAILED, {len(self.violations)} violations"
        return (
            f"{self.accepted} accepted, {self.faults.total()} faults, {self.kills} killed, "
            f"slowest recovery {self.slowest}: {verdict}"
        )

    def lines(self) -> Iterator[str]:
        found = Counter(violation.kind for violation in self.violations)
        yield _row("messages accepted", self.accepted)
        yield _row("tickets claimed, resolved", f"{self.tickets_claimed}, {self.tickets_resolved}")
        yield from (_row(kind, found[kind]) for kind in Kind)
        yield _row("faults injected", self.faults.total())
        yield from (_row(f"  {kind}", times) for kind, times in sorted(self.faults.items()))
        yield _row("  processes killed", self.kills)
        yield _row("slowest recovery", self.slowest)
        yield _row("  with more faults on top", _slowest(one.seconds for one in self.recoveries if not one.alone))
        yield from self.complaints
        if not self.accepted:
            yield "Nothing was accepted, so nothing is proven."
        yield "Verdict: " + ("nothing lost, nothing doubled." if self.holds else "FAILED.")


def report(history: Sequence[Record], rows: Rows, complaints: Sequence[str]) -> Report:
    faults = [record for record in history if isinstance(record, Fault)]
    return Report(
        accepted=len({record.cid for record in history if isinstance(record, Accepted)}),
        violations=check(history, rows),
        faults=Counter(fault.kind for fault in faults),
        kills=sum(fault.killed for fault in faults),
        tickets_claimed=len({record.ticket for record in history if isinstance(record, Claimed)}),
        tickets_resolved=len({record.ticket for record in history if isinstance(record, Resolved)}),
        recoveries=list(recoveries(history, rows)),
        complaints=complaints,
    )


def _slowest(seconds: Iterable[float]) -> str:
    slowest = max(seconds, default=None)
    return "-" if slowest is None else f"{slowest:.1f} s"


def _row(name: str, value: object) -> str:
    return f"{name:64}{value!s:>8}"
