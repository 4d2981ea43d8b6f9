"""Every page of admin opens, in both languages, and what was said cannot be changed there."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from support import conversation as log
from support.models import Agent, CannedReply, Conversation, Feedback, Message, Site, Ticket, Turn, Visitor
from tests.support.desk.conftest import Waits, karim, rahima, site, waits

__all__ = ["karim", "rahima", "site", "waits"]
pytestmark = pytest.mark.django_db
READ_ONLY = (Visitor, Conversation, Message, Turn, Feedback, Ticket)


@pytest.fixture
def everything(rahima: User, waits: Waits) -> Ticket:
    ticket = waits("টাকা ফেরত পাইনি", status="claimed", agent=rahima)
    said = log.append(ticket.conversation_id, Message.Sender.AGENT, "দেখছি", author=rahima).message
    Feedback.objects.create(message=said, value=-1)
    Turn.objects.update(language="bn", sentiment="negative", upset=0.7, confidence=0.3, article="refund")
    CannedReply.objects.create(title="Hello", body_en="Hello!", body_bn="শুভেচ্ছা!")
    return ticket


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize("model", [*READ_ONLY, Site, Agent, CannedReply, User, Group])
def test_lists_and_forms_open(admin_client: Client, everything: Ticket, model: type[Model], language: str) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    headers = {"accept-language": language}
    assert admin_client.get(reverse(f"{name}_changelist"), headers=headers).status_code == 200
    row = model._default_manager.first()
    assert row is not None
    form = admin_client.get(reverse(f"{name}_change", args=[row.pk]), headers=headers)
    assert form.status_code == (302 if model is Ticket else 200)
    if model not in READ_ONLY:
        assert admin_client.get(reverse(f"{name}_add"), headers=headers).status_code == 200


@pytest.mark.parametrize("model", READ_ONLY)
def test_what_was_said_can_only_be_read(admin_client: Client, everything: Ticket, model: type[Model]) -> None:
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert admin_client.get(reverse(f"{name}_add")).status_code == 403
    assert admin_client.post(reverse(f"{name}_delete", args=[_pk(model)])).status_code == 403
    assert not admin.site._registry[model].get_actions(admin_client.get("/admin/").wsgi_request)


def test_the_history_shows_language_and_sentiment(admin_client: Client, everything: Ticket) -> None:
    page = admin_client.get(
        reverse("admin:support_conversation_change", args=[everything.conversation_id])
    ).content.decode()
    for words in ("টাকা ফেরত পাইনি", "Bengali", "negative", "70%", "refund", "Rahima", "did not help"):
        assert words in page
    assert "(&#x27;" not in page  # a pair that was meant as a label


def test_a_row_of_tickets_opens_the_desk(admin_client: Client, everything: Ticket) -> None:
    page = admin_client.get(reverse("admin:support_ticket_changelist")).content.decode()
    assert f'href="/admin/desk/{everything.pk}/' in page


def test_whoever_is_made_an_agent_may_sign_in(admin_client: Client) -> None:
    user = User.objects.create_user("salma", password="open sesame")
    given = {"user": user.pk, "display_name": "Salma", "languages": ["bn", "bn-Latn"], "max_tickets": 3}
    assert admin_client.post(reverse("admin:support_agent_add"), given).status_code == 302
    client = Client()
    assert client.login(username="salma", password="open sesame")
    assert client.get("/admin/desk/").status_code == 200
    assert admin_client.post(reverse("admin:support_agent_delete", args=[user.pk]), {"post": "yes"}).status_code == 302
    assert client.get("/admin/desk/").status_code == 302  # to the login page


def test_a_canned_reply_needs_words(admin_client: Client) -> None:
    page = admin_client.post(reverse("admin:support_cannedreply_add"), {"title": "Empty"}).content.decode()
    assert "Write the reply in English, in Bengali, or in both." in page
    assert not CannedReply.objects.exists()


def _pk(model: type[Model]) -> object:
    row = model._default_manager.first()
    assert row is not None
    return row.pk
