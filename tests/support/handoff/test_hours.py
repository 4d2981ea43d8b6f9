"""Opening hours, by table. In the week of the tests 26 November 2026 is a Thursday."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from support.handoff.hours import Opening, opening
from support.models import Site

DHAKA = ZoneInfo("Asia/Dhaka")


def at(text: str, zone: ZoneInfo = DHAKA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def site(**values: Any) -> Site:
    return Site(**{"week": "sun-thu", "opens_at": time(9), "closes_at": time(18)} | values)


@pytest.mark.parametrize(
    ("now", "values", "opens"),
    [
        ("2026-11-26 08:59", {}, "2026-11-26 09:00"),
        ("2026-11-26 09:00", {}, None),
        ("2026-11-26 17:59", {}, None),
        pytest.param("2026-11-26 18:00", {}, "2026-11-29 09:00", id="thursday evening to sunday morning"),
        ("2026-11-27 12:00", {}, "2026-11-29 09:00"),
        pytest.param("2026-11-27 12:00", {"week": "sat-thu"}, "2026-11-28 09:00", id="friday to saturday"),
        ("2026-11-27 12:00", {"week": "daily"}, None),
        ("2026-11-27 03:00", {"week": "always"}, None),
        pytest.param("2026-11-26 20:00", {"holidays": ["2026-11-29"]}, "2026-11-30 09:00", id="a holiday on sunday"),
        pytest.param("2026-12-16 12:00", {"holidays": ["2026-12-16"]}, "2026-12-17 09:00", id="a holiday now"),
        ("2026-11-27 03:00", {"week": "always", "holidays": ["2026-11-27"]}, None),
        pytest.param("2026-11-26 23:30", {"closes_at": time(1)}, None, id="a shift past midnight, before it"),
        pytest.param("2026-11-27 00:30", {"closes_at": time(1)}, None, id="the same shift, after midnight"),
        pytest.param("2026-11-27 01:00", {"closes_at": time(1)}, "2026-11-29 09:00", id="its end"),
        pytest.param("2026-11-29 00:30", {"closes_at": time(1)}, "2026-11-29 09:00", id="no shift began on saturday"),
        pytest.param("2026-11-26 03:00", {"opens_at": time(0), "closes_at": time(0)}, None, id="a day that never ends"),
    ],
)
def test_opening(now: str, values: dict[str, Any], opens: str | None) -> None:
    expected = Opening(is_open=True) if opens is None else Opening(is_open=False, opens_at=at(opens))
    assert opening(site(**values), at(now)) == expected


def test_the_hours_are_those_of_the_site_whatever_zone_the_moment_is_told_in() -> None:
    utc = ZoneInfo("UTC")
    assert opening(site(), at("2026-11-26 03:00", utc)).is_open  # 9 in Dhaka
    assert not opening(site(), at("2026-11-26 12:00", utc)).is_open  # 18 in Dhaka


def test_a_shift_keeps_its_hours_when_the_clocks_change() -> None:
    new_york = ZoneInfo("America/New_York")  # back an hour on 1 November 2026, a Sunday
    american = site(time_zone="America/New_York", week="daily")
    assert opening(american, at("2026-10-31 20:00", new_york)).opens_at == at("2026-11-01 09:00", new_york)


def test_a_site_that_stays_closed_promises_no_day() -> None:
    every_day = [f"2026-{month:02}-{day:02}" for month in (11, 12) for day in range(1, 32)]
    every_day += [f"2027-{month:02}-{day:02}" for month in (1, 2) for day in range(1, 32)]
    assert opening(site(holidays=every_day), at("2026-11-26 12:00")) == Opening(is_open=False)
