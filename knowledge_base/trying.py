"""The page on which editors try a question: what would be found for it, and how sure the search is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from knowledge_base import live
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.forms import TryForm
from knowledge_base.models import Article
from knowledge_base.retriever import Retriever

__all__ = ["page", "question_for"]

BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate, as the page shows it."""

    pk: int | None  # None: deleted since the index was built
    question: str
    percent: int  # of certainty that it answers the question
    said: str  # the same, in the reader's digits
    passage: str
    needs_human: bool


def page(admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    if not admin.has_view_permission(request):
        raise PermissionDenied
    form = TryForm(request.GET or None)
    context = {**admin.admin_site.each_context(request), "title": _("Try a question"), "opts": Article._meta}
    context |= {"form": form, "can_keep": request.user.has_perm("knowledge_base.add_goldenquestion")}
    if form.is_valid():
        question = form.cleaned_data["question"]
        try:
            context |= {"asked": question} | _search(live.current(), question)
        except KnowledgeBaseError:
            context["missing"] = True
    return TemplateResponse(request, "knowledge_base/try.html", context)


def question_for(texts: Mapping[str, str]) -> str:
    """Of an article's questions by language, the one in the reader's; else one that there is."""
    reader = "bn" if (get_language() or "").startswith("bn") else "en"
    return next((texts[language] for language in (reader, "bn", "en") if texts.get(language)), "")


def _search(retriever: Retriever, question: str) -> dict[str, object]:
    ranking = retriever.search(question)
    keys = dict(Article.objects.values_list("key", "pk"))
    found = []
    for candidate in ranking.candidates:
        entry = retriever.entry(candidate.article)
        found.append(
            Found(
                keys.get(candidate.article),
                question_for({language: text.question for language, text in entry.texts.items()}),
                round(candidate.confidence * 100),
                _percent(candidate.confidence),
                candidate.passage.text,
                entry.needs_human,
            )
        )
    return {"found": found, "in_scope": _percent(ranking.in_scope)}


def _percent(share: float) -> str:
    percent = f"{share:.0%}"
    return percent.translate(BENGALI_DIGITS) if (get_language() or "").startswith("bn") else percent
