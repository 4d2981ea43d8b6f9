"""How payloads were met, and which of them were met as no payload may be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from cxbot.fuzz.plain import DROPPED, NO_ANSWER

__all__ = ["DESK", "FRAMES", "HANDSHAKE", "HTTP", "PIECES", "Tally"]

FRAMES, DESK, HTTP, HANDSHAKE, PIECES = WAYS = (
    "messages to a visitor's socket",
    "messages to the desk's socket",
    "HTTP requests",
    "handshakes",
    "bytes after a handshake",
)
# Errors of ours, whatever was sent. 503 and 1013 say that the server has no room, which is true for nobody here.
FAULTS = {NO_ANSWER, "error internal", "error unavailable", "close 1011", "close 1013", "close without a code"}
MAY_DROP = {HTTP, HANDSHAKE}  # what is not HTTP at all has no answer


@dataclass
class Tally:
    """`odd` holds payloads that were met as none may be: the way, the kind, how, and its first bytes."""

    met: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    ends: Counter[str] = field(default_factory=Counter)
    odd: list[tuple[str, str, str, str]] = field(default_factory=list)

    def note(self, way: str, kind: str, met: str, data: bytes) -> None:
        self.met[way, kind][met] += 1
        if met in FAULTS or met.startswith("HTTP 5") or (met == DROPPED and way not in MAY_DROP):
            self.odd.append((way, kind, met, repr(data[:400])))

    @property
    def total(self) -> int:
        return sum(counter.total() for counter in self.met.values())

    def lines(self) -> Iterator[str]:
        for way in WAYS:
            kinds = sorted(kind for of, kind in self.met if of == way)
            if kinds:
                yield f"{way:32}{sum(self.met[way, kind].total() for kind in kinds):>8}"
            for kind in kinds:
                counter = self.met[way, kind]
                yield f"  {kind:30}{counter.total():>8}  {_counted(counter)}"
        yield f"{'sockets that the server closed':32}{self.ends.total():>8}  {_counted(self.ends)}"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{met} {times}" for met, times in counter.most_common())
