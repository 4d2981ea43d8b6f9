"""The log: gapless, idempotent, in one order."""

import uuid

import pytest

from support import conversation as log
from support import turn_queue
from support.errors import Conflict, NotFound, TooLong
from support.models import Conversation, Message, Site, Turn, Visitor

pytestmark = pytest.mark.django_db
VISITOR, BOT = Message.Sender.VISITOR, Message.Sender.BOT


@pytest.fixture
def visitor() -> Visitor:
    return Visitor.objects.create(site=Site.objects.create(key="shop", name_en="Shop", name_bn="দোকান"))


@pytest.fixture
def conversation(visitor: Visitor) -> Conversation:
    return log.open_for(visitor)


def test_messages_count_from_one_without_gaps(conversation: Conversation) -> None:
    seqs = [log.append(conversation.pk, VISITOR, f"message {n}").message.seq for n in range(5)]
    assert seqs == [1, 2, 3, 4, 5]


def test_the_same_cid_is_the_same_message_with_one_turn(conversation: Conversation) -> None:
    cid = uuid.uuid4()
    first = log.append(conversation.pk, VISITOR, "ডেলিভারি কবে?", cid=cid)
    again = log.append(conversation.pk, VISITOR, "ডেলিভারি কবে?", cid=cid)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert first.message.pk == again.message.pk
    assert Turn.objects.count() == Message.objects.count() == 1


def test_the_same_cid_with_another_body_is_a_conflict(conversation: Conversation) -> None:
    cid = uuid.uuid4()
    log.append(conversation.pk, VISITOR, "one", cid=cid)
    with pytest.raises(Conflict):
        log.append(conversation.pk, VISITOR, "two", cid=cid)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("body", ["", "  \n", "\x00", "x" * (log.MAX_BODY + 1)])
def test_a_body_must_hold_something_and_fit(conversation: Conversation, body: str) -> None:
    with pytest.raises(TooLong):
        log.append(conversation.pk, VISITOR, body)


def test_somebody_elses_conversation_is_not_found(visitor: Visitor, conversation: Conversation) -> None:
    stranger = Visitor.objects.create(site=visitor.site)
    with pytest.raises(NotFound):
        log.open_for(stranger, conversation.pk)


def test_only_what_the_bot_or_an_agent_said_can_be_rated(conversation: Conversation) -> None:
    mine = log.append(conversation.pk, VISITOR, "hello").message
    reply = log.append(conversation.pk, BOT, "Hello!").message
    log.give_feedback(conversation.pk, reply.pk, 1)
    log.give_feedback(conversation.pk, reply.pk, -1)
    assert reply.feedback.value == -1
    with pytest.raises(NotFound):
        log.give_feedback(conversation.pk, mine.pk, 1)


def test_turns_are_leased_one_at_a_time_in_order(conversation: Conversation) -> None:
    first, second = (log.append(conversation.pk, VISITOR, body).message for body in ("one", "two"))
    lease = turn_queue.claim(conversation.pk)
    assert lease is not None and lease.message == first
    assert turn_queue.claim(conversation.pk) is None
    assert turn_queue.complete(lease)
    following = turn_queue.claim(conversation.pk)
    assert following is not None and following.message == second


def test_a_lost_turn_is_found_and_its_first_holder_cannot_finish_it(conversation: Conversation) -> None:
    message = log.append(conversation.pk, VISITOR, "one").message
    dead = turn_queue.claim(conversation.pk)
    assert dead is not None
    later = message.at + 1.5 * turn_queue.LEASE
    assert turn_queue.lost(message.at) == []
    assert turn_queue.lost(later) == [conversation.pk]
    Turn.objects.update(leased_until=message.at)
    alive = turn_queue.claim(conversation.pk)
    assert alive is not None and alive.attempts == 2
    assert not turn_queue.complete(dead)
    assert turn_queue.complete(alive)
    assert turn_queue.lost(later) == []
