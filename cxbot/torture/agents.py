"""Agents who take tickets, reply, and resolve. There are two, so that they reach for the same ones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from time import monotonic
from uuid import UUID

import httpx
from django.conf import settings

from cxbot.torture.history import Journal
from cxbot.torture.rows import Database
from cxbot.torture.session import Session
from cxbot.torture.socket import Frame, Socket
from cxbot.torture.tab import CasePage, Tab

__all__ = ["Agent"]

TEXTS = (
    "আসসালামু আলাইকুম, আমি দেখছি।",
    "অর্ডার নম্বরটি দিন, প্লিজ।",
    "Sorry for the trouble. I am checking it now.",
    "আজ বিকেলের মধ্যে ঠিক হয়ে যাবে।",
    "Thank you for waiting!",
)
TAKEN = ("open", "assigned", "others")  # the sections of the inbox that it reaches into: also for what a colleague has
ANSWER_SECONDS = 6.0
RESOLVES = 0.6  # how often
LEISURE = (0.3, 2.0)  # seconds between two things that it does


class Inbox(Socket):
    path = "/ws/desk/v1/"

    def __init__(self, cookie: str, address: str, rng: Random) -> None:
        super().__init__(address, rng)
        self.headers = {"Cookie": cookie, "Origin": address}
        self.tickets: list[Frame] = []

    def hello(self) -> Frame:
        return {"type": "hello"}

    def on_frame(self, frame: Frame) -> None:
        if frame["type"] == "inbox":
            self.tickets = frame["tickets"]


class Agent:
    """`here` is where it enters each page that it has open, with whatever is shared."""

    def __init__(
        self,
        name: str,
        session_key: str,
        addresses: Sequence[str],
        database: Database,
        journal: Journal,
        rng: Random,
        here: dict[Tab, Session],
    ) -> None:
        self._name, self._addresses, self._database, self._journal, self._rng = name, addresses, database, journal, rng
        self._here = here
        self._cookie = f"{settings.SESSION_COOKIE_NAME}={session_key}"
        self._seen: set[int] = set()

    async def run(self, client: httpx.AsyncClient, finished: Callable[[], bool]) -> None:
        inbox = Inbox(self._cookie, self._rng.choice(self._addresses), self._rng)
        inbox.start()
        try:
            while not finished():
                ticket = self._choose(inbox.tickets)
                if ticket is not None:
                    await self._work(client, ticket, finished)
                await asyncio.sleep(self._rng.uniform(*LEISURE))
        finally:
            await inbox.close()

    def _choose(self, tickets: Sequence[Frame]) -> int | None:
        new = [one["id"] for one in tickets if one["section"] in TAKEN and one["id"] not in self._seen]
        return self._rng.choice(new) if new else None

    async def _work(self, client: httpx.AsyncClient, ticket: int, finished: Callable[[], bool]) -> None:
        self._seen.add(ticket)
        session = Session(client, token="")
        session.joined(await asyncio.to_thread(self._database.conversation_of, ticket))
        address = self._rng.choice(self._addresses)
        cookie = {"Cookie": self._cookie, "Origin": address}
        page = CasePage(self._name, ticket, cookie, address, session, self._journal, self._rng)
        self._here[page] = session
        page.start()
        if await self._until(lambda: page.status in ("claimed", "resolved"), page.claim, finished) and page.is_mine:
            for _ in range(self._rng.randint(1, 3)):
                await self._deliver(page, session, finished)
                await asyncio.sleep(self._rng.uniform(*LEISURE))
            if self._rng.random() < RESOLVES:
                await self._until(lambda: page.status == "resolved", page.resolve, finished)
        if not finished():
            del self._here[page]
            await page.leave()

    async def _deliver(self, page: CasePage, session: Session, finished: Callable[[], bool]) -> None:
        cid, body = UUID(int=self._rng.getrandbits(128), version=4), self._rng.choice(TEXTS)
        await self._until(lambda: cid in session.delivered, lambda: page.say(cid, body), finished)

    async def _until(
        self, holds: Callable[[], bool], press: Callable[[], Awaitable[None]], finished: Callable[[], bool]
    ) -> bool:
        """Press a button until it has worked; not for ever, when all go home."""
        while not holds():
            if finished():
                return False
            await press()
            patience = monotonic() + ANSWER_SECONDS
            while not holds() and monotonic() < patience:
                await asyncio.sleep(0.05)
        return True
