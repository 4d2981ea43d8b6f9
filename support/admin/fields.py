"""Form fields that say, when a value is wrong, what a right one looks like."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

__all__ = [
    "DatesField",
    "LinesField",
    "OriginsField",
    "TimeOfDayField",
    "TimeZoneField",
    "parse_date",
    "parse_origin",
]


class LinesField(forms.Field):
    """A JSON list of strings, written one a line. `parse` makes a line canonical or raises `ValidationError`."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self, parse: Callable[[str], str], *, rows: int = 4, **options: Any) -> None:
        super().__init__(required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": rows}), **options)
        self.parse = parse

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: str | None) -> list[str]:
        lines = [line.strip() for line in (value or "").splitlines()]
        return list(dict.fromkeys(self.parse(line) for line in lines if line))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "").split() != (data or "").split())


class OriginsField(LinesField):
    def __init__(self, **options: Any) -> None:
        super().__init__(parse_origin, **options)


class DatesField(LinesField):
    def __init__(self, **options: Any) -> None:
        super().__init__(parse_date, **options)


class TimeOfDayField(forms.TimeField):
    """The browser's own way to choose a time: the site's, so without admin's remarks about the reader's zone."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": " ".join(INPUT_CLASSES)})
        super().__init__(widget=widget, **options)


class TimeZoneField(forms.ChoiceField):
    """Every zone of the tz database, to be searched and not remembered."""

    def __init__(self, **options: Any) -> None:
        zones = sorted(zoneinfo.available_timezones())
        super().__init__(choices=[(zone, zone) for zone in zones], widget=UnfoldAdminSelect2Widget, **options)


def parse_origin(line: str) -> str:
    """`HTTPS://Shop.example/` → `https://shop.example`. An origin is a scheme, a host and perhaps a port."""
    if "*" in line:
        raise forms.ValidationError(
            _("%(line)s: a * is not understood. Write each address on a line of its own."), params={"line": line}
        )
    try:
        parts = urlsplit(line)
        origin = _origin(parts.scheme, parts.hostname or "", parts.port)
    except ValueError:  # no number as the port, no name as the host
        origin = ""
    if not origin:
        raise forms.ValidationError(
            _("%(line)s: begin with https:// and the site's name, for example https://shop.example."),
            params={"line": line},
        )
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username is not None:
        raise forms.ValidationError(
            _("%(line)s: leave out what comes after the site's name: %(origin)s."),
            params={"line": line, "origin": origin},
        )
    return origin


def _origin(scheme: str, host: str, port: int | None) -> str:
    """As a browser writes it in its Origin header: a name in ASCII, without the scheme's own port; "" if it is none."""
    usual = {"http": 80, "https": 443}.get(scheme)
    if usual is None or not host:
        return ""
    if ":" in host:
        host = f"[{host}]"
    elif not host.isascii():
        host = host.encode("idna").decode()
    return f"{scheme}://{host}" if port in (None, usual) else f"{scheme}://{host}:{port}"


def parse_date(line: str) -> str:
    try:
        return date.fromisoformat(line).isoformat()
    except ValueError:
        raise forms.ValidationError(
            _("%(line)s: write a date as year-month-day, for example 2026-12-16."), params={"line": line}
        ) from None
