"""The words of the widget, in both languages at once: a visitor may switch at any time."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

__all__ = ["LANGUAGES", "words"]

LANGUAGES = ("bn", "en")
# A language is called by its own name, for who reads no other.
OTHER = {"bn": "English", "en": "বাংলা"}


def words() -> dict[str, dict[str, str]]:
    """By language, then by key."""
    return {language: _words(language) for language in LANGUAGES}


def _words(language: str) -> dict[str, str]:
    with override(language):
        return {
            "greeting": _("Hello! Ask me anything, in Bengali, English or Banglish."),
            "placeholder": _("Write your message…"),
            "send": _("Send"),
            "close": _("Close chat"),
            "online": _("Answers at any hour"),
            "connecting": _("Connecting…"),
            "offline": _("No connection. What you write is kept and sent when you are back."),
            "other_language": OTHER[language],
            "starters": _("People often ask"),
            "choices": _("Choices"),
            "log": _("Conversation"),
            "you": _("You"),
            "assistant": _("Assistant"),
            "agent": _("Agent"),
            "notice": _("Notice"),
            "bot_typing": _("Looking it up…"),
            "agent_typing": _("Writing…"),
            "helped": _("This helped"),
            "not_helped": _("This did not help"),
            "not_sent": _("Not sent. Please write it again."),
            "too_long": _("Too long to send. Please say it shorter."),
            "person": _("Talk to a person"),
            "ask_person": _("I want to talk to a person"),
            "privacy": _("We keep this chat so that we can answer you."),
        }
