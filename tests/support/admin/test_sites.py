"""What an administrator may write about a site, and what a mistake is answered with."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.forms import model_to_dict

from support.admin.fields import parse_date, parse_origin
from support.admin.sites import SiteForm
from support.models import Site

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "line, origin",
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://ঢাকা.বাংলা:8443", f"https://{'ঢাকা.বাংলা'.encode('idna').decode()}:8443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(line: str, origin: str) -> None:
    assert parse_origin(line) == origin


@pytest.mark.parametrize(
    "line, advice",
    [
        ("shop.example", "begin with https://"),
        ("ftp://shop.example", "begin with https://"),
        ("https://", "begin with https://"),
        ("https://shop.example:banana", "begin with https://"),
        ("https://ঢাকা..বাংলা", "begin with https://"),
        ("https://[::1", "begin with https://"),
        ("https://*.shop.example", "line of its own"),
        ("https://shop.example/basket?x=1", "leave out what comes after the site's name: https://shop.example."),
        ("https://me@shop.example", "leave out"),
        ("null", "begin with https://"),
    ],
)
def test_a_wrong_origin_is_answered_with_what_to_do(line: str, advice: str) -> None:
    with pytest.raises(ValidationError) as caught:
        parse_origin(line)
    assert advice in "".join(caught.value.messages)


def test_dates_are_year_month_day() -> None:
    assert parse_date("2026-12-16") == "2026-12-16"
    for wrong in ("16/12/2026", "2026-02-30", "Eid"):
        with pytest.raises(ValidationError, match="year-month-day"):
            parse_date(wrong)


def form(**changed: Any) -> SiteForm:
    data = model_to_dict(Site(key="shop", name_en="Shop", name_bn="দোকান")) | {"allowed_origins": "", "holidays": ""}
    return SiteForm(data | changed)


def test_lists_are_written_one_a_line_and_each_once() -> None:
    filled = form(allowed_origins="https://a.example\n\n https://b.example/ \nhttps://a.example", holidays="2026-12-16")
    assert filled.is_valid(), filled.errors
    site = filled.save()
    assert site.allowed_origins == ["https://a.example", "https://b.example"]
    assert site.holidays == ["2026-12-16"]
    again = SiteForm(instance=site)
    assert again["allowed_origins"].value() == "https://a.example\nhttps://b.example"


@pytest.mark.parametrize(
    "changed, field",
    [
        ({"opens_at": "18:00", "closes_at": "09:00"}, "closes_at"),
        ({"wrong_cost": 101}, "wrong_cost"),
        ({"handover_cost": 0.5}, "handover_cost"),
        ({"time_zone": "Dhaka"}, "time_zone"),
        ({"allowed_origins": "shop"}, "allowed_origins"),
        ({"holidays": "Eid"}, "holidays"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(changed: dict[str, Any], field: str) -> None:
    assert list(form(**changed).errors) == [field]


def test_around_the_clock_needs_no_sensible_hours() -> None:
    assert form(week="always", opens_at="18:00", closes_at="09:00").is_valid()
