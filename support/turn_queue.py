"""Turns that are owed. The only writer of `Turn`.

A turn is a row, made in the transaction that accepts the message. Whoever takes it holds a lease and renews it while
thinking; whoever dies with one loses it when it runs out, and the sweep finds the turn again. Turns of one conversation
are taken in order.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db.models import F, Q
from django.utils import timezone

from support import clock, leases
from support.models import Message, Turn

__all__ = [
    "LEASE",
    "MAX_ATTEMPTS",
    "PUT_OFF",
    "Lease",
    "claim",
    "complete",
    "enqueue",
    "is_owed",
    "lost",
    "release",
    "renew",
    "written_on",
]

LEASE = timedelta(seconds=4)  # so long a visitor waits when the process that thought is killed
GRACE = timedelta(seconds=2)  # how long the process that accepted a message has to start on it
PUT_OFF = timedelta(seconds=7)  # how long the sweep leaves a turn that was given back to who waits for more words
MAX_ATTEMPTS = 3  # a message that killed its reader this often goes to a person unread


@dataclass(frozen=True, slots=True)
class Lease:
    message: Message
    id: UUID
    attempts: int


def enqueue(message: Message) -> None:
    """Owe `message` a turn. Call it in the transaction that stores the message."""
    Turn.objects.create(message=message)


def is_owed(conversation_id: UUID) -> bool:
    """Whether a turn of the conversation is not done."""
    return Turn.objects.filter(message__conversation=conversation_id, done_at=None).exists()


def claim(conversation_id: UUID) -> Lease | None:
    """Lease the conversation's oldest undone turn; None if there is none, or somebody is thinking about it."""
    turn = (
        Turn.objects.filter(message__conversation=conversation_id, done_at=None)
        .select_related("message")
        .order_by("message__seq")
        .first()
    )
    if turn is None:
        return None
    now, lease = clock.now(), uuid4()
    # Of all who found it free, or given back, one changes the row.
    free = leases.free("leased_until", now, LEASE) | Q(lease=None)
    row = Turn.objects.filter(free, pk=turn.pk, done_at=None)
    if not row.update(lease=lease, leased_until=now + LEASE, attempts=F("attempts") + 1):
        return None
    return Lease(turn.message, lease, turn.attempts + 1)


def renew(held: Collection[UUID]) -> None:
    """Hold these leases for another `LEASE` from now. What was taken by somebody else stays theirs."""
    Turn.objects.filter(lease__in=held, done_at=None).update(leased_until=clock.now() + LEASE)


def complete(lease: Lease, **understood: Any) -> bool:
    """Mark the turn done, in the transaction that stores its reply. False: the lease was lost, so drop the reply."""
    mine = Turn.objects.filter(message=lease.message, lease=lease.id, done_at=None)
    return mine.update(done_at=timezone.now(), lease=None, leased_until=None, **understood) == 1


def release(lease: Lease) -> None:
    """Give the turn back as if it had not been looked at. It is anybody's who comes for it; the sweep does not yet."""
    mine = Turn.objects.filter(message=lease.message, lease=lease.id, done_at=None)
    mine.update(lease=None, leased_until=clock.now() + PUT_OFF, attempts=F("attempts") - 1)


def written_on(message: Message) -> bool:
    """Whether the visitor has written on, and that is still owed a turn. Ask under the conversation's lock."""
    later = Turn.objects.filter(message__conversation=message.conversation_id, message__seq__gt=message.seq)
    return later.filter(done_at=None).exists()


def lost(now: datetime) -> list[UUID]:
    """Conversations with a turn that nobody thinks about: never started, or its thinker died.

    A message from the future was accepted before the clock was set back: its turn is as old as can be.
    """
    in_grace = Q(leased_until=None, message__at__range=(now - GRACE, now + GRACE))
    turns = Turn.objects.filter(leases.free("leased_until", now, LEASE), ~in_grace, done_at=None)
    return list(dict.fromkeys(turns.order_by("message__at").values_list("message__conversation", flat=True)[:100]))
