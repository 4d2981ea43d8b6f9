"""The dialogue's Celery task: turns that were lost with the process that owed them."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.db import Error as DatabaseTrouble

from support import sweeping, turn_queue
from support.dialogue.turn import take_turns

__all__ = ["sweep_turns"]

log = structlog.get_logger(__name__)


@shared_task
def sweep_turns() -> None:
    """Take every turn that nobody thinks about."""
    for conversation_id in sweeping.owed(sweeping.TURNS, turn_queue.lost):
        try:
            take_turns(conversation_id)
        except DatabaseTrouble:
            raise  # the others would fare no better
        except Exception:  # one conversation keeps nobody else waiting
            log.exception("turn not taken; the next sweep will try again", conversation=str(conversation_id))
