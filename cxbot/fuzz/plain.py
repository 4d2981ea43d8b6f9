"""A plain TCP client, which says whatever it is given, and hears how that is met."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cxbot.fuzz.rubbish import CLOSE, PONG, PROBE, TEXT

__all__ = ["ANSWER_SECONDS", "DROPPED", "NO_ANSWER", "WAITS", "Target", "after_handshake", "request"]

PATIENCE = 0.5  # seconds; who says nothing for so long waits for the rest of what was announced
ANSWER_SECONDS = 60.0
DROPPED, WAITS, NO_ANSWER = "dropped", "waits for the rest", "no answer"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Target:
    host: str
    port: int


async def request(target: Target, local: str, data: bytes, *, whole: bool) -> str:
    """The HTTP status that it is met with, or `DROPPED`. What is not `whole` may also be met with `WAITS`."""
    async with _connected(target, local) as (reader, writer):
        try:
            writer.write(data)
            line = await asyncio.wait_for(reader.readline(), ANSWER_SECONDS if whole else PATIENCE)
        except TimeoutError:
            return NO_ANSWER if whole else WAITS
        except (OSError, ValueError):
            return DROPPED
        return f"HTTP {line.split()[1].decode()}" if line.startswith(b"HTTP/") else DROPPED


async def after_handshake(target: Target, local: str, handshake: bytes, data: bytes) -> str:
    """How `data` is met by an open websocket: a close code, an error frame, or that it goes on as if nothing was."""
    async with _connected(target, local) as (reader, writer):
        try:
            writer.write(handshake)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_SECONDS)
            if b" 101 " not in head[:20]:
                return f"HTTP {head.split()[1].decode()}"
            writer.write(data + PROBE)
            return await asyncio.wait_for(_verdict(reader), PATIENCE)
        except TimeoutError:
            return WAITS
        except (OSError, asyncio.IncompleteReadError):
            return DROPPED


async def _verdict(reader: asyncio.StreamReader) -> str:
    met = "goes on"
    while True:
        opcode, payload = await _frame(reader)
        if opcode == CLOSE:
            return f"close {struct.unpack('!H', payload[:2])[0]}" if payload else "close without a code"
        if opcode == TEXT:
            met = "error frame"
        elif opcode == PONG and payload == b"still there?":
            return met


async def _frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, size = await reader.readexactly(2)
    if size == 126:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
    elif size == 127:
        (size,) = struct.unpack("!Q", await reader.readexactly(8))
    return first & 15, await reader.readexactly(size)


@asynccontextmanager
async def _connected(target: Target, local: str) -> AsyncIterator[Streams]:
    opening = asyncio.open_connection(target.host, target.port, local_addr=(local, 0))
    reader, writer = await asyncio.wait_for(opening, ANSWER_SECONDS)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
