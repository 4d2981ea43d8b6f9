"""How connections begin under Daphne: within a deadline, and with headers that are a client's to send."""

from __future__ import annotations

from typing import Any

from daphne import http_protocol
from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.base import DelayedCall
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

__all__ = ["install"]

SUBPROTOCOLS = b"Sec-WebSocket-Protocol"
HEADERS_WITHIN = 20  # seconds from the first byte of a request, or from the connection; however slowly they drip


class Request(WebRequest):
    def process(self) -> Any:
        # With it anybody could have every path be of another site, and Daphne chokes on one that is not ASCII.
        self.requestHeaders.removeHeader(b"Daphne-Root-Path")
        # On one of these it chokes, too. Nobody knows such a subprotocol, so it may as well not be offered.
        if not all(offer.isascii() for offer in self.requestHeaders.getRawHeaders(SUBPROTOCOLS, ())):
            self.requestHeaders.removeHeader(SUBPROTOCOLS)
        return super().process()


class Channel(HTTPChannel):
    """Twisted's own time limit begins again with every byte."""

    _deadline: DelayedCall | None = None

    def connectionMade(self) -> None:
        super().connectionMade()
        self._begin()

    def dataReceived(self, data: bytes) -> None:
        if self._deadline is None and not self.requests:  # the next request of a kept connection
            self._begin()
        super().dataReceived(data)

    def allHeadersReceived(self) -> None:
        self._end()
        super().allHeadersReceived()

    def connectionLost(self, reason: Failure) -> None:
        self._end()
        super().connectionLost(reason)

    def _begin(self) -> None:
        self._deadline = self.callLater(HEADERS_WITHIN, self._too_slow)

    def _end(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
        self.timeoutConnection()


def install() -> None:
    """Call it once, before Daphne runs."""
    HTTPFactory.protocol = Channel
    http_protocol.WebRequest = Request  # what its factory gives to each channel
