"""The desk's two pages. They carry words and places; what is live comes over the socket."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from knowledge_base.models import ArticleText
from support.desk import queries
from support.desk.access import Viewer, viewer
from support.desk.words import words
from support.models import CannedReply, Site

__all__ = ["answer", "conversation", "inbox"]

P = ParamSpec("P")


def for_viewers(
    view: Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Give the view its viewer, or tell somebody who is none whom to ask."""

    @wraps(view)
    @require_safe
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        who = viewer(request.user)
        if who is None:
            return render(request, "desk/refused.html", _context(request, _("Desk")), status=403)
        return view(request, who, *args, **kwargs)

    return page


@for_viewers
def inbox(request: HttpRequest, who: Viewer) -> HttpResponse:
    return render(request, "desk/inbox.html", _context(request, _("Desk"), who))


@for_viewers
def conversation(request: HttpRequest, who: Viewer, ticket_id: int) -> HttpResponse:
    ticket = queries.find(ticket_id)
    if ticket is None:
        raise Http404
    canned = list(CannedReply.objects.values("title", "body_en", "body_bn"))
    name = ticket.conversation.visitor.name or _("Visitor {number}").format(number=f"#{ticket.pk}")
    return render(
        request, "desk/conversation.html", _context(request, name, who, ticket=ticket.pk, head=name, canned=canned)
    )


@for_viewers
def answer(request: HttpRequest, who: Viewer, article: str) -> HttpResponse:
    """What the bot would have said, for an agent to start from: `{"body"}` in ?language=en|bn, or in the other."""
    texts = dict(ArticleText.objects.filter(article__key=article).exclude(answer="").values_list("language", "answer"))
    if not texts:
        raise Http404
    return JsonResponse({"body": texts.get(request.GET.get("language", ""), next(iter(texts.values())))})


def _context(request: HttpRequest, title: str, who: Viewer | None = None, **page: Any) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "viewer": who,
        "desk": {
            **page,
            "language": get_language(),
            "words": words(),
            "sites": _site_names(),
            "login": reverse("admin:login"),
            "inbox": reverse("desk:inbox"),
            "answers": reverse("desk:answer", args=["KEY"]),
        },
    }


def _site_names() -> dict[str, str]:
    name = "name_bn" if get_language() == "bn" else "name_en"
    return dict(Site.objects.values_list("key", name))
