"""What the desk reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from knowledge_base.models import Article, ArticleText
from support import conversation as log
from support.desk import queries
from support.models import Message, Site, Ticket, Turn
from tests.support.desk.conftest import Waits

pytestmark = pytest.mark.django_db
VISITOR, AGENT = Message.Sender.VISITOR, Message.Sender.AGENT


def test_each_agent_sees_a_ticket_where_it_belongs_for_them(rahima: User, karim: User, waits: Waits) -> None:
    waits(name="a")
    waits(name="b", status="assigned", agent=rahima)
    waits(name="c", status="claimed", agent=rahima, claimed_at=timezone.now())
    waits(name="d", status="resolved", agent=rahima, resolved_at=timezone.now())
    mine = {row.visitor: (row.section, row.agent) for row in queries.inbox(rahima).tickets}
    his = {row.visitor: row.section for row in queries.inbox(karim).tickets}
    assert mine == {
        "a": ("open", None),
        "b": ("assigned", "Rahima"),
        "c": ("mine", "Rahima"),
        "d": ("resolved", "Rahima"),
    }
    assert his == {"a": "open", "b": "others", "c": "others", "d": "resolved"}


def test_who_waits_longest_comes_first(rahima: User, waits: Waits) -> None:
    for name, minutes in (("new", 1), ("old", 60), ("middle", 10)):
        ticket = waits(name=name)
        Ticket.objects.filter(pk=ticket.pk).update(opened_at=timezone.now() - timedelta(minutes=minutes))
    assert [row.visitor for row in queries.inbox(rahima).tickets] == ["old", "middle", "new"]


def test_first_words_are_those_since_the_last_ticket(rahima: User, waits: Waits) -> None:
    old = waits("ডেলিভারি কবে পাব?", "একজন মানুষ দিন")
    assert queries.inbox(rahima).tickets[0].words == "ডেলিভারি কবে পাব?"
    Ticket.objects.filter(pk=old.pk).update(status="resolved", resolved_at=timezone.now())
    log.append(old.conversation_id, VISITOR, "Refund ta koi?")
    message = log.append(old.conversation_id, VISITOR, "agent").message
    Ticket.objects.create(conversation=old.conversation, message=message, reason="asked", language="bn-Latn")
    assert [row.words for row in queries.inbox(rahima).tickets] == ["Refund ta koi?", "ডেলিভারি কবে পাব?"]


def test_a_conversation_whose_visitor_spoke_last_awaits_a_reply(rahima: User, waits: Waits) -> None:
    ticket = waits(status="claimed", agent=rahima)
    assert queries.inbox(rahima).tickets[0].unanswered
    log.append(ticket.conversation_id, AGENT, "আমি রহিমা, বলুন", author=rahima)
    assert not queries.inbox(rahima).tickets[0].unanswered


def test_an_upset_word_after_the_escalation_marks_the_ticket(rahima: User, waits: Waits) -> None:
    ticket = waits()
    assert not queries.inbox(rahima).tickets[0].upset
    message = log.append(ticket.conversation_id, VISITOR, "eta ki tamasha?").message
    Turn.objects.filter(message=message).update(upset=0.9)
    assert queries.inbox(rahima).tickets[0].upset


def test_the_inbox_costs_two_queries_however_full(
    rahima: User, waits: Waits, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        waits()
    with django_assert_num_queries(2):
        assert len(queries.inbox(rahima).tickets) == 5


def test_candidates_carry_their_question_in_the_visitors_language(waits: Waits) -> None:
    article = Article.objects.create(key="delivery", status="published")
    ArticleText.objects.create(article=article, language="en", question="How much is delivery?")
    ArticleText.objects.create(article=article, language="bn", question="ডেলিভারি চার্জ কত?")
    ticket = waits("delivery charge koto")
    found = [{"article": "delivery", "confidence": 0.81}, {"article": "gone", "confidence": 0.1}]
    turns = Turn.objects.filter(message=ticket.message)
    turns.update(language="bn-Latn", decision="answer", candidates=found)
    assert queries.understood(ticket.conversation_id, 0, 1) == []  # not done yet
    turns.update(done_at=timezone.now())
    (frame,) = queries.understood(ticket.conversation_id, 0, 1)
    assert [(c.question, c.confidence) for c in frame.candidates] == [("ডেলিভারি চার্জ কত?", 0.81), ("gone", 0.1)]


@pytest.mark.parametrize(
    "wrote, banglish_reply, reply_in",
    [("en", "bn", "en"), ("bn", "en", "bn"), ("bn-Latn", "bn", "bn"), ("bn-Latn", "en", "en"), ("mixed", "en", "bn")],
)
def test_the_language_to_reply_in(
    rahima: User, site: Site, waits: Waits, wrote: str, banglish_reply: str, reply_in: str
) -> None:
    Site.objects.update(banglish_reply=banglish_reply)
    ticket = queries.find(waits(language=wrote).pk)
    assert ticket is not None
    assert queries.ticket_state(ticket, rahima).reply_in == reply_in
