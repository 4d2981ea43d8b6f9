"""Turns that are owed. The only writer of `Turn`.

A turn is a row, made in the transaction that accepts the message. Whoever takes it holds a lease; whoever dies with
one loses it when it runs out, and the sweep finds the turn again. Turns of one conversation are taken in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from support.models import Conversation, Message, Turn

__all__ = ["LEASE", "MAX_ATTEMPTS", "Lease", "claim", "complete", "enqueue", "lost", "release", "written_on"]

LEASE = timedelta(seconds=6)  # a turn takes a tenth of a second; a cold encoder takes one
GRACE = timedelta(seconds=2)  # how long the process that accepted a message has to start on it
MAX_ATTEMPTS = 3  # a message that killed its reader this often goes to a person unread


@dataclass(frozen=True, slots=True)
class Lease:
    message: Message
    id: UUID
    attempts: int


def enqueue(message: Message) -> None:
    """Owe `message` a turn. Call it in the transaction that stores the message."""
    Turn.objects.create(message=message)


@transaction.atomic
def claim(conversation_id: UUID) -> Lease | None:
    """Lease the conversation's oldest undone turn; None if there is none, or somebody is thinking about it."""
    Conversation.objects.select_for_update().filter(pk=conversation_id).first()
    turn = (
        Turn.objects.filter(message__conversation=conversation_id, done_at=None)
        .select_related("message")
        .order_by("message__seq")
        .first()
    )
    now = timezone.now()
    if turn is None or (turn.leased_until is not None and turn.leased_until > now):
        return None
    turn.lease, turn.leased_until, turn.attempts = uuid4(), now + LEASE, turn.attempts + 1
    turn.save(update_fields=["lease", "leased_until", "attempts"])
    return Lease(turn.message, turn.lease, turn.attempts)


def complete(lease: Lease, **understood: Any) -> bool:
    """Mark the turn done, in the transaction that stores its reply. False: the lease was lost, so drop the reply."""
    mine = Turn.objects.filter(message=lease.message, lease=lease.id, done_at=None)
    return mine.update(done_at=timezone.now(), lease=None, leased_until=None, **understood) == 1


def release(lease: Lease) -> None:
    """Give the turn back as if it had not been looked at: it is taken again a little later."""
    mine = Turn.objects.filter(message=lease.message, lease=lease.id, done_at=None)
    mine.update(lease=None, leased_until=None, attempts=F("attempts") - 1)


def written_on(message: Message) -> bool:
    """Whether the visitor has written on, and that is still owed a turn. Ask under the conversation's lock."""
    later = Turn.objects.filter(message__conversation=message.conversation_id, message__seq__gt=message.seq)
    return later.filter(done_at=None).exists()


def lost(now: datetime) -> list[UUID]:
    """Conversations with a turn that nobody thinks about: never started, or its thinker died."""
    nobody = Q(leased_until__lt=now) | Q(leased_until=None, message__at__lt=now - GRACE)
    turns = Turn.objects.filter(nobody, done_at=None).order_by("message__at")
    return list(dict.fromkeys(turns.values_list("message__conversation", flat=True)[:100]))
