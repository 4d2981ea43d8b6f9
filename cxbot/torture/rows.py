"""What is in the database, read with plain SQL: a witness that shares no code with the server."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

__all__ = ["Conversation", "Database", "Message", "Rows", "Ticket", "Turn"]


@dataclass(frozen=True, slots=True)
class Conversation:
    id: UUID
    handler: str
    head_seq: int


@dataclass(frozen=True, slots=True)
class Message:
    id: int
    conversation: UUID
    seq: int
    sender: str
    kind: str
    cid: UUID | None
    body: str


@dataclass(frozen=True, slots=True)
class Turn:
    message: int
    done: bool
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ticket:
    id: int
    conversation: UUID
    message: int
    open: bool
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    conversations: Sequence[Conversation]
    messages: Sequence[Message]
    turns: Sequence[Turn]
    tickets: Sequence[Ticket]

    def since(self, earlier: Rows) -> Rows:
        """What is of conversations that had not begun then."""
        known = {conversation.id for conversation in earlier.conversations}
        messages = [message for message in self.messages if message.conversation not in known]
        ids = {message.id for message in messages}
        return Rows(
            [conversation for conversation in self.conversations if conversation.id not in known],
            messages,
            [turn for turn in self.turns if turn.message in ids],
            [ticket for ticket in self.tickets if ticket.conversation not in known],
        )


@dataclass(frozen=True, slots=True)
class Database:
    address: str  # a SQLite file or a PostgreSQL address

    def rows(self) -> Rows:
        conversations, messages, turns, tickets = self._read(
            "SELECT id, handler, head_seq FROM support_conversation",
            "SELECT id, conversation_id, seq, sender, kind, cid, body FROM support_message",
            "SELECT message_id, done_at IS NOT NULL, decision, reason FROM support_turn",
            "SELECT t.id, conversation_id, message_id, status <> 'resolved', username FROM support_ticket t "
            "LEFT JOIN auth_user u ON u.id = agent_id",
        )
        return Rows(
            [Conversation(_uuid(id_), *rest) for id_, *rest in conversations],
            [
                Message(id_, _uuid(conversation), seq, sender, kind, cid and _uuid(cid), body)
                for id_, conversation, seq, sender, kind, cid, body in messages
            ],
            [Turn(message, bool(done), *rest) for message, done, *rest in turns],
            [
                Ticket(id_, _uuid(conversation), message, bool(is_open), agent)
                for id_, conversation, message, is_open, agent in tickets
            ],
        )

    def conversation_of(self, ticket: int) -> UUID:
        [[(conversation,)]] = self._read(f"SELECT conversation_id FROM support_ticket WHERE id = {ticket:d}")  # noqa: S608 - a number
        return _uuid(conversation)

    def _read(self, *queries: str) -> list[list[tuple[Any, ...]]]:
        """The rows of each query, all of the same moment."""
        if self.address.startswith("postgres"):
            with psycopg.connect(self.address) as connection:
                connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                return [connection.execute(query.encode()).fetchall() for query in queries]
        with closing(sqlite3.connect(self.address, timeout=20, isolation_level=None)) as file:
            file.execute("BEGIN")
            return [file.execute(query).fetchall() for query in queries]


def _uuid(value: object) -> UUID:
    return UUID(str(value))  # SQLite keeps them as 32 digits
