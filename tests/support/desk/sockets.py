"""A client of the real application: what a browser sends and sees, with the real consumer and database behind it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from typing import Any

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client

from cxbot.asgi import application

__all__ = ["Socket", "sign_in"]

Frame = dict[str, Any]
SECONDS = 10  # a frame that has not come by then will not come


async def sign_in(user: User) -> Client:
    client = Client()
    await sync_to_async(client.force_login)(user)
    return client


class Socket:
    """One connection; `frames` are all that came, and `cookies` a signed-in browser's."""

    def __init__(
        self,
        path: str,
        cookies: Client | None = None,
        origin: str | None = "http://localhost",
        subprotocols: Sequence[str] = ("support.v1",),
    ) -> None:
        headers = [(b"host", b"localhost")]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if cookies is not None:
            cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.cookies.items())
            headers.append((b"cookie", cookie.encode()))
        self._communicator = WebsocketCommunicator(application, path, headers, subprotocols=list(subprotocols))
        self.frames: list[Frame] = []
        self.close_code: int | None = None

    async def __aenter__(self) -> Socket:
        self.connected, self.subprotocol = await self._communicator.connect(timeout=SECONDS)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._communicator.disconnect()

    async def say(self, type_: str, **fields: Any) -> None:
        await self.say_raw(json.dumps({"type": type_, **fields}))

    async def say_raw(self, data: str | bytes) -> None:
        if isinstance(data, str):
            await self._communicator.send_to(text_data=data)
        else:
            await self._communicator.send_to(bytes_data=data)

    async def hear(self, type_: str, where: Callable[[Frame], bool] = lambda frame: True) -> Frame:
        """The next frame of that type for which `where` holds."""
        async with asyncio.timeout(SECONDS):
            while True:
                output = await self._communicator.receive_output(timeout=SECONDS)
                assert output["type"] == "websocket.send", output
                frame: Frame = json.loads(output["text"])
                self.frames.append(frame)
                if frame["type"] == type_ and where(frame):
                    return frame

    async def know(self, type_: str, where: Callable[[Frame], bool]) -> Frame:
        """Such a frame, whether it came before or comes now."""
        known = [frame for frame in self.frames if frame["type"] == type_ and where(frame)]
        return known[-1] if known else await self.hear(type_, where)

    async def closed(self) -> int:
        """The code with which the server closed."""
        async with asyncio.timeout(SECONDS):
            while True:
                output = await self._communicator.receive_output(timeout=SECONDS)
                if output["type"] == "websocket.close":
                    return int(output["code"])
