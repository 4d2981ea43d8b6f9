"""What can go wrong with a conversation, as one tree."""

from __future__ import annotations

__all__ = ["AlreadyClaimed", "BadToken", "Conflict", "NotFound", "SupportError", "TooLong"]


class SupportError(Exception):
    """The base. `code` is what the wire's `error` frame carries."""

    code = "internal"


class NotFound(SupportError):
    """No such conversation, message or ticket, or it is somebody else's: the two are not told apart."""

    code = "not_found"


class Conflict(SupportError):
    """The same `cid` came with another body."""

    code = "conflict"


class TooLong(SupportError):
    """The body is empty or longer than `conversation.MAX_BODY` characters."""

    code = "body"


class BadToken(SupportError):
    """The visitor's token is forged, expired, or of a site that is gone."""

    code = "token"


class AlreadyClaimed(SupportError):
    """Another agent has the ticket; `by` is the name that agents know them by."""

    code = "claimed"

    def __init__(self, by: str) -> None:
        super().__init__(by)
        self.by = by
