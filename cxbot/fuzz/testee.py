"""What the Autobahn test suite talks to: an echo behind our own protocol class, without its limits."""

from __future__ import annotations

from cxbot.bench.echo import bare  # sets Django up, so it comes before anything that imports models

from cxbot import closing, opening  # isort: skip

__all__ = ["application"]

closing.LARGEST = 2**26  # bytes
closing.UNREAD = 2**26
opening.install()
closing.install()
application = bare
