"""The bot, asked from the terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from knowledge_base import live, publishing
from knowledge_base.models import Article
from support.models import Message, Site

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("knowledge")]


def ask(question: str, **options: object) -> str:
    out = StringIO()
    call_command("ask", question, stdout=out, **options)
    return out.getvalue()


def test_it_prints_the_decision_the_answer_and_the_scores(site: Site) -> None:
    printed = ask("ডেলিভারি চার্জ কত?")
    assert "decision   answer, from delivery-charge" in printed
    assert "ঢাকার ভেতরে ডেলিভারি চার্জ ৬০ টাকা।" in printed
    assert all(name in printed for name in ("confidence", "fused", "dense", "lexical", "refund-time"))
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("question", "decision", "said"),
    [
        ("I want to talk to a human", "escalate, because asked", "They usually reply here within 10 minutes."),
        ("দোকান কখন খোলে?", "answer, from opening, then a person", "সকাল ৯টায়।"),
        ("who is the president of Mars", "clarify", "other words"),
        ("thank you so much", "smalltalk, thanks", "You are welcome!"),
    ],
)
def test_it_says_what_a_visitor_would_hear(site: Site, question: str, decision: str, said: str) -> None:
    printed = ask(question)
    assert decision in printed and said in printed


def test_the_language_so_far_counts(site: Site) -> None:
    assert "language   bn-Latn" in ask("ok", language="bn-Latn")


def test_it_needs_no_site_and_names_the_ones_there_are(site: Site) -> None:
    with pytest.raises(CommandError, match="There are: shop"):
        ask("hello", site="none-such")
    Site.objects.all().delete()
    assert "answer, from delivery-charge" in ask("How much is the delivery charge?")


def test_with_nothing_published_it_says_what_to_do() -> None:
    publishing.withdraw(*Article.objects.all())
    live.forget()
    with pytest.raises(CommandError, match="Publish articles first"):
        ask("hello")
