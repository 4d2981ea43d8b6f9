"""A clock that jumps: `timezone.now()` is as many seconds off as the file `clock` says, in whichever process asks."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

__all__ = ["install", "put"]

_right_now = timezone.now


def install(folder: Path) -> None:
    path = folder / "clock"

    def now() -> datetime:
        try:
            return _right_now() + timedelta(seconds=float(path.read_text()))
        except (OSError, ValueError):  # there is none, or it is being written
            return _right_now()

    timezone.now = now


def put(folder: Path, seconds: float | None) -> None:
    """Put the clock forward, or back, by that much; None puts it right."""
    path = folder / "clock"
    if seconds is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(str(seconds))
