"""What a visitor is told about people: who comes, when, and that they came. In the visitor's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, override

from support.handoff.hours import opening
from support.models import Conversation, Language, Site, Ticket

__all__ = ["joined", "promise", "reassurance", "resolved", "spoken"]

# For each reason: to a visitor whose name is not known, and to one whose name is.
_WHY = {
    Ticket.Reason.ASKED: (
        gettext_noop("Of course. I am passing you to a person on our team."),
        gettext_noop("Of course, %(name)s. I am passing you to a person on our team."),
    ),
    Ticket.Reason.UPSET: (
        gettext_noop("I am truly sorry about this. A person on our team will look into it with you."),
        gettext_noop("%(name)s, I am truly sorry about this. A person on our team will look into it with you."),
    ),
    Ticket.Reason.NOT_FOUND: (
        gettext_noop("I could not find the answer to this, so I am passing your question to a person on our team."),
        gettext_noop(
            "%(name)s, I could not find the answer to this, so I am passing your question to a person on our team."
        ),
    ),
    Ticket.Reason.ARTICLE: (
        gettext_noop("This needs a person on our team, so I am passing you to one."),
        gettext_noop("%(name)s, this needs a person on our team, so I am passing you to one."),
    ),
    Ticket.Reason.ERROR: (
        gettext_noop("I am sorry, something went wrong on our side. A person on our team will read your message."),
        gettext_noop(
            "%(name)s, I am sorry, something went wrong on our side. A person on our team will read your message."
        ),
    ),
}
_BENGALI_DIGITS = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")
# The parts of a day as Bengali names them, each until the hour given. Said in Bengali only, so not for translation.
_PARTS_OF_DAY = ((4, "রাত"), (6, "ভোর"), (12, "সকাল"), (15, "দুপুর"), (18, "বিকেল"), (20, "সন্ধ্যা"), (24, "রাত"))


def spoken(language: str, site: Site) -> str:
    """`en` or `bn`: what to answer a message in `language` in, on this site."""
    if language == Language.BANGLISH:
        return site.banglish_reply
    if language in (Language.BENGALI, Language.MIXED):
        return Language.BENGALI
    return Language.ENGLISH if language == Language.ENGLISH else site.default_language


def promise(site: Site, reason: str, language: str, at: datetime, name: str = "") -> str:
    """What happens next and when, after an escalation for `reason` (a `Ticket.Reason`)."""
    nameless, named = _WHY[Ticket.Reason(reason)]
    speech = spoken(language, site)
    with override(speech):
        why = _(named) % {"name": name} if name else _(nameless)
        return f"{why} {_when(site, at, speech)}"


def reassurance(site: Site, language: str, at: datetime) -> str:
    """For who asks again while waiting."""
    speech = spoken(language, site)
    with override(speech):
        return _("Your conversation is already with our team.") + " " + _when(site, at, speech)


def joined(conversation: Conversation, agent: str) -> str:
    """An agent, known to visitors by that name, took the case."""
    with override(_speech(conversation)):
        return _("%(agent)s has joined and will help you from here.") % {"agent": agent}


def resolved(conversation: Conversation, agent: str) -> str:
    """The agent closed the case."""
    with override(_speech(conversation)):
        return _("%(agent)s has closed this case. If you need anything else, just write here.") % {"agent": agent}


def _speech(conversation: Conversation) -> str:
    return spoken(conversation.language, conversation.visitor.site)


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
        return _("Our office is closed at the moment. They will reply here when it opens again.")
    text = _("Our people are back %(when)s and will reply here. You can keep writing in the meantime.")
    return text % {"when": _digits(_moment(now.opens_at, at, speech), speech)}


def _moment(opens_at: datetime, at: datetime, speech: str) -> str:
    """ "today at 9 AM", "on Sunday at 9 AM", with the date where one might think of another Sunday."""
    days = (opens_at.date() - at.astimezone(opens_at.tzinfo).date()).days
    if days == 0:
        text = _("today at %(time)s")
    elif days == 1:
        text = _("tomorrow, %(day)s, at %(time)s")
    elif days < 7:
        text = _("on %(day)s at %(time)s")
    else:
        text = _("on %(day)s, %(date)s, at %(time)s")
    day, date = date_format(opens_at, "l"), date_format(opens_at, "j F")
    return text % {"day": day, "date": date, "time": _clock(opens_at, speech)}


def _clock(moment: datetime, speech: str) -> str:
    """ "9:30 AM"; in Bengali as people say it: "সকাল ৯টা ৩০ মিনিটে"."""
    hour = moment.hour % 12 or 12
    if speech != Language.BENGALI:
        minutes = f":{moment:%M}" if moment.minute else ""
        return f"{hour}{minutes} {'AM' if moment.hour < 12 else 'PM'}"
    part = next(name for until, name in _PARTS_OF_DAY if moment.hour < until)
    return f"{part} {hour}টা {moment.minute} মিনিটে" if moment.minute else f"{part} {hour}টায়"


def _digits(text: str, speech: str) -> str:
    return text.translate(_BENGALI_DIGITS) if speech == Language.BENGALI else text
