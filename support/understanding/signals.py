"""What a message does beside asking: it wants a person, greets, thanks, says goodbye, or asks who is speaking.

A small linear model, trained by `manage.py train_signals` on `data/signals.txt` against thousands of plain questions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from knowledge_base.text.scripts import has_letters
from support.understanding.linear import Linear

__all__ = ["MODEL", "PHRASES", "Signals", "SmallTalkKind", "read", "read_phrases"]

SmallTalkKind = Literal["greeting", "thanks", "goodbye", "bot"]
PHRASES = Path(__file__).parent / "data" / "signals.txt"
MODEL = Path(__file__).parent / "data" / "signals.npz"
PERSON_FROM = 0.3  # a person asked for and not brought is worse than one brought unasked
SMALL_TALK_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Signals:
    wants_person: bool = False
    small_talk: SmallTalkKind | None = None


def read(text: str) -> Signals:
    """What `text` does; nothing where it only asks."""
    if not has_letters(text):
        return Signals()
    probabilities = _model().probabilities(text)
    if probabilities["person"] >= PERSON_FROM:
        return Signals(wants_person=True)
    kind = max(("greeting", "thanks", "goodbye", "bot"), key=probabilities.__getitem__)
    small_talk = sum(probabilities[name] for name in ("greeting", "thanks", "goodbye", "bot"))
    return Signals(small_talk=cast(SmallTalkKind, kind) if small_talk >= SMALL_TALK_FROM else None)


def read_phrases(path: Path = PHRASES) -> list[tuple[str, str]]:
    """The phrases of a file with their class: lines under `[class]` headings; `#` begins a comment."""
    rows, label = [], ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            label = line.strip("[] ")
        elif line.strip() and not line.startswith("#"):
            rows.append((line.strip(), label))
    return rows


@lru_cache(maxsize=1)
def _model() -> Linear:
    return Linear.load(MODEL)
