"""A turn: one reply or one ticket for each message, whoever thinks and whatever fails."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from knowledge_base import live, publishing
from knowledge_base.models import Article
from support import conversation as log
from support import turn_queue
from support.dialogue import replies, tasks, turn
from support.dialogue.thinking import Memory, Mind
from support.handoff import tickets
from support.models import Conversation, Message, Site, Ticket, Turn, Visitor
from tests.serving import eventually

VISITOR, BOT, AGENT = Message.Sender.VISITOR, Message.Sender.BOT, Message.Sender.AGENT
UNCLEAR = "who is the president of Mars"
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


def test_pieces_that_wait_are_read_together_and_answered_once(conversation: Conversation) -> None:
    for piece in ("How long does", "it take to get", "a refund?"):
        log.append(conversation.pk, VISITOR, piece)
    turn.take_turns(conversation.pk)
    assert [done.decision for done in Turn.objects.order_by("message__seq")] == ["joined", "joined", "answer"]
    assert Message.objects.get(sender=BOT).extra == {"article": "refund-time"}


def test_messages_that_are_clear_get_an_answer_each(conversation: Conversation) -> None:
    for question in ("How much is the delivery charge?", "taka ferot pabo kobe"):
        log.append(conversation.pk, VISITOR, question)
    turn.take_turns(conversation.pk)
    assert [message.extra["article"] for message in Message.objects.filter(sender=BOT)] == [
        "delivery-charge",
        "refund-time",
    ]


def test_no_piece_is_forgotten_however_many_there_are(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "MOST_PIECES", 2)
    for piece in (UNCLEAR, "and of the moon", "or of Venus", "which planet is nearest"):
        log.append(conversation.pk, VISITOR, piece)
    turn.take_turns(conversation.pk)
    decisions = [done.decision for done in Turn.objects.order_by("message__seq")]
    assert decisions == ["joined", "joined", "clarify", "escalate"]


def test_who_is_patient_answers_what_is_clear_and_leaves_the_rest_owed(conversation: Conversation) -> None:
    log.append(conversation.pk, VISITOR, "How much is the delivery charge?")
    assert not turn.take_turns(conversation.pk, patient=True)
    assert Message.objects.filter(sender=BOT, kind="answer").count() == 1
    log.append(conversation.pk, VISITOR, UNCLEAR)
    assert turn.take_turns(conversation.pk, patient=True)
    owed = Turn.objects.get(done_at=None)
    assert (owed.attempts, owed.lease) == (0, None)
    assert not turn.take_turns(conversation.pk)
    assert Message.objects.filter(sender=BOT, kind="clarify").count() == 1


def test_who_refuses_every_choice_gets_a_person(conversation: Conversation) -> None:
    options = [{"article": "opening", "question": "দোকান কখন খোলে?"}, {"article": "refund-time", "question": "Refund?"}]
    log.append(conversation.pk, BOT, "Which?", kind=Message.Kind.CLARIFY, extra={"options": options})
    (reply,) = say(conversation, "konotai na")
    assert (reply.kind, Ticket.objects.get().reason) == ("notice", "not_found")


def test_half_a_question_is_asked_back_about_what_was_asked_before(conversation: Conversation) -> None:
    say(conversation, "How much is the delivery charge?")
    (reply,) = say(conversation, "and outside the city?")
    assert reply.extra["options"][0]["article"] == "delivery-charge"


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


def test_the_bot_types_only_while_nobody_else_answers(conversation: Conversation) -> None:
    typed: list[str] = []
    for handler in ("bot", "waiting", "agent"):
        Conversation.objects.update(handler=handler)
        log.append(conversation.pk, VISITOR, "How much is the delivery charge?")
        turn.take_turns(conversation.pk, lambda handler=handler: typed.append(handler))  # type: ignore[misc]
    assert typed == ["bot"]


def test_an_article_without_an_answer_goes_to_a_person(conversation: Conversation) -> None:
    mute = Article.objects.create(key="mute")
    mute.texts.create(language="en", question="Can I pay with a cheque?")
    publishing.publish(mute)
    live.forget()
    (reply,) = say(conversation, "Can I pay with a cheque?")
    done = Turn.objects.get()
    assert (reply.kind, done.decision, done.reason) == ("notice", "escalate", "not_found")
    assert Ticket.objects.get().reason == "not_found"


def fails(*_arguments: object, **_options: object) -> NoReturn:
    raise RuntimeError("it broke")


@pytest.mark.parametrize(("target", "name"), [(Mind, "think"), (replies, "compose"), (live, "current")])
def test_whatever_fails_ends_at_a_person(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, target: object, name: str
) -> None:
    monkeypatch.setattr(target, name, fails)
    (reply,) = say(conversation, "How much is the delivery charge?")
    assert reply.body.startswith("Rahim, I am sorry, something went wrong on our side.")
    done = Turn.objects.get()
    assert (Ticket.objects.get().reason, done.decision, done.reason) == ("error", "escalate", "error")


def test_with_nothing_published_a_visitor_gets_a_person_in_their_language(conversation: Conversation) -> None:
    publishing.withdraw(*Article.objects.all())
    live.forget()
    (reply,) = say(conversation, "amar order koi, bolben please")
    assert reply.body.startswith("Rahim, দুঃখিত")
    assert Ticket.objects.get().language == "bn-Latn"


def test_while_the_database_is_away_nothing_is_said_and_the_turn_is_still_owed(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: object, **_options: object) -> NoReturn:
        raise OperationalError("the server closed the connection")

    log.append(conversation.pk, VISITOR, "How much is the delivery charge?")
    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(tickets, "open_ticket", away)
        patch.setattr(Mind, "think", fails)
        turn.take_turns(conversation.pk)
    assert Message.objects.count() == 1 and Turn.objects.get().done_at is None
    Turn.objects.update(leased_until=timezone.now())  # the lease runs out
    turn.take_turns(conversation.pk)
    assert Message.objects.get(sender=BOT).extra == {"article": "delivery-charge"}


def test_the_sweep_takes_what_nobody_takes_whatever_becomes_of_the_others(
    conversation: Conversation, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    poor = log.open_for(Visitor.objects.create(site=site))
    for owed in (poor, conversation):
        log.append(owed.pk, VISITOR, "How much is the delivery charge?")
    Message.objects.update(at=timezone.now() - timedelta(minutes=1))
    take = turn.take_turns
    monkeypatch.setattr(tasks, "take_turns", lambda owed: fails() if owed == poor.pk else take(owed))
    tasks.sweep_turns()
    assert [message.conversation_id for message in Message.objects.filter(sender=BOT)] == [conversation.pk]


def test_one_slow_conversation_does_not_keep_the_sweep_from_the_others(
    conversation: Conversation, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, released, think = threading.Event(), threading.Event(), Mind.think

    def slowly(self: Mind, text: str, memory: Memory) -> Any:
        if text == "slow":
            started.set()
            released.wait(60)
        return think(self, text, memory)

    def work() -> None:
        try:
            tasks.sweep_turns()
        finally:
            connection.close()

    monkeypatch.setattr(Mind, "think", slowly)
    slow = log.open_for(Visitor.objects.create(site=site))
    log.append(slow.pk, VISITOR, "slow")
    log.append(conversation.pk, VISITOR, "How much is the delivery charge?")
    Message.objects.update(at=timezone.now() - timedelta(minutes=1))
    held_up = threading.Thread(target=work)
    held_up.start()
    try:
        assert started.wait(20)

        def is_answered() -> bool:
            tasks.sweep_turns()
            return Message.objects.filter(sender=BOT, conversation=conversation).exists()

        assert eventually(is_answered)
        assert not Message.objects.filter(sender=BOT, conversation=slow).exists()
    finally:
        released.set()
        held_up.join()
    assert Message.objects.filter(sender=BOT).count() == 2


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
