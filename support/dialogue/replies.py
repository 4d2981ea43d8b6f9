"""What the bot says: an editor's words, or one of the fixed sentences here. In `en` or `bn`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, Text
from support.dialogue.decision import Answer, Clarify, Decision, SmallTalk, SmallTalkKind
from support.models import Message, Site

__all__ = ["Reply", "answer", "can_say", "clarify", "compose", "small_talk"]

Kind = Message.Kind


@dataclass(frozen=True, slots=True)
class Reply:
    kind: Message.Kind
    body: str
    extra: dict[str, Any] = field(default_factory=dict)


def compose(decision: Decision, retriever: Retriever, speech: str, site: Site, name: str = "") -> Reply | None:
    """What a decision says to a visitor called `name`. None: silence, or an escalation, whose words are `notices`'."""
    match decision:
        case Answer(article):
            return answer(retriever.entry(article), speech)
        case Clarify(articles):
            return clarify([retriever.entry(article) for article in articles], speech)
        case SmallTalk(kind):
            return small_talk(kind, speech, site, name)
        case _:
            return None


def can_say(entry: Entry) -> bool:
    """Whether the article has an answer; without one it can be found, not said."""
    return any(text.answer.strip() for text in entry.texts.values())


def answer(entry: Entry, speech: str) -> Reply:
    """The article's answer in `speech`; in its other language, saying so, where that is all there is."""
    said_in = next(language for language in (speech, *entry.texts) if _text(entry, language).answer.strip())
    body = _text(entry, said_in).answer.strip()
    if said_in != speech:
        with override(speech):
            excuse = _("I have this in English only:") if said_in == "en" else _("I have this in Bengali only:")
        body = f"{excuse}\n\n{body}"
    return Reply(Kind.ANSWER, body, {"article": entry.key})


def clarify(entries: list[Entry], speech: str) -> Reply:
    """Ask which of these is meant, or, with none, for other words."""
    options = [{"article": entry.key, "question": text} for entry in entries if (text := question(entry, speech))]
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
    """The article's question in `speech`, or in its other language; empty where it has phrasings alone."""
    return next((text.question for text in (_text(entry, speech), *entry.texts.values()) if text.question), "")


def _text(entry: Entry, language: str) -> Text:
    return entry.texts.get(language, Text(""))
