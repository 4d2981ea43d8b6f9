"""The editor's pages: articles with both languages and all phrasings on one page, and a place to try a question."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from knowledge_base import live, publishing
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.forms import TextFormSet, TryForm
from knowledge_base.models import WRITTEN_LANGUAGES, Article, ArticleText, GoldenQuestion, IndexVersion, Phrasing

__all__ = ["ArticleAdmin", "GoldenQuestionAdmin", "IndexVersionAdmin"]


class TextInline(StackedInline):
    model = ArticleText
    formset = TextFormSet
    max_num = len(WRITTEN_LANGUAGES)
    extra = 0
    min_num = 1
    tab = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """A new article offers both languages."""
        formset = super().get_formset(request, obj, **kwargs)
        formset.extra = 0 if obj else len(WRITTEN_LANGUAGES) - 1
        return formset


class PhrasingInline(TabularInline):
    model = Phrasing
    extra = 1


@admin.register(Article)
class ArticleAdmin(ModelAdmin):
    list_display = ["title", "category", "status_label", "languages", "needs_human", "updated_at"]
    list_filter = ["status", "category", "needs_human"]
    search_fields = ["key", "texts__question", "texts__answer", "phrasings__text"]
    inlines = [TextInline, PhrasingInline]
    actions = ["publish", "withdraw"]
    list_before_template = "knowledge_base/try_link.html"
    warn_unsaved_form = True
    fieldsets = [(None, {"fields": [("key", "category"), ("status", "needs_human")]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        articles: QuerySet[Article] = super().get_queryset(request)
        return articles.prefetch_related("texts")

    @admin.display(description=gettext_lazy("article"), ordering="key")
    def title(self, article: Article) -> str:
        """Its question in the reader's language, or in the one it has."""
        questions = {text.language: text.question for text in article.texts.all()}
        return questions.get(_reader()) or next(iter(questions.values()), article.key)

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_label(self, article: Article) -> str:
        return article.get_status_display()

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, article: Article) -> str:
        """Those it can be said in; one that lacks is a hole that visitors fall into."""
        answered = {text.language for text in article.texts.all() if text.answer}
        return " ".join(str(name) if code in answered else "–" for code, name in WRITTEN_LANGUAGES)

    @admin.action(description=gettext_lazy("Publish"))
    def publish(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        silent = [str(article) for article in articles if not any(text.answer for text in article.texts.all())]
        if silent:
            keys = ", ".join(silent)
            messages.error(request, _("Not published, for lack of an answer: %(keys)s.") % {"keys": keys})
        count = Article.objects.filter(pk__in=articles.values("pk")).exclude(key__in=silent).update(status="published")
        self._reindex(request)
        messages.success(
            request, ngettext("%(n)s article published.", "%(n)s articles published.", count) % {"n": count}
        )

    @admin.action(description=gettext_lazy("Withdraw"))
    def withdraw(self, request: HttpRequest, articles: QuerySet[Article]) -> None:
        count = articles.update(status=Article.Status.DRAFT)
        self._reindex(request)
        messages.success(
            request, ngettext("%(n)s article withdrawn.", "%(n)s articles withdrawn.", count) % {"n": count}
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        was_published = change and form.initial.get("status") == Article.Status.PUBLISHED
        if was_published or form.instance.status == Article.Status.PUBLISHED:
            transaction.on_commit(lambda: self._reindex(request))

    def delete_model(self, request: HttpRequest, obj: Article) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(lambda: self._reindex(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        super().delete_queryset(request, queryset)
        transaction.on_commit(lambda: self._reindex(request))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.try_view)
        return [path("try/", page, name="knowledge_base_article_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What would be found for a question, and how sure the search is."""
        form = TryForm(request.GET or None)
        context = {**self.admin_site.each_context(request), "title": _("Try a question"), "form": form}
        if form.is_valid():
            try:
                retriever = live.current()
            except KnowledgeBaseError:
                context["missing"] = True
            else:
                ranking = retriever.search(form.cleaned_data["question"])
                context["ranking"] = ranking
                pks = dict(Article.objects.values_list("key", "pk"))
                context["candidates"] = [
                    (found, pks.get(found.article), _question(retriever.entry(found.article).texts))
                    for found in ranking.candidates
                ]
        return TemplateResponse(request, "knowledge_base/try.html", context)

    def _reindex(self, request: HttpRequest) -> None:
        """What was saved stays saved; if the index cannot be built, the editor is told what visitors still get."""
        try:
            publishing.reindex()
        except (KnowledgeBaseError, OSError) as error:
            messages.error(
                request,
                _("Saved, but the index could not be built (%(error)s): visitors still get the version before.")
                % {"error": error},
            )


@admin.register(GoldenQuestion)
class GoldenQuestionAdmin(ModelAdmin):
    list_display = ["text", "language", "article"]
    list_filter = ["language"]
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


def _reader() -> str:
    return "bn" if (get_language() or "").startswith("bn") else "en"


def _question(texts: Any) -> str:
    ordered = [texts[language] for language in (_reader(), "bn", "en") if language in texts]
    return next((text.question for text in ordered if text.question), "")
