"""The dialogue's Celery task: turns that were lost with the process that owed them."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from support import turn_queue
from support.dialogue.turn import take_turns

__all__ = ["sweep_turns"]


@shared_task
def sweep_turns() -> None:
    """Take every turn that nobody thinks about."""
    for conversation_id in turn_queue.lost(timezone.now()):
        take_turns(conversation_id)
