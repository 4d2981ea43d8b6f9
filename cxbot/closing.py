"""How sockets end under Daphne: with a code that says why. And none takes more memory than it may."""

from __future__ import annotations

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor
from twisted.internet.base import DelayedCall
from twisted.python.failure import Failure

from support.wire.consumer import RATE
from support.wire.frames import MAX_FRAME, Bye, encode

__all__ = ["install"]

ANSWERED_WITHIN = 10  # seconds that a browser has to answer our close frame; Autobahn's one is no time on a bad network
LARGEST = 4 * MAX_FRAME  # bytes of a message that is read to its end; a client that sends more hears only the code
UNREAD = 100  # messages of a socket that wait for its consumer, more than it takes at once
RETRY_MS = 5000


class AnyCode(WebSocketProtocol):
    """Closes with whatever code the application gives.

    Autobahn raises on all but 1000 and 3000 to 4999 (crossbario/autobahn-python#1642). That is the rule for browsers; a
    server may say 1008, 1009, 1012 and 1013 (RFC 6455, section 7.4.1, and IANA's registry of close codes).
    """

    _last_wait: DelayedCall | None = None

    def onOpen(self) -> None:
        # A dropped connection takes the close frame with it, if the network has not delivered that yet: the client
        # would not know why. So wait for its answer, and say also what was wrong with a frame that is no WebSocket's.
        self.closeHandshakeTimeout = ANSWERED_WITHIN
        self.failByDrop = False
        # Who does not read is not read from either: pongs nobody takes would pile up as fast as pings come.
        self.transport.unregisterProducer()  # Daphne's HTTP channel, which has nothing more to say
        self.transport.registerProducer(self, True)
        super().onOpen()

    def pauseProducing(self) -> None:
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """The connection is lost; `connectionLost` minds the rest."""

    def onMessageFrameBegin(self, length: int) -> None:
        super().onMessageFrameBegin(length)
        if self.message_data_total_length > LARGEST and not self.failedByMe:
            self._max_message_size_exceeded(length, LARGEST, "too big")

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        # Daphne's queue has no bound, and a consumer may wait for the database for seconds.
        if self.application_queue.qsize() < UNREAD:
            super().onMessage(payload, isBinary)
        elif self.state == self.STATE_OPEN:
            self.sendMessage(encode(Bye(reason="rate", retry_ms=RETRY_MS)).encode())
            self.sendCloseFrame(code=RATE)

    def serverSend(self, content: str, binary: bool = False) -> None:
        # The application does not know yet that the client has gone, or was shown out by Autobahn.
        if self.state == self.STATE_OPEN:
            super().serverSend(content, binary)

    def serverClose(self, code: int | None = None) -> None:
        self.sendCloseFrame(code=1000 if code is None else code)

    def dropConnection(self, abort: bool = False) -> None:
        """Let what was said leave first, our close frame last; but who does not read it is not waited for longer."""
        if self.wasClean and self.state != self.STATE_CLOSED:
            abort = False
            self._last_wait = reactor.callLater(ANSWERED_WITHIN, self.transport.abortConnection)  # type: ignore[arg-type]
        super().dropConnection(abort=abort)

    def connectionLost(self, reason: Failure) -> None:
        if self._last_wait is not None and self._last_wait.active():
            self._last_wait.cancel()
        super().connectionLost(reason)


def install() -> None:
    """Call it once, before Daphne runs."""
    WebSocketFactory.protocol = AnyCode
