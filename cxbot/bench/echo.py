"""What the promise is measured against: a bare Channels consumer that writes one row for each message and says it back.
And, for the Autobahn test suite, one that only says it back. Applications for Daphne, each alone."""

from __future__ import annotations

import os

import django
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxbot.settings")
django.setup()

__all__ = ["bare", "storing"]

TABLE = "CREATE TABLE IF NOT EXISTS bench_echo (id integer PRIMARY KEY, at text DEFAULT CURRENT_TIMESTAMP, body text)"


class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(text_data=text_data, bytes_data=bytes_data)


class StoringEcho(Echo):
    async def connect(self) -> None:
        await database_sync_to_async(_make_table)()
        await super().connect()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await database_sync_to_async(_store)(text_data)
        await super().receive(text_data, bytes_data)


def _store(body: str | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_echo (body) VALUES (%s)", [body])


def _make_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)


bare = Echo.as_asgi()
storing = StoringEcho.as_asgi()
