"""The editor's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from knowledge_base import importing, live, publishing, versions
from knowledge_base.models import Article, IndexVersion
from tests.knowledge_base.conftest import ENTRIES

pytestmark = pytest.mark.django_db(transaction=True)
LIST, TRY = "/admin/knowledge_base/article/", "/admin/knowledge_base/article/try/"


@pytest.fixture
def editor(index_dir: Path) -> Client:
    """Someone of the group that migrations make, and no more."""
    from django.apps import apps

    from knowledge_base.editors import make_group

    make_group(apps.get_app_config("knowledge_base"))  # a flushed test database has lost it
    user = User.objects.create_user("editor", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client = Client()
    client.force_login(user)
    return client


def form(article: dict[str, str], texts: list[dict[str, str]]) -> dict[str, Any]:
    data: dict[str, Any] = dict(article)
    for prefix, rows in (("texts", texts), ("phrasings", [])):
        data |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": 0, f"{prefix}-MIN_NUM_FORMS": 0}
        data |= {f"{prefix}-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()}
    return data


NEW = {"key": "gift-wrap", "category": "orders", "status": "published"}
TEXT = {"language": "bn", "question": "গিফট র‍্যাপ করা যায়?", "answer": "হ্যাঁ, ৫০ টাকায়।"}


def test_saving_a_published_article_makes_it_findable(editor: Client) -> None:
    response = editor.post(f"{LIST}add/", form(NEW, [TEXT]))
    assert response.status_code == 302
    live.forget()
    assert live.current().search("gift wrap kora jay?").candidates[0].article == "gift-wrap"


def test_a_draft_is_not_indexed(editor: Client) -> None:
    assert editor.post(f"{LIST}add/", form(NEW | {"status": "draft"}, [TEXT])).status_code == 302
    assert not IndexVersion.objects.exists()


def test_a_published_article_has_something_to_say(editor: Client) -> None:
    response = editor.post(f"{LIST}add/", form(NEW, [TEXT | {"answer": ""}]))
    assert "needs a question and an answer" in response.content.decode()
    assert not Article.objects.exists()


def test_a_failed_build_loses_nothing_and_is_said(editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "write", full)
    response = editor.post(f"{LIST}add/", form(NEW, [TEXT]), follow=True)
    assert "No space left on device" in response.content.decode()
    assert Article.objects.get().texts.count() == 1


def test_withdrawing_takes_an_article_out_of_the_index(editor: Client) -> None:
    importing.save(ENTRIES, publish=True)
    publishing.reindex()
    chosen = Article.objects.get(key="opening").pk
    editor.post(LIST, {"action": "withdraw", "_selected_action": [chosen]})
    live.forget()
    assert "opening" not in {entry.key for entry in live.current().entries}


@pytest.mark.parametrize(("language", "title"), [("en", "How much is the delivery charge?"), ("bn", "ডেলিভারি চার্জ কত?")])
def test_the_list_speaks_the_editors_language(editor: Client, language: str, title: str) -> None:
    importing.save(ENTRIES, publish=True)
    page = editor.get(LIST, headers={"accept-language": language}).content.decode()
    assert title in page
    assert editor.get(LIST, {"q": "ডেলিভারি"}).content.decode().count("delivery") > 0


def test_a_question_can_be_tried(editor: Client) -> None:
    assert "publish an article first" in editor.get(TRY, {"question": "taka ferot"}).content.decode()
    importing.save(ENTRIES, publish=True)
    publishing.reindex()
    live.forget()
    page = editor.get(TRY, {"question": "taka ferot pabo <b>kobe"}).content.decode()
    assert page.index("refund") and "<meter" in page and "<b>kobe" not in page


def test_an_editor_edits_the_knowledge_base_and_nothing_else(editor: Client) -> None:
    assert editor.get("/admin/support/site/").status_code == 403
    assert editor.get("/admin/auth/user/").status_code == 403
    assert editor.get("/admin/knowledge_base/indexversion/add/").status_code == 403
