"""The editor's pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import DatabaseError
from django.test import Client

from knowledge_base import importing, live, publishing
from knowledge_base.editors import make_group
from knowledge_base.errors import EncoderError
from knowledge_base.models import Article, GoldenQuestion, IndexVersion
from knowledge_base.types import Text
from tests.knowledge_base.conftest import ENTRIES

pytestmark = pytest.mark.django_db(transaction=True)
BASE = "/admin/knowledge_base/"
LIST, TRY = f"{BASE}article/", f"{BASE}article/try/"
NEW = {
    "category": "orders",
    "status": "published",
    "question_en": "Do you wrap gifts?",
    "question_bn": "গিফট র‍্যাপ করা যায়?",
    "answer_bn": "হ্যাঁ, ৫০ টাকায়।",
    "phrasings_banglish": "gift wrap kora jay\r\n\r\nupohar muriye den",
}


@pytest.fixture
def editor(index_dir: Path) -> Client:
    """Someone of the group that migrations make, and no more."""
    make_group(apps.get_app_config("knowledge_base"))  # a flushed test database has lost it
    user = User.objects.create_user("editor", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def reader(index_dir: Path) -> Client:
    """Someone who may look at articles and their words, and no more."""
    user = User.objects.create_user("reader", password="x", is_staff=True)
    seen = ("view_article", "view_articletext", "view_phrasing")
    user.user_permissions.set(Permission.objects.filter(codename__in=seen))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def published(index_dir: Path) -> None:
    importing.save(ENTRIES, publish=True)
    publishing.reindex()


def form(article: dict[str, str], *golden: dict[str, str]) -> dict[str, Any]:
    prefix = "golden_questions"
    data: dict[str, Any] = dict(article)
    data |= {f"{prefix}-TOTAL_FORMS": len(golden), f"{prefix}-INITIAL_FORMS": 0}
    return data | {f"{prefix}-{at}-{name}": value for at, row in enumerate(golden) for name, value in row.items()}


def page_of(article: str) -> str:
    return f"{LIST}{Article.objects.get(key=article).pk}/change/"


def data_of(client: Client, article: str) -> dict[str, Any]:
    """What a browser would send if nothing were changed on the article's page."""
    filled = client.get(page_of(article)).context["adminform"].form
    values = {name: filled.get_initial_for_field(field, name) for name, field in filled.fields.items()}
    return form(
        {name: str(value).replace("\n", "\r\n") for name, value in values.items() if value not in (None, False)}
    )


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_saving_a_published_article_makes_it_findable(editor: Client) -> None:
    golden = {"text": "gift wrap ache?", "language": "bn-Latn"}
    assert editor.post(f"{LIST}add/", form(NEW, golden)).status_code == 302
    [entry] = publishing.entries()
    assert entry.key == "do-you-wrap-gifts"  # made of the question
    assert entry.texts["en"] == Text("Do you wrap gifts?", "")
    assert entry.phrasings == {"bn-Latn": ("gift wrap kora jay", "upohar muriye den")}
    assert GoldenQuestion.objects.get().article == Article.objects.get()
    assert live.current().search("gift wrap kora jay?").candidates[0].article == entry.key


def test_a_change_is_indexed_and_the_key_stays(editor: Client, published: None) -> None:
    data = data_of(editor, "opening") | {
        "key": "other",
        "question_en": "When do you open?",
        "phrasings_en": "Open now?",
    }
    assert editor.post(page_of("opening"), data).status_code == 302
    opening = live.current().entry("opening")
    assert opening.texts["en"].question == "When do you open?" and opening.phrasings == {"en": ("Open now?",)}
    assert opening.texts["bn"].answer == "সকাল ৯টায়।"


def test_saving_what_is_shown_changes_nothing(editor: Client, published: None) -> None:
    Article.objects.get(key="opening").texts.update(answer="সকাল ৯টায়।\n\nশুক্রবার বন্ধ।")
    before = publishing.entries()
    assert editor.post(page_of("opening"), data_of(editor, "opening")).status_code == 302
    assert publishing.entries() == before
    assert LogEntry.objects.get().get_change_message() == "No fields changed."


def test_a_draft_is_not_indexed_until_it_is_published(editor: Client) -> None:
    assert editor.post(f"{LIST}add/", form(NEW | {"status": "draft"})).status_code == 302
    assert not IndexVersion.objects.exists()
    assert editor.post(page_of("do-you-wrap-gifts"), data_of(editor, "do-you-wrap-gifts") | {"status": "published"})
    assert live.current().entry("do-you-wrap-gifts")


def test_an_article_set_to_draft_is_not_found_any_more(editor: Client, published: None) -> None:
    editor.post(page_of("opening"), data_of(editor, "opening") | {"status": "draft"})
    assert "opening" not in {entry.key for entry in live.current().entries}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer_bn": ""}, "needs an answer in at least one language"),
        ({"question_en": "", "question_bn": "", "answer_bn": ""}, "in at least one language"),
        ({"question_en": " "}, "Write a short name of Latin letters"),
        ({"question_bn": ""}, "Write the question that this answer belongs to"),
        ({"question_bn": "ক" * 301}, "at most 300 characters"),
        ({"answer_bn": "ক" * 4001}, "at most 4000 characters"),
        ({"phrasings_en": "ok\n" + "x" * 301}, "longer than 300 characters"),
        ({"key": "not a key"}, "valid “slug”"),
        ({"key": "opening"}, "already exists"),
    ],
)
def test_what_cannot_be_saved_is_said_at_its_place(editor: Client, change: dict[str, str], message: str) -> None:
    importing.save(ENTRIES, publish=False)
    response = editor.post(f"{LIST}add/", form(NEW | change))
    assert response.status_code == 200
    assert message in " ".join(error for errors in response.context["errors"] for error in errors)
    assert Article.objects.count() == len(ENTRIES)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), EncoderError("no model"), DatabaseError("x")]
)
def test_a_failed_build_loses_nothing_and_is_said(
    error: Exception, editor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(publishing, "build", fail)
    response = editor.post(f"{LIST}add/", form(NEW), follow=True)
    assert any(str(error) in message and "version before" in message for message in said(response))
    assert publishing.entries()[0].texts["bn"].answer == NEW["answer_bn"]
    chosen = {"action": "withdraw", "_selected_action": [Article.objects.get().pk]}
    assert not any("withdrawn" in message for message in said(editor.post(LIST, chosen, follow=True)))


def test_articles_are_published_and_withdrawn_from_the_list(editor: Client) -> None:
    importing.save(ENTRIES, publish=False)
    Article.objects.create(key="silent")
    chosen = list(Article.objects.values_list("pk", flat=True))
    first, second = said(editor.post(LIST, {"action": "publish", "_selected_action": chosen}, follow=True))
    assert "silent" in first and second == "3 articles published."
    assert {entry.key for entry in live.current().entries} == {entry.key for entry in ENTRIES}
    opening = Article.objects.get(key="opening").pk
    editor.post(LIST, {"action": "withdraw", "_selected_action": [opening]})
    live.forget()
    assert "opening" not in {entry.key for entry in live.current().entries}


@pytest.mark.parametrize("way", ["page", "list"])
def test_a_deleted_article_is_not_found(way: str, editor: Client, published: None) -> None:
    opening = Article.objects.get(key="opening").pk
    if way == "page":
        editor.post(f"{LIST}{opening}/delete/", {"post": "yes"})
    else:
        editor.post(LIST, {"action": "delete_selected", "_selected_action": [opening], "post": "yes"})
    assert {entry.key for entry in live.current().entries} == {"refund-time", "delivery-charge"}


@pytest.mark.parametrize(
    ("language", "title", "remark"),
    [("en", "How much is the delivery charge?", "no answer in English"), ("bn", "ডেলিভারি চার্জ কত?", "ইংরেজি উত্তর নেই")],
)
def test_the_list_speaks_the_editors_language(
    editor: Client, published: None, language: str, title: str, remark: str
) -> None:
    page = editor.get(LIST, headers={"accept-language": language}).content.decode()
    assert title in page
    assert page.count(remark) == 1  # of the one that has none


@pytest.mark.parametrize("saved", ["সম\u09df", "সম\u09af\u09bc"])
@pytest.mark.parametrize("typed", ["সম\u09df", "সম\u09af\u09bc"])
def test_a_letter_that_keyboards_write_in_two_ways_is_found(editor: Client, saved: str, typed: str) -> None:
    editor.post(f"{LIST}add/", form(NEW | {"question_bn": f"ডেলিভারির {saved} কত?"}))
    found = editor.get(LIST, {"q": typed}).context["cl"].queryset
    assert [article.key for article in found] == ["do-you-wrap-gifts"]


def test_a_question_can_be_tried(editor: Client) -> None:
    assert "publish an article first" in editor.get(TRY, {"question": "taka ferot"}).content.decode()
    importing.save(ENTRIES, publish=True)
    publishing.reindex()
    live.forget()
    response = editor.get(TRY, {"question": "taka ferot pabo <b>kobe"})
    found = response.context["found"]
    assert found[0].question == "How long does a refund take?"
    assert [article.percent for article in found] == sorted((article.percent for article in found), reverse=True)
    page = response.content.decode()
    assert f"width: {found[0].percent}%" in page and "<b>kobe" not in page


def test_a_tried_question_can_be_kept_as_a_golden_one(editor: Client, published: None) -> None:
    page = editor.get(TRY, {"question": "taka ferot & kobe"}).content.decode()
    link = page.split(f'href="{BASE}goldenquestion/add/')[1].split('"')[0].replace("&amp;", "&")
    initial = editor.get(f"{BASE}goldenquestion/add/{link}").context["adminform"].form.initial
    assert initial == {"text": "taka ferot & kobe", "article": str(Article.objects.get(key="refund-time").pk)}


def test_bengali_editors_read_bengali_digits(editor: Client, published: None) -> None:
    page = editor.get(TRY, {"question": "taka ferot"}, headers={"accept-language": "bn"}).content.decode()
    assert "০%" in page or "১%" in page


def test_an_editor_edits_the_knowledge_base_and_nothing_else(editor: Client, published: None) -> None:
    for page in ("support/site/", "auth/user/", "knowledge_base/indexversion/add/", "knowledge_base/passage/"):
        assert editor.get(f"/admin/{page}").status_code in (403, 404)
    assert editor.get(f"{BASE}indexversion/").status_code == 200
    assert editor.post(f"{BASE}indexversion/1/delete/", {"post": "yes"}).status_code == 403
    assert editor.post(f"{BASE}indexversion/1/change/", {"digest": "x"}).status_code == 403


def test_a_reader_reads_and_changes_nothing(reader: Client, published: None) -> None:
    page = reader.get(page_of("refund-time")).content.decode()
    assert "A refund takes 7 working days." in page and "taka ferot pabo kobe" in page
    chosen = {"action": "withdraw", "_selected_action": [Article.objects.get(key="opening").pk]}
    reader.post(LIST, chosen)
    assert reader.post(page_of("opening"), form(NEW)).status_code == 403
    assert Article.objects.filter(status="published").count() == len(ENTRIES)
    assert "golden" not in reader.get(TRY, {"question": "taka ferot"}).content.decode().split("kb-try")[1]


def test_who_may_not_see_articles_may_not_try_them(published: None) -> None:
    stranger = Client()
    stranger.force_login(User.objects.create_user("stranger", password="x", is_staff=True))
    assert stranger.get(TRY, {"question": "taka"}).status_code == 403
    assert Client().get(TRY, {"question": "taka"}).status_code == 302


def test_an_administrator_s_change_to_the_group_survives_a_migration() -> None:
    make_group(apps.get_app_config("knowledge_base"))
    group = Group.objects.get(name="Editors")
    group.permissions.remove(Permission.objects.get(codename="delete_article"))
    make_group(apps.get_app_config("knowledge_base"))
    assert not group.permissions.filter(codename="delete_article").exists()
    assert group.permissions.filter(codename="change_article").exists()
