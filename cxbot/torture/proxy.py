"""A network that fails: TCP proxies of our own before websockets, PostgreSQL and Redis."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress
from enum import StrEnum
from typing import Self

__all__ = ["Network", "Proxy", "Weather"]

CHUNK = 65_536  # bytes
SLICE = 7  # bytes
POLL_SECONDS = 0.02


class Weather(StrEnum):
    FAIR = "fair"
    SLOW = "slow"  # each chunk is late
    SLICED = "sliced"  # in pieces of a few bytes
    BLACK_HOLE = "black hole"  # nothing comes through, and nobody is told
    DOWN = "down"  # whoever connects is dropped, and so is whoever was connected


class Proxy:
    """Passes bytes on to `host` and `port`, as the weather allows. `weather` and `cut` may be used from any thread."""

    def __init__(self, host: str, port: int, loop: asyncio.AbstractEventLoop) -> None:
        self._target, self._loop = (host, port), loop
        self._weather = Weather.FAIR
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def weather(self) -> Weather:
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather
        if weather is Weather.DOWN:
            self.cut()

    def cut(self) -> None:
        """Drop all connections, without a word."""
        self._loop.call_soon_threadsafe(self._drop_all)

    def _drop_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def listen(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=CHUNK)
        self.port = server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._weather is Weather.DOWN:
                return
            there, here = await asyncio.open_connection(*self._target, limit=CHUNK)
            self._writers.add(here)
            pumps = {asyncio.create_task(self._pump(*way)) for way in ((reader, here), (there, writer))}
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
                await asyncio.wait(pumps, timeout=1)  # the other way may still have something to say
            finally:
                for pump in pumps:
                    pump.cancel()
                here.transport.abort()
                self._writers.discard(here)
        except OSError:
            return  # the target is down: so is this connection
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                while self._weather is Weather.BLACK_HOLE:
                    await asyncio.sleep(POLL_SECONDS)
                if self._weather is Weather.SLOW:
                    await asyncio.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - it delays, it hides nothing
                for piece in self._pieces(data):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
            if writer.can_write_eof():
                writer.write_eof()

    def _pieces(self, data: bytes) -> list[bytes]:
        if self._weather is not Weather.SLICED:
            return [data]
        return [data[start : start + SLICE] for start in range(0, len(data), SLICE)]


class Network:
    """Runs proxies in a thread of its own, which no database call holds up."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def proxy(self, host: str, port: int) -> Proxy:
        """A new proxy before that address, listening on a port of 127.0.0.1."""
        proxy = Proxy(host, port, self._loop)
        asyncio.run_coroutine_threadsafe(proxy.listen(), self._loop).result()
        return proxy
