"""The loader, the chat's frame, and the demo shop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from knowledge_base import live
from knowledge_base.errors import KnowledgeBaseError
from support.conversation import MAX_BODY
from support.models import Site
from support.widget.words import LANGUAGES, words

__all__ = ["demo", "frame", "home", "loader"]

STARTERS = 3
MODULES = [f"widget/{name}.js" for name in ("dom", "http", "link", "log", "outbox", "page", "store")]
MODULES += ["wire/dom.js", "wire/uuid.js"]
LOADER_SECONDS = 300  # how long browsers may keep the loader


@require_safe
def home(_request: HttpRequest) -> HttpResponse:
    return redirect("demo" if settings.DEMO else "admin:index")


@require_safe
def loader(_request: HttpRequest) -> FileResponse:
    """The script of the one tag: at a short address that never changes."""
    path = finders.find("widget/loader.js")
    if not isinstance(path, str):
        raise Http404
    response = FileResponse(open(path, "rb"), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={LOADER_SECONDS}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
@xframe_options_exempt  # who may frame it is said by frame-ancestors, site by site
def frame(request: HttpRequest, key: str) -> HttpResponse:
    site = get_object_or_404(Site, key=key)
    asked = request.GET.get("language", "")
    page = {
        "site": site.key,
        "names": {"bn": site.name_bn, "en": site.name_en},
        "language": asked if asked in LANGUAGES else site.default_language,
        "words": words(),
        "starters": {language: _starters(language) for language in LANGUAGES},
        "max_body": MAX_BODY,
    }
    response = render(request, "widget/frame.html", {"site": site, "page": page, "modules": MODULES})
    response["Content-Security-Policy"] = _policy(site, request.get_host())
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def demo(request: HttpRequest) -> HttpResponse:
    """A small shop that carries the widget, to try it on. Only where `serve --demo` runs."""
    if not settings.DEMO:
        raise Http404
    language = "en" if request.GET.get("language") == "en" else "bn"
    context: dict[str, Any] = {"language": language, "site_key": "demo"}
    return render(request, "widget/demo.html", context)


def _starters(language: str) -> list[str]:
    """Questions of the knowledge base, each of another category: the bot can certainly answer those."""
    try:
        entries = live.current().entries
    except KnowledgeBaseError:
        return []
    first: dict[str, str] = {}
    for entry in entries:
        text = entry.texts.get(language)
        if text is not None and text.answer and text.question.endswith("?"):
            first.setdefault(entry.category, text.question)
    return sorted(first.values(), key=len)[:STARTERS]


def _policy(site: Site, host: str) -> str:
    ancestors = " ".join(["'self'", *site.allowed_origins])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        f"connect-src 'self' ws://{host} wss://{host}; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
