"""How sockets end under Daphne: with a code that says why, and with a goodbye when the server stops."""

from __future__ import annotations

import asyncio

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from support.wire import watch

__all__ = ["install"]

ANSWERED_WITHIN = 10  # seconds that a browser has to answer our close frame; Autobahn's one is no time on a bad network


class AnyCode(WebSocketProtocol):
    """Closes with whatever code the application gives.

    Autobahn raises on all but 1000 and 3000 to 4999 (crossbario/autobahn-python#1642). That is the rule for browsers; a
    server may say 1008, 1009, 1012 and 1013 (RFC 6455, section 7.4.1, and IANA's registry of close codes).
    """

    def onOpen(self) -> None:
        # A dropped connection takes the close frame with it, if the network has not delivered that yet: the client
        # would not know why. So wait for its answer, and say also what was wrong with a frame that is no WebSocket's.
        self.closeHandshakeTimeout = ANSWERED_WITHIN
        self.failByDrop = False
        super().onOpen()

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
