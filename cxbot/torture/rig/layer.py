"""A channel layer that drops everything while there is a file `deaf`."""

from __future__ import annotations

from pathlib import Path

from support import feed

__all__ = ["install", "put"]


def install(folder: Path) -> None:
    path, send = folder / "deaf", feed._group_send

    async def send_or_drop(group: str, event: dict[str, str]) -> None:
        if not path.exists():
            await send(group, event)

    feed._group_send = send_or_drop


def put(folder: Path, *, deaf: bool) -> None:
    if deaf:
        (folder / "deaf").touch()
    else:
        (folder / "deaf").unlink(missing_ok=True)
