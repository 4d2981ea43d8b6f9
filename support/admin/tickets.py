"""Every ticket there was, to search and filter. A row opens the desk, where tickets are worked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.views import ChangeList

from support.admin.readonly import ReadOnlyAdmin
from support.models import Ticket

__all__ = ["TicketAdmin"]

STATUS_COLOURS = {"open": "danger", "assigned": "warning", "claimed": "info", "resolved": "success"}


class TicketList(ChangeList):
    def url_for_result(self, result: Ticket) -> str:
        return reverse("desk:conversation", args=[result.pk])


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "visitor", "why", "language", "state", "agent_name", "opened_at", "resolved_at"]
    list_filter = ["status", "reason", "language", "agent", "conversation__visitor__site", "opened_at"]
    list_select_related = ["conversation__visitor", "agent__agent"]
    search_fields = ["conversation__visitor__name", "message__body"]
    date_hierarchy = "opened_at"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TicketList

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("desk:conversation", object_id)

    @display(description=_("visitor"))
    def visitor(self, ticket: Ticket) -> str:
        return str(ticket.conversation.visitor)

    @display(description=_("reason"), ordering="reason")
    def why(self, ticket: Ticket) -> str:
        return ticket.get_reason_display()

    @display(description=_("status"), ordering="status", label=STATUS_COLOURS)
    def state(self, ticket: Ticket) -> tuple[str, str]:
        return ticket.status, ticket.get_status_display()

    @display(description=_("agent"), ordering="agent")
    def agent_name(self, ticket: Ticket) -> str:
        return str(getattr(ticket.agent, "agent", ticket.agent or ""))
