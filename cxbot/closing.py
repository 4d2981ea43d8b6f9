"""How sockets end under Daphne: with a code that says why, and with a goodbye when the server stops."""

from __future__ import annotations

import asyncio

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from support.wire import watch

__all__ = ["install"]


class AnyCode(WebSocketProtocol):
    """Closes with whatever code the application gives.

    Autobahn raises on all but 1000 and 3000 to 4999 (crossbario/autobahn-python#1642). That is the rule for browsers; a
    server may say 1008, 1009, 1012 and 1013 (RFC 6455, section 7.4.1, and IANA's registry of close codes).
    """

    def serverClose(self, code: int | None = None) -> None:
        self.sendCloseFrame(code=1000 if code is None else code)


def install() -> None:
    """Call it once, before Daphne runs."""
    WebSocketFactory.protocol = AnyCode
    # Daphne itself only cancels what serves the sockets, and not even that while a request has just ended.
    reactor.addSystemEventTrigger("before", "shutdown", _say_goodbye)  # type: ignore[arg-type]


def _say_goodbye() -> Deferred[None]:
    """The server waits for it before it goes."""
    return Deferred.fromFuture(asyncio.ensure_future(watch.say_goodbye()))
