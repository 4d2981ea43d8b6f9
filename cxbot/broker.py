"""Celery's messages as files, for one machine with nothing to install.

Kombu's filesystem transport writes a message into a file that a worker may already be reading, and the worker then
stops on half a message. Here a message gets its name when it is whole. What was meant for a moment long past is
removed when a process starts, so that the folder does not grow while no worker runs.
"""

from __future__ import annotations

import json
import os
import uuid
from datetime import datetime
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

__all__ = ["Transport", "remove_expired"]

DRAIN = 0.5  # seconds


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # its two bases differ
        folder = Path(self.data_folder_out)
        name = f"{monotonic_ns()}_{uuid.uuid4()}"
        partial = folder / f"{name}.partial"
        partial.write_text(dumps(payload))
        os.rename(partial, folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:  # type: ignore[override]
        """Return or raise `TimeoutError` soon: only between two calls does a worker look whether it shall stop."""
        super().drain_events(connection, min(timeout or DRAIN, DRAIN))


def remove_expired(folder: Path, now: datetime) -> int:
    """Remove the messages that nobody wants at `now`, or that nobody can read; say how many."""
    stale = [file for file in folder.glob("*.msg") if _is_stale(file, now)]
    for file in stale:
        file.unlink(missing_ok=True)
    return len(stale)


def _is_stale(file: Path, now: datetime) -> bool:
    try:
        expires = json.loads(file.read_bytes())["headers"].get("expires")
        return expires is not None and datetime.fromisoformat(expires) <= now
    except FileNotFoundError:
        return False  # a worker was faster
    except (ValueError, KeyError, TypeError):
        return True
