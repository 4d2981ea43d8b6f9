"""The editor's pages."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from django.contrib import admin, messages
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.decorators import display

from knowledge_base import publishing, trying
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.forms import ArticleForm, GoldenQuestionForm
from knowledge_base.models import WRITTEN_LANGUAGES, Article, ArticleText, GoldenQuestion, IndexVersion, Phrasing

__all__ = ["ArticleAdmin", "GoldenQuestionAdmin", "IndexVersionAdmin"]

log = structlog.get_logger(__name__)


class Searching(ModelAdmin):
    """Keyboards write য় in two ways, and the tables keep one."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        return super().get_search_results(request, queryset, unicodedata.normalize("NFC", search_term))


class GoldenQuestionInline(TabularInline):
    model = GoldenQuestion
    form = GoldenQuestionForm
    fields = ["text", "language"]
    extra = 0
    hide_title = True
    tab = True


class TextInline(StackedInline):
    """For those who may only look: the form's boxes are for editing."""

    model = ArticleText


class PhrasingInline(TabularInline):
    model = Phrasing
    hide_title = True


@admin.register(Article)
class ArticleAdmin(Searching):
    form = ArticleForm
    list_display = ["title", "category", "status_label", "remarks", "updated_on"]
    list_filter = ["status", "category", "needs_human"]
    search_fields = ["key", "texts__question", "texts__answer", "phrasings__text"]
    actions = ["publish", "withdraw"]
    list_before_template = "knowledge_base/try_link.html"
    warn_unsaved_form = True
    compressed_fields = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        articles: QuerySet[Article] = super().get_queryset(request)
        return articles.prefetch_related("texts")

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        facts = (None, {"fields": [("key", "category"), ("status", "needs_human")]})
        if not self._may_edit(request, obj):
            return [facts]
        texts = {"fields": [("question_en", "question_bn"), ("answer_en", "answer_bn")]}
        phrasings = {
            "fields": [("phrasings_en", "phrasings_bn", "phrasings_banglish")],
            "description": _("One a line. The more ways there are, the better visitors are understood."),
        }
        return [(_("Question and answer"), texts), (_("Other ways in which people ask"), phrasings), facts]

    def get_inlines(self, request: HttpRequest, obj: Article | None = None) -> Any:
        return [GoldenQuestionInline] if self._may_edit(request, obj) else [TextInline, PhrasingInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Article | None = None) -> list[str]:
        """Conversations remember articles by their key."""
        return ["key"] if obj else []

    @display(description=gettext_lazy("article"), ordering="key")
    def title(self, article: Article) -> str:
        return trying.question_for({text.language: text.question for text in article.texts.all()}) or article.key

    @display(description=gettext_lazy("status"), ordering="status", label={"published": "success", "draft": "warning"})
    def status_label(self, article: Article) -> tuple[str, str]:
        return article.status, article.get_status_display()

    @display(description=gettext_lazy("remarks"), label="warning")
    def remarks(self, article: Article) -> list[str]:
        """A language without an answer is a hole that visitors fall into."""
        answered = {text.language for text in article.texts.all() if text.answer}
        missing = [
            _("no answer in %(language)s") % {"language": name}
            for code, name in WRITTEN_LANGUAGES
            if code not in answered
        ]
        return missing + ([_("needs a person")] if article.needs_human else [])

    @display(description=gettext_lazy("updated"), ordering="updated_at")
    def updated_on(self, article: Article) -> str:
        return date_format(localtime(article.updated_at), "DATE_FORMAT")

    @admin.action(description=gettext_lazy("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        said = [article for article in articles if any(text.answer for text in article.texts.all())]
        if silent := [str(article) for article in articles if article not in said]:
            keys = ", ".join(silent)
            messages.error(request, _("Not published, for lack of an answer: %(keys)s.") % {"keys": keys})
        if said and self._build(request, partial(publishing.publish, *said)):
            count = len(said)
            messages.success(
                request, ngettext("%(n)s article published.", "%(n)s articles published.", count) % {"n": count}
            )

    @admin.action(description=gettext_lazy("Withdraw"), permissions=["change"])
    def withdraw(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        chosen = list(articles)
        if self._build(request, partial(publishing.withdraw, *chosen)):
            count = len(chosen)
            messages.success(
                request, ngettext("%(n)s article withdrawn.", "%(n)s articles withdrawn.", count) % {"n": count}
            )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        was_published = form.initial.get("status") == Article.Status.PUBLISHED
        if was_published or form.instance.status == Article.Status.PUBLISHED:
            transaction.on_commit(partial(self._build, request, publishing.reindex))

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(partial(self._build, request, publishing.reindex))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(partial(self._build, request, publishing.reindex))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(partial(trying.page, self))
        return [path("try/", page, name="knowledge_base_article_try"), *super().get_urls()]

    def _may_edit(self, request: HttpRequest, obj: Article | None) -> bool:
        return bool(self.has_change_permission(request, obj) if obj else self.has_add_permission(request))

    def _build(self, request: HttpRequest, build: Callable[[], object]) -> bool:
        """What was saved stays saved; if the index cannot be built, the editor is told what visitors still get."""
        try:
            build()
        except (KnowledgeBaseError, DatabaseError, OSError) as error:
            log.exception("the index could not be built")
            messages.error(
                request,
                _(
                    "Saved, but visitors still get the version before: the index could not be built (%(error)s). It "
                    "is tried again when any article is saved."
                )
                % {"error": error},
            )
            return False
        return True


@admin.register(GoldenQuestion)
class GoldenQuestionAdmin(Searching):
    form = GoldenQuestionForm
    list_display = ["text", "language", "article"]
    list_filter = ["language"]
    list_select_related = ["article"]
    search_fields = ["text", "article__key"]
    autocomplete_fields = ["article"]


@admin.register(IndexVersion)
class IndexVersionAdmin(ModelAdmin):
    list_display = ["number", "articles", "passages", "encoder", "built_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
