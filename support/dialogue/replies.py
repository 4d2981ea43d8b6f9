"""What the bot says: an editor's words, or one of the fixed sentences here. In `en` or `bn`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from knowledge_base.types import Entry, Text
from support.dialogue.decision import SmallTalkKind
from support.models import Message, Site

__all__ = ["Reply", "answer", "clarify", "small_talk"]

Kind = Message.Kind


@dataclass(frozen=True, slots=True)
class Reply:
    kind: Message.Kind
    body: str
    extra: dict[str, Any] = field(default_factory=dict)


def answer(entry: Entry, speech: str) -> Reply | None:
    """The article's answer in `speech`; in its other language, saying so, where that is all there is. None: it has
    no answer at all."""
    said_in = next((language for language in (speech, "bn", "en") if _text(entry, language).answer.strip()), None)
    if said_in is None:
        return None
    body = _text(entry, said_in).answer.strip()
    if said_in != speech:
        with override(speech):
            excuse = _("I have this in English only:") if said_in == "en" else _("I have this in Bengali only:")
        body = f"{excuse}\n\n{body}"
    return Reply(Kind.ANSWER, body, {"article": entry.key})


def clarify(entries: list[Entry], speech: str) -> Reply:
    """Ask which of these is meant, or, with none, for other words."""
    options = [{"article": entry.key, "question": question(entry, speech)} for entry in entries]
    with override(speech):
        if options:
            return Reply(
                Kind.CLARIFY,
                _("Did you mean one of these? If not, please say it in other words."),
                {"options": options},
            )
        return Reply(Kind.CLARIFY, _("I am not sure that I understood. Could you please say it in other words?"))


def small_talk(kind: SmallTalkKind, speech: str, site: Site, name: str) -> Reply:
    shop = site.name_bn if speech == "bn" else site.name_en
    with override(speech):
        if kind == "greeting" and name:
            body = _("Hello %(name)s! This is the %(shop)s assistant. How can I help you?") % {
                "name": name,
                "shop": shop,
            }
        elif kind == "greeting":
            body = _("Hello! This is the %(shop)s assistant. How can I help you?") % {"shop": shop}
        elif kind == "thanks":
            body = _("You are welcome! Is there anything else I can help with?")
        elif kind == "goodbye":
            body = _("Goodbye, and take care. Write here whenever you need us.")
        else:
            body = _(
                "I am the automatic assistant of %(shop)s, not a person. I answer from what our team has written; if "
                "you want a person, just say so."
            ) % {"shop": shop}
    return Reply(Kind.SMALLTALK, body)


def question(entry: Entry, speech: str) -> str:
    """The article's question in `speech`, or in its other language."""
    return next(text.question for text in (_text(entry, speech), *entry.texts.values()) if text.question)


def _text(entry: Entry, language: str) -> Text:
    return entry.texts.get(language, Text(""))
