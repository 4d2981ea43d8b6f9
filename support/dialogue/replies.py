"""What the bot says: an editor's words, or one of the fixed sentences here. In `en` or `bn`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, Text
from support.dialogue.decision import Answer, Clarify, Decision, SmallTalk, SmallTalkKind
from support.models import Message, Site

__all__ = ["Reply", "answer", "both", "can_say", "clarify", "compose", "small_talk"]

Kind = Message.Kind


@dataclass(frozen=True, slots=True)
class Reply:
    kind: Message.Kind
    body: str
    extra: dict[str, Any] = field(default_factory=dict)


def compose(decision: Decision, retriever: Retriever, speech: str, site: Site, name: str = "") -> Reply | None:
    """What a decision says to a visitor called `name`. None: silence, or an escalation, whose words are `notices`'."""
    match decision:
        case Answer(article, also=second) if second:
            return both(answer(retriever.entry(article), speech), answer(retriever.entry(second), speech))
        case Answer(article, or_else=other):
            return answer(retriever.entry(article), speech, retriever.entry(other) if other else None)
        case Clarify(articles):
            return clarify([retriever.entry(article) for article in articles], speech)
        case SmallTalk(kind):
            return small_talk(kind, speech, site, name)
        case _:
            return None


def can_say(entry: Entry) -> bool:
    """Whether the article has an answer; without one it can be found, not said."""
    return any(text.answer.strip() for text in entry.texts.values())


def answer(entry: Entry, speech: str, or_else: Entry | None = None) -> Reply:
    """The article's answer in `speech`; in its other language, saying so, where that is all there is. `or_else` is
    offered below it."""
    said_in = next(language for language in (speech, *entry.texts) if _text(entry, language).answer.strip())
    body = _text(entry, said_in).answer.strip()
    if said_in != speech:
        with override(speech):
            excuse = _("I have this in English only:") if said_in == "en" else _("I have this in Bengali only:")
        body = f"{excuse}\n\n{body}"
    extra: dict[str, Any] = {"article": entry.key}
    if or_else is not None and (offered := _options([or_else], speech)):
        with override(speech):
            body = f"{body}\n\n" + _("Or did you mean this?")
        extra["options"] = offered
    return Reply(Kind.ANSWER, body, extra)


def both(first: Reply, second: Reply) -> Reply:
    """Two answers in one message."""
    articles = [reply.extra["article"] for reply in (first, second)]
    return Reply(Kind.ANSWER, f"{first.body}\n\n{second.body}", {"article": articles[0], "articles": articles})


def clarify(entries: Sequence[Entry], speech: str) -> Reply:
    """Ask which of these is meant, or, with none, for other words."""
    options = _options(entries, speech)
    with override(speech):
        if len(options) == 1:
            return Reply(
                Kind.CLARIFY, _("Did you mean this? If not, please say it in other words."), {"options": options}
            )
        if options:
            return Reply(
                Kind.CLARIFY,
                _("Did you mean one of these? If not, please say it in other words."),
                {"options": options},
            )
        return Reply(
            Kind.CLARIFY,
            _("I am not sure that I understood. Could you please say it in other words? For a person, just say so."),
        )


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


def _options(entries: Sequence[Entry], speech: str) -> list[dict[str, str]]:
    """What the buttons are made of; an article without a question has none."""
    return [{"article": entry.key, "question": text} for entry in entries if (text := question(entry, speech))]


def _text(entry: Entry, language: str) -> Text:
    return entry.texts.get(language, Text(""))
