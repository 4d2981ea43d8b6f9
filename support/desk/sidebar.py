"""The sidebar of the whole admin, for each reader what they may open. Named in settings.UNFOLD."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from support.desk import queries
from support.desk.access import viewer

__all__ = ["navigation", "waiting"]

BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    desk = {
        "title": _("Desk"),
        "icon": "inbox",
        "link": reverse("desk:inbox"),
        "badge": "support.desk.sidebar.waiting",
        "permission": lambda request: viewer(request.user) is not None,
    }
    return [
        {"items": [desk]},
        {
            "title": _("Knowledge base"),
            "separator": True,
            "items": [
                *_page(request, _("Articles"), "article", "knowledge_base.article"),
                *_page(request, _("Golden questions"), "checklist", "knowledge_base.goldenquestion"),
                *_page(request, _("Index versions"), "database", "knowledge_base.indexversion"),
            ],
        },
        {
            "title": _("Support"),
            "separator": True,
            "items": [
                *_page(request, _("Conversations"), "forum", "support.conversation"),
                *_page(request, _("Tickets"), "confirmation_number", "support.ticket"),
                *_page(request, _("Visitors"), "group", "support.visitor"),
                *_page(request, _("Feedback"), "thumbs_up_down", "support.feedback"),
                *_page(request, _("What was understood"), "psychology", "support.turn"),
                *_page(request, _("Canned replies"), "quickreply", "support.cannedreply"),
            ],
        },
        {
            "title": _("Administration"),
            "separator": True,
            "items": [
                *_page(request, _("Sites"), "public", "support.site"),
                *_page(request, _("Agents"), "support_agent", "support.agent"),
                *_page(request, _("Users"), "person", "auth.user"),
                *_page(request, _("Groups"), "shield_person", "auth.group"),
            ],
        },
    ]


def waiting(_request: HttpRequest) -> str:
    """The badge: how many wait for a person. The desk's script keeps it; a style hides it while it is empty."""
    count = str(queries.waiting_count() or "")
    return format_html(
        "<span data-desk-waiting>{}</span>", count.translate(BENGALI_DIGITS if get_language() == "bn" else {})
    )


def _page(request: HttpRequest, title: Any, icon: str, model: str) -> list[dict[str, Any]]:
    """The link to a model's list; none where the reader may not see it or the model has no pages."""
    app, name = model.split(".")
    if not request.user.has_perm(f"{app}.view_{name}"):
        return []
    try:
        return [{"title": title, "icon": icon, "link": reverse(f"admin:{app}_{name}_changelist")}]
    except NoReverseMatch:
        return []
