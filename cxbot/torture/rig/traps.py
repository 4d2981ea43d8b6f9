"""Places at which a process dies, or its disk is full, when a trap has been set there.

A trap is a file named for its place. Whoever comes by first renames it to its own process id, so that it springs once,
in one process, and the torturer reads in which.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from django.db import connection

__all__ = ["PLACES", "Place", "disarm", "install", "set_trap", "sprung"]


@dataclass(frozen=True, slots=True)
class Place:
    """Before or after a call of `function`, which callers look up in its module each time."""

    name: str
    module: str
    function: str
    after: bool = False
    disk_full: bool = False  # instead of death

    @property
    def file(self) -> str:
        return self.name.replace(" ", "-")


PLACES = (
    Place("after commit, before accepted", "support.conversation", "append", after=True),
    Place("after accepted, before the turn", "support.dialogue.pool", "submit"),
    Place("in the turn", "support.dialogue.turn", "_finish"),
    Place("after the commit of the reply", "support.dialogue.turn", "_finish", after=True),
    Place("after the commit of the ticket, before its dispatch", "support.handoff.dispatch", "submit"),
    Place("in the task", "support.handoff.assignment", "assign"),
    Place("after the assignment, in the task", "support.handoff.assignment", "assign", after=True),
    Place("while an index is written", "knowledge_base.versions", "_flush"),
    Place("disk full while an index is written", "knowledge_base.versions", "_flush", disk_full=True),
)


def install(folder: Path) -> None:
    for place in PLACES:
        module = import_module(place.module)
        setattr(module, place.function, _trapped(getattr(module, place.function), place, folder / place.file))


def _trapped(function: Callable[..., Any], place: Place, path: Path) -> Callable[..., Any]:
    @wraps(function)
    def passed(*args: Any, **kwargs: Any) -> Any:
        if not place.after:
            _spring(place, path)
        result = function(*args, **kwargs)
        if place.after:
            _spring(place, path)
        return result

    return passed


def _spring(place: Place, path: Path) -> None:
    if not path.exists() or (place.after and connection.in_atomic_block):  # not committed yet: it is not after that
        return
    try:
        path.rename(path.with_suffix(f".{os.getpid()}"))
    except FileNotFoundError:
        return  # somebody else fell in
    if place.disk_full:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.kill(os.getpid(), signal.SIGKILL)


def set_trap(folder: Path, place: Place) -> None:
    (folder / place.file).touch()


def disarm(folder: Path, place: Place) -> None:
    (folder / place.file).unlink(missing_ok=True)


def sprung(folder: Path, place: Place) -> int | None:
    """The process that fell into it, once; None while nobody has."""
    for path in folder.glob(f"{place.file}.*"):
        path.unlink()
        return int(path.suffix[1:])
    return None
