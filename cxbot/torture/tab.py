"""A tab of a visitor, or an agent's page of a conversation: a websocket, and what it says and hears."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from time import monotonic
from uuid import UUID

import httpx

from cxbot.torture.history import Accepted, Claimed, Heard, Joined, Journal, Left, Refused, Resolved, Sent
from cxbot.torture.session import Session
from cxbot.torture.socket import Frame, Socket

__all__ = ["CasePage", "Tab"]

READS_OVER_HTTP = 0.2  # how often it reads over HTTP what it missed, before it connects again


class Tab(Socket):
    """`address` is of the web process that it talks to."""

    path = "/ws/support/v1/"

    def __init__(self, name: str, address: str, session: Session, journal: Journal, rng: Random) -> None:
        super().__init__(address, rng)
        self.name, self._session, self._journal = name, session, journal
        self.seq = 0  # of the newest event that it heard

    async def say(self, cid: UUID, body: str) -> None:
        if self.is_open:
            self._journal.write(Sent(at=monotonic(), tab=self.name, cid=cid, body=body))
            await self.tell({"type": "send", "cid": str(cid), "body": body})

    async def post(self, cid: UUID, body: str) -> None:
        """The same over HTTP. Whether it was accepted is in the session."""
        self._journal.write(Sent(at=monotonic(), tab=self.name, cid=cid, body=body))
        frame = await self._session.post(self._address, cid, body)
        if frame is not None:
            self.on_frame(frame | {"cid": str(cid)})

    async def leave(self) -> None:
        self._journal.write(Left(at=monotonic(), tab=self.name))
        await self.close()

    def hello(self) -> Frame:
        hello = {"type": "hello", "token": self._session.token, "last_seq": self.seq}
        if self._session.conversation is not None:
            hello["conversation"] = str(self._session.conversation)
        return hello

    async def before_reconnecting(self) -> None:
        if self._rng.random() >= READS_OVER_HTTP:
            return
        try:
            for frame in await self._session.read(self._address, after=self.seq):
                self.on_frame(frame)
        except httpx.HTTPError:
            return  # the socket will bring it

    def on_frame(self, frame: Frame) -> None:
        match frame["type"]:
            case "welcome":
                self._joined(frame)
            case "accepted":
                self._accepted(UUID(frame["cid"]), frame["seq"], frame["id"])
            case "event":
                self._heard(frame)
            case "error":
                cid = UUID(frame["cid"]) if "cid" in frame else None
                self._journal.write(Refused(at=monotonic(), tab=self.name, cid=cid, code=frame["code"]))
                self._session.refused(cid, frame.get("retry_ms"))

    def _joined(self, welcome: Frame) -> None:
        self._session.joined(conversation := UUID(welcome["conversation"]))
        self._journal.write(Joined(at=monotonic(), tab=self.name, conversation=conversation))

    def _accepted(self, cid: UUID, seq: int, id_: int) -> None:
        conversation = self._session.known_conversation
        self._journal.write(
            Accepted(at=monotonic(), tab=self.name, conversation=conversation, cid=cid, seq=seq, id=id_)
        )
        self._session.accepted(cid)

    def _heard(self, event: Frame) -> None:
        self.seq = event["seq"]
        self._journal.write(
            Heard(
                at=monotonic(),
                tab=self.name,
                conversation=self._session.known_conversation,
                seq=event["seq"],
                id=event["id"],
                sender=event["from"],
                body=event["body"],
            )
        )


class CasePage(Tab):
    """An agent's page of a ticket, whose conversation `session` knows."""

    path = "/ws/desk/v1/"

    def __init__(
        self,
        agent: str,
        ticket: int,
        cookie: Mapping[str, str],
        address: str,
        session: Session,
        journal: Journal,
        rng: Random,
    ) -> None:
        super().__init__(f"{agent} #{ticket}", address, session, journal, rng)
        self.headers = cookie
        self.status = ""  # of the ticket, as the server says
        self.is_mine = False
        self._agent, self._ticket = agent, ticket

    async def claim(self) -> None:
        await self.tell({"type": "claim", "ticket": self._ticket})

    async def resolve(self) -> None:
        await self.tell({"type": "resolve"})

    def hello(self) -> Frame:
        return {"type": "hello", "ticket": self._ticket, "last_seq": self.seq}

    async def before_reconnecting(self) -> None:
        """Agents have no other way."""

    def on_frame(self, frame: Frame) -> None:
        if frame["type"] == "ticket" and frame["id"] == self._ticket:
            self._stands(frame["status"], frame.get("mine", False))
        super().on_frame(frame)

    def _stands(self, status: str, is_mine: bool) -> None:
        told = (self.status, self.is_mine)
        self.status, self.is_mine = status, is_mine
        if is_mine and status == "claimed" and told != (status, is_mine):
            self._journal.write(Claimed(at=monotonic(), tab=self.name, agent=self._agent, ticket=self._ticket))
        if status == "resolved" and told[0] != status:
            self._journal.write(Resolved(at=monotonic(), tab=self.name, ticket=self._ticket))

    def _joined(self, _welcome: Frame) -> None:
        conversation = self._session.known_conversation
        self._journal.write(Joined(at=monotonic(), tab=self.name, conversation=conversation))
