"""How sockets end under Daphne: with a code that says why, and with a goodbye when the server stops."""

from __future__ import annotations

import asyncio

from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.defer import Deferred

from support.dialogue import pool
from support.wire import watch

__all__ = ["drain", "install"]

ANSWERED_WITHIN = 10  # seconds that a browser has to answer our close frame; Autobahn's one is no time on a bad network
DRAIN_SECONDS = 3.0  # for turns; a supervisor kills who has not gone within `leash.GRACE`


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
    Server.kill_all_applications = _drain_and_kill


async def drain() -> None:
    """From now on the process is not ready; every socket is told, and turns that were begun get a moment to end."""
    await asyncio.gather(watch.say_goodbye(), pool.finish(DRAIN_SECONDS))


_kill = Server.kill_all_applications


def _drain_and_kill(server: Server) -> Deferred[None]:
    """What Daphne does when it is told to stop, and what it waits for before it goes."""
    drained = Deferred.fromFuture(asyncio.ensure_future(drain()))
    drained.addCallback(lambda _: _kill(server))
    # Daphne stumbles over a request that has just ended, and then kills nothing; it goes all the same.
    drained.addErrback(lambda _: None)
    return drained
