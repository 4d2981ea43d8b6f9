"""What a visitor is told about people: who comes, when, and that they came. In the visitor's language."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from support.handoff.hours import opening
from support.models import Conversation, Language, Site, Ticket

__all__ = ["joined", "promise", "reassurance", "resolved", "spoken"]

_BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


def spoken(language: str, site: Site) -> str:
    """`en` or `bn`: what to answer a message in `language` in, on this site."""
    if language == Language.BANGLISH:
        return site.banglish_reply
    if language in (Language.BENGALI, Language.MIXED):
        return Language.BENGALI
    return Language.ENGLISH if language == Language.ENGLISH else site.default_language


def promise(site: Site, reason: str, language: str, at: datetime, name: str = "") -> str:
    """What happens next and when, after an escalation for `reason` (`Ticket.Reason`)."""
    speech = spoken(language, site)
    with override(speech):
        return " ".join(part for part in (_why(reason, name), _when(site, at, speech)) if part)


def reassurance(site: Site, language: str, at: datetime) -> str:
    """For who asks again while waiting."""
    speech = spoken(language, site)
    with override(speech):
        return _("Your conversation is already with our team.") + " " + _when(site, at, speech)


def joined(conversation: Conversation, agent: str) -> str:
    with override(_speech(conversation)):
        return _("%(agent)s is here now and will help you.") % {"agent": agent}


def resolved(conversation: Conversation, agent: str) -> str:
    with override(_speech(conversation)):
        return _("%(agent)s has closed this case. If you need anything else, just write here.") % {"agent": agent}


def _speech(conversation: Conversation) -> str:
    return spoken(conversation.language, conversation.visitor.site)


def _why(reason: str, name: str) -> str:
    with_name = {"name": name}
    if reason == Ticket.Reason.UPSET:
        if name:
            return _("I am sorry for this trouble, %(name)s. I am passing you to a person right away.") % with_name
        return _("I am sorry for this trouble. I am passing you to a person right away.")
    if reason == Ticket.Reason.NOT_FOUND:
        return _("I do not have the answer to this. I am passing your question to a person on our team.")
    if reason == Ticket.Reason.ARTICLE:
        return _("A person on our team will take this up with you.")
    if reason == Ticket.Reason.ERROR:
        return _("Something went wrong on our side, I am sorry. I am passing your message to a person on our team.")
    if name:
        return _("Of course, %(name)s. I am passing you to a person on our team.") % with_name
    return _("Of course. I am passing you to a person on our team.")


def _when(site: Site, at: datetime, speech: str) -> str:
    now = opening(site, at)
    if now.is_open:
        minutes = site.reply_minutes
        text = ngettext(
            "They usually reply here within %(minutes)s minute.",
            "They usually reply here within %(minutes)s minutes.",
            minutes,
        )
        return _digits(text % {"minutes": minutes}, speech)
    if now.opens_at is None:
        return _("Our office is closed at the moment; they will reply here as soon as it opens.")
    when = _moment(now.opens_at, at, speech)
    return _("Our office is closed now and opens %(when)s. They will reply here then; you can keep writing.") % {
        "when": when
    }


def _moment(opens_at: datetime, at: datetime, speech: str) -> str:
    """ "today at 9 in the morning", "on Sunday at 9 in the morning", with the date where a week could be doubted."""
    days = (opens_at.date() - at.astimezone(ZoneInfo(str(opens_at.tzinfo))).date()).days
    text = {0: _("today at %(time)s"), 1: _("tomorrow, %(day)s, at %(time)s")}.get(
        days, _("on %(day)s at %(time)s") if days < 7 else _("on %(day)s, %(date)s, at %(time)s")
    )
    weekdays = [
        _("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday")
    ]  # fmt: skip
    date = opens_at.strftime("%d/%m/%Y")
    return _digits(text % {"day": weekdays[opens_at.weekday()], "time": _clock(opens_at, speech), "date": date}, speech)


def _clock(moment: datetime, speech: str) -> str:
    """ "9:30 AM"; in Bengali with the part of the day, as people say it: "সকাল ৯:৩০টায়"."""
    hour = moment.hour % 12 or 12
    clock = f"{hour}:{moment:%M}" if moment.minute else str(hour)
    if speech != Language.BENGALI:
        return f"{clock} {'AM' if moment.hour < 12 else 'PM'}"
    # Said in Bengali only, so these are not for translation.
    parts = ((4, "রাত"), (6, "ভোর"), (12, "সকাল"), (15, "দুপুর"), (18, "বিকেল"), (20, "সন্ধ্যা"), (24, "রাত"))
    part = next(name for until, name in parts if moment.hour < until)
    return f"{part} {clock}টায়"


def _digits(text: str, speech: str) -> str:
    return text.translate(_BENGALI_DIGITS) if speech == Language.BENGALI else text
