"""The websites that carry the widget."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from support.admin.fields import DatesField, OriginsField, TimeOfDayField, TimeZoneField
from support.models import Site

__all__ = ["SiteAdmin", "SiteForm"]


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    allowed_origins = OriginsField(
        label=_("Allowed origins"),
        help_text=_("The addresses of the pages that show the widget, one a line: https://shop.example"),
    )
    opens_at = TimeOfDayField(label=_("Opens at"))
    closes_at = TimeOfDayField(label=_("Closes at"))
    time_zone = TimeZoneField(label=_("Time zone"))
    holidays = DatesField(
        label=_("Holidays"), help_text=_("Dates on which nobody answers, one a line, as year-month-day: 2026-12-16")
    )

    class Meta:
        model = Site
        exclude: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        opens, closes = given.get("opens_at"), given.get("closes_at")
        if opens and closes and opens >= closes and given.get("week") != Site.Week.AROUND_THE_CLOCK:
            self.add_error(
                "closes_at",
                _("This is not after the opening time. For nights too, choose “Every day, around the clock”."),
            )
        return given


@admin.register(Site)
class SiteAdmin(ModelAdmin):
    form = SiteForm
    list_display = ["name_en", "name_bn", "key", "week", "opens_at", "closes_at", "time_zone"]
    search_fields = ["name_en", "name_bn", "key"]
    warn_unsaved_form = True
    fieldsets = [
        (None, {"fields": [("name_en", "name_bn"), "key", "allowed_origins"]}),
        (_("Language"), {"fields": [("default_language", "banglish_reply")]}),
        (
            _("When people answer"),
            {"fields": ["week", ("opens_at", "closes_at"), ("time_zone", "reply_minutes"), "holidays"]},
        ),
        (_("What the bot's moves cost"), {"fields": [("wrong_cost", "handover_cost")]}),
    ]
