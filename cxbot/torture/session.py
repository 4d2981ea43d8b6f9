"""What the tabs of one visitor share: who they are, the conversation, what was accepted; and the calls over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx

__all__ = ["Session", "begin"]

API = "/api/support/v1"
PAUSE = 0.5  # seconds before an HTTP call is tried again


async def begin(client: httpx.AsyncClient, address: str) -> Session:
    """A new visitor; an address may make one a second, after the first sixty."""
    while True:
        try:
            answer = await client.post(f"{address}{API}/session", json={"site": "demo"})
            if answer.status_code == 201:
                return Session(client, answer.json()["token"])
            await asyncio.sleep(_retry_ms(answer) / 1000)
        except httpx.HTTPError:
            await asyncio.sleep(PAUSE)


class Session:
    def __init__(self, client: httpx.AsyncClient, token: str) -> None:
        self.token = token
        self.conversation: UUID | None = None
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        self.delivered = set[UUID]()  # cids that were accepted
        self._answers: dict[UUID, asyncio.Future[int]] = {}  # milliseconds after which to try again; 0: accepted

    @property
    def known_conversation(self) -> UUID:
        if self.conversation is None:
            raise LookupError("nothing is said in a conversation before it has begun")
        return self.conversation

    def joined(self, conversation: UUID) -> None:
        """Where the server says that we are. A first `welcome` may get lost, and the next one be of a new conversation:
        nothing was said in the one before."""
        self.conversation = self.conversation or conversation

    def answer_to(self, cid: UUID) -> asyncio.Future[int]:
        """What the server says next about a message, to whichever tab."""
        return self._answers.setdefault(cid, asyncio.get_running_loop().create_future())

    def accepted(self, cid: UUID) -> None:
        self.delivered.add(cid)
        self._settle(cid, 0)

    def refused(self, cid: UUID | None, retry_ms: int | None) -> None:
        if cid is not None:
            self._settle(cid, retry_ms or 1000)

    def _settle(self, cid: UUID, retry_ms: int) -> None:
        future = self._answers.pop(cid, None)
        if future is not None and not future.done():
            future.set_result(retry_ms)

    async def post(self, address: str, cid: UUID, body: str) -> dict[str, Any] | None:
        """The frame that answers a message, the first of which begins the conversation; None where nobody answered."""
        sent = {"cid": str(cid), "body": body}
        if self.conversation is not None:
            sent["conversation"] = str(self.conversation)
        try:
            answer = await self._client.post(f"{address}{API}/messages", json=sent, headers=self._headers)
            frame: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError):
            return None
        if answer.status_code == 200:
            self.joined(UUID(frame["conversation"]))
        return frame

    async def read(self, address: str, after: int) -> list[dict[str, Any]]:
        """The events after a seq, a page of them."""
        if self.conversation is None:
            return []
        asked = {"conversation": str(self.conversation), "after": str(after)}
        answer = await self._client.get(f"{address}{API}/messages", params=asked, headers=self._headers)
        events: list[dict[str, Any]] = answer.json()["events"] if answer.status_code == 200 else []
        return events


def _retry_ms(answer: httpx.Response) -> int:
    retry_ms: int = answer.json().get("retry_ms", 1000) if answer.status_code in (429, 503) else 1000
    return retry_ms
