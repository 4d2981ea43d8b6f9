"""What visitors read about people: right in every language, at every hour, for every reason."""

from __future__ import annotations

import re
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from support.handoff import notices
from support.models import Conversation, Site, Ticket, Visitor

DHAKA = ZoneInfo("Asia/Dhaka")
OPEN = datetime(2026, 11, 26, 12, 0, tzinfo=DHAKA)  # a Thursday
CLOSED = datetime(2026, 11, 26, 20, 0, tzinfo=DHAKA)


def site(**values: object) -> Site:
    return Site(**{"name_en": "Shapla Store", "name_bn": "শাপলা স্টোর", "reply_minutes": 10} | values)


def test_in_opening_hours_it_says_how_long_it_takes() -> None:
    assert "within 10 minutes" in notices.promise(site(), "asked", "en", OPEN)
    assert "১০ মিনিটের মধ্যে" in notices.promise(site(), "asked", "bn", OPEN)
    assert "within 1 minute." in notices.promise(site(reply_minutes=1), "asked", "en", OPEN)


@pytest.mark.parametrize(
    ("now", "values", "english", "bengali"),
    [
        (CLOSED, {}, "on Sunday at 9 AM", "রবিবার সকাল ৯টায়"),
        (CLOSED.replace(hour=3), {}, "today at 9 AM", "আজ সকাল ৯টায়"),
        (CLOSED.replace(day=25), {}, "tomorrow, Thursday, at 9 AM", "আগামীকাল বৃহস্পতিবার সকাল ৯টায়"),
        (CLOSED, {"opens_at": time(14, 30)}, "on Sunday at 2:30 PM", "রবিবার দুপুর ২টা ৩০ মিনিটে"),
        (
            CLOSED,
            {"holidays": ["2026-11-29", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"]},
            "on Sunday, 6 December, at 9 AM",
            "৬ ডিসেম্বর, রবিবার, সকাল ৯টায়",
        ),
    ],
)
def test_outside_opening_hours_it_says_when_people_are_back(
    now: datetime, values: dict[str, object], english: str, bengali: str
) -> None:
    assert f"back {english} and" in notices.promise(site(**values), "asked", "en", now)
    assert f" {bengali} ফিরবেন" in notices.promise(site(**values), "asked", "bn", now)


@pytest.mark.parametrize(
    ("hour", "part"),
    [(0, "রাত ১২"), (4, "ভোর ৪"), (6, "সকাল ৬"), (12, "দুপুর ১২"), (15, "বিকেল ৩"), (18, "সন্ধ্যা ৬"), (20, "রাত ৮")],
)
def test_hours_have_their_bengali_part_of_the_day(hour: int, part: str) -> None:
    closed = site(week="daily", opens_at=time(hour), closes_at=time(hour, 1))
    assert f"{part}টায়" in notices.promise(closed, "asked", "bn", OPEN.replace(minute=30))


def test_every_reason_has_its_own_words() -> None:
    for language in ("en", "bn"):
        said = {notices.promise(site(), reason, language, OPEN) for reason in Ticket.Reason.values}
        assert len(said) == len(Ticket.Reason.values)


@pytest.mark.parametrize("reason", Ticket.Reason.values)
def test_a_visitor_is_called_by_name_where_it_is_known(reason: str) -> None:
    for language in ("en", "bn"):
        assert "Nadia" in notices.promise(site(), reason, language, OPEN, "Nadia")


def test_a_name_is_only_a_name() -> None:
    assert "100% %(x)s" in notices.promise(site(), "asked", "en", OPEN, "100% %(x)s")


@pytest.mark.parametrize("reason", Ticket.Reason.values)
@pytest.mark.parametrize("now", [OPEN, CLOSED])
def test_bengali_is_bengali_to_the_last_digit(reason: str, now: datetime) -> None:
    assert not re.search("[A-Za-z0-9%]", notices.promise(site(), reason, "bn", now))
    assert not re.search("[A-Za-z0-9%]", notices.reassurance(site(), "bn", now))


@pytest.mark.parametrize(
    ("language", "values", "speech"),
    [
        ("bn-Latn", {}, "bn"),
        ("bn-Latn", {"banglish_reply": "en"}, "en"),
        ("mixed", {"default_language": "en"}, "bn"),
        ("en", {}, "en"),
        ("", {"default_language": "en"}, "en"),
        ("", {}, "bn"),
    ],
)
def test_which_language_is_spoken(language: str, values: dict[str, str], speech: str) -> None:
    assert notices.spoken(language, site(**values)) == speech


def test_who_joined_and_who_closed_is_said_by_name() -> None:
    for language in ("en", "bn"):
        conversation = Conversation(visitor=Visitor(site=site()), language=language)
        assert "রহিম" in notices.joined(conversation, "রহিম")
        assert "রহিম" in notices.resolved(conversation, "রহিম")
