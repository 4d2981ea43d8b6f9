"""When people are at their desks. Pure: the moment is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from support.models import Site

__all__ = ["Opening", "opening"]

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
WORKING_DAYS = {
    Site.Week.SUNDAY_TO_THURSDAY: {SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY},
    Site.Week.SATURDAY_TO_THURSDAY: {SATURDAY, SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY},
    Site.Week.EVERY_DAY: set(range(7)),
}
LOOK_AHEAD = 60  # days; a site that is closed for longer promises no day


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether somebody is there now; if not, when (in the site's time zone; None: nobody knows)."""

    is_open: bool
    opens_at: datetime | None = None


def opening(site: Site, at: datetime) -> Opening:
    """How it stands at the moment `at` (aware). A shift that ends after midnight belongs to the day it began on."""
    if site.week == Site.Week.AROUND_THE_CLOCK:
        return Opening(is_open=True)
    local = at.astimezone(ZoneInfo(site.time_zone))
    for days in range(-1, LOOK_AHEAD):
        day = local.date() + timedelta(days=days)
        if not _works_on(site, day):
            continue
        opens, closes = _shift(site, day)
        if opens <= local < closes:
            return Opening(is_open=True)
        if local < opens:
            return Opening(is_open=False, opens_at=opens)
    return Opening(is_open=False)


def _works_on(site: Site, day: date) -> bool:
    return day.weekday() in WORKING_DAYS[Site.Week(site.week)] and day.isoformat() not in site.holidays


def _shift(site: Site, day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(site.time_zone)
    opens = datetime.combine(day, site.opens_at, zone)
    closes = datetime.combine(day, site.closes_at, zone)
    return opens, closes if closes > opens else closes + timedelta(days=1)
