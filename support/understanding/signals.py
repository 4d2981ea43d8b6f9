"""What a message does beside asking: it wants a person, greets, thanks, says goodbye, or asks who is speaking.

A small linear model, trained by `manage.py train_signals` on `data/signals.txt` against thousands of plain questions.
It reads a message clause by clause: who asks for a person does so in any of them; small talk is nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from knowledge_base.text.scripts import has_letters
from support.understanding.linear import Linear

__all__ = ["DATA", "MODEL", "Signals", "SmallTalkKind", "clauses", "read"]

SmallTalkKind = Literal["greeting", "thanks", "goodbye", "bot"]
SMALL_TALK = ("greeting", "thanks", "goodbye", "bot")  # a message of several is what its last kind here says
DATA = Path(__file__).parent / "data"
MODEL = DATA / "signals.npz"
PERSON_FROM = 0.7  # of ordinary questions fewer are taken for a request then, and hardly a request is missed
SMALL_TALK_FROM = 0.6  # a question that is taken for small talk is not answered; hardly any small talk is less sure
MOST_CLAUSES = 12  # of a longer message the rest is one clause: nobody writes so much to say hello
_CLAUSE_ENDS = re.compile(r"[,.?!;:।॥\n]+")


@dataclass(frozen=True, slots=True)
class Signals:
    wants_person: bool = False
    small_talk: SmallTalkKind | None = None


def read(text: str, model: Linear | None = None) -> Signals:
    """What `text` does; nothing where it only asks. Read by the shipped model if no other is given."""
    parts = clauses(text)
    if not parts:
        return Signals()
    model = model or _model()
    found = [model.probabilities(part) for part in parts]
    whole = model.probabilities(text) if len(parts) > 1 else found[0]
    if max(part["person"] for part in (whole, *found)) >= PERSON_FROM:
        return Signals(wants_person=True)
    if min(1 - part["none"] - part["person"] for part in found) < SMALL_TALK_FROM:
        return Signals()
    kinds = {max(SMALL_TALK, key=part.__getitem__) for part in found}
    return Signals(small_talk=cast(SmallTalkKind, max(kinds, key=SMALL_TALK.index)))


def clauses(text: str) -> list[str]:
    """The parts of `text` between its marks that have letters."""
    return [part.strip() for part in _CLAUSE_ENDS.split(text, MOST_CLAUSES - 1) if has_letters(part)]


@lru_cache(maxsize=1)
def _model() -> Linear:
    return Linear.load(MODEL)
