"""Clients that mean harm, one TCP connection each, and what they may not touch: the server's memory, and a visitor who
only asks."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from random import Random

import psutil

from cxbot.fuzz import rubbish
from tests.serving import Server, Visitor

__all__ = ["MEBIBYTE", "QUESTION", "Raw", "memory_of", "somebody_is_answered"]

MEBIBYTE = 2**20
QUESTION = "ঢাকার ভিতরে ডেলিভারি চার্জ কত?"
REST_SECONDS = 2.1  # a visitor may say something every two seconds, without end


@contextmanager
def somebody_is_answered(server: Server) -> Iterator[None]:
    """While this goes on, a visitor asks again and again. Raises `TimeoutError` where an answer is missing."""
    over = threading.Event()

    def talk(visitor: Visitor) -> None:
        while True:
            visitor.hears_after(visitor.say(QUESTION)["seq"], "bot", seconds=60)
            if over.wait(REST_SECONDS):
                return

    with server.visitor("Nadia") as nadia, ThreadPoolExecutor(1) as threads:
        talking = threads.submit(talk, nadia)
        try:
            yield
        finally:
            over.set()
        talking.result()


class memory_of:
    """`with memory_of(server) as memory`: how much the web process takes meanwhile, at most."""

    def __init__(self, server: Server) -> None:
        process = server.child("web")
        assert process is not None
        self._process = process
        self._before = self._most = process.memory_info().rss
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch)

    @property
    def grown(self) -> float:
        """MiB"""
        return float((self._most - self._before) / MEBIBYTE)

    def __enter__(self) -> memory_of:
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watching.join()

    def _watch(self) -> None:
        with suppress(psutil.Error):  # a web process that ended is found by whoever talks to it
            while not self._over.wait(0.05):
                self._most = max(self._most, self._process.memory_info().rss)


class Raw:
    """A connection of bytes. What comes is read beside what is sent, from `listen` on."""

    def __init__(self, server: Server, address: str = "127.0.0.1") -> None:
        where = ("127.0.0.1", server.port)
        self._socket = socket.create_connection(where, timeout=60, source_address=(address, 0))
        self.port = int(self._socket.getsockname()[1])
        self._heard = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes, times: int = 1) -> None:
        """As much of it as the server takes."""
        with suppress(OSError):
            for _ in range(times):
                self._socket.sendall(data)

    @property
    def is_open(self) -> bool:
        return self._reader.is_alive()

    def listen(self) -> None:
        self._reader.start()

    def upgrade(self) -> None:
        """Be a websocket."""
        self.send(rubbish.handshake("/ws/support/v1/", Random(1)))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._socket.recv(1)
        assert b" 101 " in head

    def heard(self) -> bytes:
        """All that came until the end. Raises `AssertionError` if the server does not end it."""
        self._reader.join(60)
        assert not self._reader.is_alive(), "the connection goes on"
        return bytes(self._heard)

    def close_code(self) -> int:
        """Of the close frame, which came last."""
        heard, at = self.heard(), 0
        while at < len(heard):
            size, head = heard[at + 1], 2
            if size == 126:
                (size,) = struct.unpack_from("!H", heard, at + 2)
                head = 4
            if heard[at] & 15 == rubbish.CLOSE:
                return int(struct.unpack_from("!H", heard, at + head)[0])
            at += head + size
        raise AssertionError("it was not said why")

    def _read(self) -> None:
        with suppress(OSError):
            while data := self._socket.recv(65536):
                self._heard += data
