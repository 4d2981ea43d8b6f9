"""What an encoder can be given."""

from __future__ import annotations

__all__ = ["readable"]

MAX_CHARACTERS = 2000  # of one text; the encoder itself reads 512 pieces


def readable(text: str) -> str:
    """`text` as valid UTF-8, not empty, not endless."""
    return text[:MAX_CHARACTERS].encode("utf-8", "ignore").decode() or " "
