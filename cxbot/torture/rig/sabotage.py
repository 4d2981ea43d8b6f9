"""Ways to break the server on purpose, to see that the checker notices. Which one is in the file `sabotage`, if any."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from support.models import Conversation, Message, Ticket, Turn

__all__ = ["SABOTAGES", "choose", "install"]

Call = Callable[..., Any]
OFTEN = 3  # one in so many


def choose(folder: Path, name: str | None) -> None:
    (folder / "sabotage").write_text(name or "")


def install(folder: Path) -> None:
    for name, (module_name, function, broken) in SABOTAGES.items():
        module = import_module(module_name)
        setattr(module, function, _either(folder / "sabotage", name, broken, getattr(module, function)))


def _either(path: Path, name: str, broken: Callable[..., Any], whole: Call) -> Call:
    @wraps(whole)
    def called(*args: Any, **kwargs: Any) -> Any:
        chosen = path.exists() and path.read_text() == name
        return broken(whole, *args, **kwargs) if chosen else whole(*args, **kwargs)

    return called


def _forget_the_cid(append: Call, conversation_id: UUID, *args: Any, **kwargs: Any) -> Any:
    """A message that is sent again is a new one."""
    if (cid := kwargs.get("cid")) is not None:
        Message.objects.filter(conversation=conversation_id, cid=cid).update(cid=None)
    return append(conversation_id, *args, **kwargs)


def _skip_a_seq(append: Call, conversation_id: UUID, *args: Any, **kwargs: Any) -> Any:
    Conversation.objects.filter(pk=conversation_id).update(head_seq=F("head_seq") + 1)
    return append(conversation_id, *args, **kwargs)


def _accept_before_the_commit(append: Call, conversation_id: UUID, *args: Any, **kwargs: Any) -> Any:
    """And then the commit fails."""
    with transaction.atomic():
        appended = append(conversation_id, *args, **kwargs)
        if kwargs.get("cid") is not None and not appended.duplicate and appended.message.seq % OFTEN == 0:
            transaction.set_rollback(True)
    return appended


def _change_the_words(append: Call, conversation_id: UUID, sender: str, body: str, **kwargs: Any) -> Any:
    return append(conversation_id, sender, f"{body}!" if sender == Message.Sender.VISITOR else body, **kwargs)


def _lose_the_turn(enqueue: Call, message: Message) -> None:
    if message.pk % OFTEN:
        enqueue(message)


def _take_it_twice(complete: Call, lease: Any, **understood: Any) -> bool:
    """The reply is stored, and the turn is still owed: the first time."""
    if lease.attempts > 1:
        return bool(complete(lease, **understood))
    Turn.objects.filter(message=lease.message).update(leased_until=None)
    return True


def _say_nothing(_say: Call, *_args: Any) -> None:
    """The turn is done, and its reply is gone."""


def _open_no_ticket(_open: Call, conversation: Conversation, *_args: Any) -> None:
    from support import conversation as log_of

    log_of.hand_to(conversation, Conversation.Handler.WAITING)


def _open_two_tickets(open_ticket: Call, conversation: Conversation, message: Message, *args: Any) -> Any:
    """One open ticket a conversation is a rule of the database, so the other one counts as done."""
    ticket = open_ticket(conversation, message, *args)
    Ticket.objects.create(
        conversation=conversation, message=message, reason=ticket.reason, language=ticket.language, status="resolved"
    )
    return ticket


def _tell_the_wrong_one(read: Call, conversation_id: UUID, after: int, *args: Any) -> list[Message]:
    """What was said at the same place of another conversation."""
    messages: list[Message] = read(conversation_id, after, *args)
    other = Message.objects.exclude(conversation=conversation_id).filter(seq=after + 1).order_by("pk").last()
    return [other, *messages[1:]] if messages and other else messages


def _tell_backwards(read: Call, *args: Any) -> list[Message]:
    """The last is told first, once there are two to tell."""
    messages = list(reversed(read(*args)))
    return messages if len(messages) > 1 else []


def _keep_silent(read: Call, conversation_id: UUID, after: int, *args: Any) -> list[Message]:
    """Nobody hears more than the beginning."""
    return [message for message in read(conversation_id, after, *args) if message.seq <= OFTEN]


SABOTAGES: dict[str, tuple[str, str, Callable[..., Any]]] = {
    "forget the cid": ("support.conversation", "append", _forget_the_cid),
    "skip a seq": ("support.conversation", "append", _skip_a_seq),
    "accept before the commit": ("support.conversation", "append", _accept_before_the_commit),
    "change the words": ("support.conversation", "append", _change_the_words),
    "lose the turn": ("support.turn_queue", "enqueue", _lose_the_turn),
    "take it twice": ("support.turn_queue", "complete", _take_it_twice),
    "say nothing": ("support.dialogue.turn", "_say", _say_nothing),
    "open no ticket": ("support.handoff.tickets", "open_ticket", _open_no_ticket),
    "open two tickets": ("support.handoff.tickets", "open_ticket", _open_two_tickets),
    "tell the wrong one": ("support.conversation", "read", _tell_the_wrong_one),
    "tell backwards": ("support.conversation", "read", _tell_backwards),
    "keep silent": ("support.conversation", "read", _keep_silent),
}
