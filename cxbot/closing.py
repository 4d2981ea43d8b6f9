"""Let the server say why it closes a websocket.

Autobahn, under Daphne, raises unless an application closes with 1000 or with 3000 and above
(crossbario/autobahn-python#1642). That is the rule for browsers; a server may say 1008, 1009, 1012 and 1013 (RFC 6455,
section 7.4.1, and IANA's registry of close codes), and our protocol does.
"""

from __future__ import annotations

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

__all__ = ["install"]


class AnyCode(WebSocketProtocol):
    def serverClose(self, code: int | None = None) -> None:
        self.sendCloseFrame(code=1000 if code is None else code)


def install() -> None:
    """Have Daphne close with whatever code the application gives."""
    WebSocketFactory.protocol = AnyCode
