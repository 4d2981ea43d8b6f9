"""The log of a conversation, and its only writer.

Messages get a gapless `seq` under a lock on their conversation. A visitor's or an agent's message carries a `cid` made
by the client: the same again is the same message, so that a client may retry until it is told `accepted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from support import feed, turn_queue
from support.errors import Conflict, NotFound, TooLong
from support.models import Conversation, Feedback, Message, Visitor

__all__ = ["MAX_BODY", "Appended", "append", "give_feedback", "hand_to", "lock", "note", "open_for", "read"]

MAX_BODY = 4000  # characters
PAGE = 200  # messages


@dataclass(frozen=True, slots=True)
class Appended:
    message: Message
    duplicate: bool


def open_for(visitor: Visitor, conversation_id: UUID | None = None) -> Conversation:
    """The visitor's conversation of that id, or a new one. Raises `NotFound` if it is not this visitor's."""
    if conversation_id is None:
        return Conversation.objects.create(visitor=visitor)
    found = Conversation.objects.filter(pk=conversation_id, visitor=visitor).first()
    if found is None:
        raise NotFound
    return found


def lock(conversation_id: UUID) -> Conversation:
    """The conversation, locked until the end of the transaction that the caller has open."""
    conversation = Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


@transaction.atomic
def append(
    conversation_id: UUID,
    sender: Message.Sender,
    body: str,
    *,
    kind: Message.Kind = Message.Kind.TEXT,
    cid: UUID | None = None,
    author: AbstractBaseUser | None = None,
    extra: dict[str, Any] | None = None,
) -> Appended:
    """Add a message at the end; a visitor's also gets the turn that is owed to it.

    Raises `NotFound`, `TooLong`, and `Conflict` where `cid` is known with another body.
    """
    body = body.replace("\x00", "").strip()  # PostgreSQL stores no NUL
    if not body or len(body) > MAX_BODY:
        raise TooLong
    conversation = lock(conversation_id)
    if cid is not None:
        known = Message.objects.filter(conversation=conversation, sender=sender, cid=cid).first()
        if known is not None:
            if known.body != body:
                raise Conflict
            return Appended(known, duplicate=True)
    conversation.head_seq += 1
    conversation.save(update_fields=["head_seq", "updated_at"])
    message = Message.objects.create(
        conversation=conversation,
        seq=conversation.head_seq,
        sender=sender,
        author_id=author.pk if author else None,
        cid=cid,
        kind=kind,
        body=body,
        extra=extra or {},
    )
    if sender == Message.Sender.VISITOR:
        turn_queue.enqueue(message)
    transaction.on_commit(partial(feed.conversation_moved, conversation.pk))
    return Appended(message, duplicate=False)


def read(conversation_id: UUID, after: int, limit: int = PAGE) -> list[Message]:
    """Messages with `seq > after`, in order, at most `limit` of them."""
    messages = Message.objects.filter(conversation=conversation_id, seq__gt=after).select_related("author__agent")
    return list(messages.order_by("seq")[:limit])


def hand_to(conversation: Conversation, handler: Conversation.Handler, agent: AbstractBaseUser | None = None) -> None:
    """Change who handles a locked conversation; the caller's transaction commits it."""
    conversation.handler = handler
    conversation.agent_id = agent.pk if agent else None
    conversation.misses = 0
    conversation.save(update_fields=["handler", "agent", "misses", "updated_at"])
    transaction.on_commit(partial(feed.conversation_moved, conversation.pk))


def note(conversation: Conversation, *, language: str, misses: int) -> None:
    """Keep what a turn learned about a locked conversation."""
    conversation.language = language
    conversation.misses = misses
    conversation.save(update_fields=["language", "misses", "updated_at"])


def give_feedback(conversation_id: UUID, message_id: int, value: int) -> None:
    """A visitor's thumb (1 or -1) on a message that the bot or an agent sent. Raises `NotFound`."""
    message = Message.objects.filter(pk=message_id, conversation=conversation_id).first()
    if message is None or message.sender not in (Message.Sender.BOT, Message.Sender.AGENT):
        raise NotFound
    Feedback.objects.update_or_create(message=message, defaults={"value": value})
