"""A turn: one reply or one ticket for each message, whoever thinks and whatever fails."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections

from support import conversation as log
from support import turn_queue
from support.dialogue import turn
from support.dialogue.thinking import Memory, Mind
from support.models import Conversation, Message, Site, Ticket, Turn

VISITOR, BOT, AGENT = Message.Sender.VISITOR, Message.Sender.BOT, Message.Sender.AGENT
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("knowledge")]


def say(conversation: Conversation, body: str) -> list[Message]:
    """What the bot says to it."""
    seq = log.append(conversation.pk, VISITOR, body).message.seq
    turn.take_turns(conversation.pk)
    return [message for message in log.read(conversation.pk, seq) if message.sender == BOT]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is the delivery charge?", "Delivery costs 60 taka inside Dhaka."),
        ("ডেলিভারি চার্জ কত?", "ঢাকার ভেতরে ডেলিভারি চার্জ ৬০ টাকা।"),
        ("taka ferot pabo kobe", "টাকা ফেরত পেতে ৭ কর্মদিবস লাগে।"),
    ],
)
def test_a_question_gets_its_answer_in_its_language(conversation: Conversation, question: str, answer: str) -> None:
    (reply,) = say(conversation, question)
    assert (reply.kind, reply.body) == ("answer", answer)
    done = Turn.objects.get()
    assert done.decision == "answer" and done.done_at and done.sentiment and done.candidates


def test_banglish_is_answered_in_english_where_the_site_says_so(conversation: Conversation, site: Site) -> None:
    Site.objects.update(banglish_reply="en")
    (reply,) = say(conversation, "taka ferot pabo kobe")
    assert reply.body == "A refund takes 7 working days."


def test_a_person_who_is_asked_for_is_a_ticket_and_told(conversation: Conversation) -> None:
    (reply,) = say(conversation, "manusher sathe kotha bolte chai")
    ticket = Ticket.objects.get()
    assert (ticket.reason, ticket.language, reply.kind) == ("asked", "bn-Latn", "notice")
    conversation.refresh_from_db()
    assert conversation.handler == "waiting"


def test_who_asks_again_is_reassured_and_gets_no_second_ticket(conversation: Conversation) -> None:
    say(conversation, "I want to talk to a human")
    (reply,) = say(conversation, "human please!")
    assert reply.kind == "notice" and Ticket.objects.count() == 1
    (answer,) = say(conversation, "How much is the delivery charge?")
    assert answer.kind == "answer"
    assert say(conversation, "qwerty asdf zxcv") == []


def test_two_misses_go_to_a_person(conversation: Conversation) -> None:
    (first,) = say(conversation, "who is the president of Mars")
    assert first.kind == "clarify" and not Ticket.objects.exists()
    say(conversation, "tell me about quantum bananas please")
    assert Ticket.objects.get().reason == "not_found"


def test_a_choice_is_answered_by_its_words_or_its_number(conversation: Conversation) -> None:
    options = [{"article": "opening", "question": "দোকান কখন খোলে?"}, {"article": "refund-time", "question": "Refund?"}]
    for choice, answer in (("দোকান কখন খোলে?", "সকাল ৯টায়।"), ("২", "টাকা ফেরত পেতে ৭ কর্মদিবস লাগে।")):
        Ticket.objects.all().delete()
        Conversation.objects.update(handler="bot", language="bn")
        log.append(conversation.pk, BOT, "Which?", kind=Message.Kind.CLARIFY, extra={"options": options})
        assert say(conversation, choice)[0].body == answer


def test_an_article_that_needs_a_person_answers_and_calls_one(conversation: Conversation) -> None:
    answer, promise = say(conversation, "দোকান কখন খোলে?")
    assert (answer.kind, promise.kind) == ("answer", "notice")
    assert Ticket.objects.get().reason == "article"


def test_an_agent_who_took_over_while_the_bot_thought_is_not_talked_over(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    think = Mind.think

    def slowly(self: Mind, text: str, memory: Memory) -> Any:
        Conversation.objects.update(handler="agent")
        return think(self, text, memory)

    monkeypatch.setattr(Mind, "think", slowly)
    assert say(conversation, "How much is the delivery charge?") == []
    done = Turn.objects.get()
    assert (done.decision, done.language) == ("silent", "en") and done.candidates


def test_a_failure_ends_at_a_person(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: object) -> None:
        raise RuntimeError("the model broke")

    monkeypatch.setattr(Mind, "think", fails)
    (reply,) = say(conversation, "How much is the delivery charge?")
    assert reply.kind == "notice"
    assert (Ticket.objects.get().reason, Turn.objects.get().decision) == ("error", "escalate")


def test_a_message_that_kills_its_readers_goes_to_a_person_unread(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append(conversation.pk, VISITOR, "poison")
    Turn.objects.update(attempts=turn_queue.MAX_ATTEMPTS)
    monkeypatch.setattr(Mind, "think", lambda *_: pytest.fail("it was read again"))
    turn.take_turns(conversation.pk)
    assert Ticket.objects.get().reason == "error"


def test_many_thinkers_make_one_reply_each_in_order(conversation: Conversation) -> None:
    questions = ["How much is the delivery charge?", "taka ferot pabo kobe", "What do you charge for shipping?"]
    for question in questions:
        log.append(conversation.pk, VISITOR, question)

    def think() -> None:
        try:
            turn.take_turns(conversation.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=think) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turn.take_turns(conversation.pk)
    replies = [message.extra.get("article") for message in log.read(conversation.pk, 0) if message.sender == BOT]
    assert replies == ["delivery-charge", "refund-time", "delivery-charge"]
    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, 7))
    connections["default"].close()


def test_who_lost_the_lease_says_nothing(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    think = Mind.think

    def overtaken(self: Mind, text: str, memory: Memory) -> Any:
        Turn.objects.update(lease=None, leased_until=None)
        return think(self, text, memory)

    monkeypatch.setattr(Mind, "think", overtaken)
    log.append(conversation.pk, VISITOR, "How much is the delivery charge?")
    lease = turn_queue.claim(conversation.pk)
    assert lease is not None
    turn._take(lease)
    assert not Message.objects.filter(sender=BOT).exists()
    assert Turn.objects.get().done_at is None


def test_a_short_message_is_read_with_the_one_before(conversation: Conversation) -> None:
    mind = turn.mind()
    alone = mind.think("ar dhakar baire?", Memory())
    after = mind.think("ar dhakar baire?", Memory(earlier=("delivery charge koto?",)))
    assert after.ranking.candidates[0].article == "delivery-charge"
    assert after.evidence.options[0].confidence >= alone.evidence.options[0].confidence / 2
