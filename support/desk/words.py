"""The words that the desk's scripts put on the page, in the reader's language. `{name}` is filled in by the script."""

from __future__ import annotations

from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from support.models import Language, Ticket, Turn

__all__ = ["words"]


def words() -> dict[str, Any]:
    return {
        "languages": _choices(Language.choices),
        "statuses": _choices(Ticket.Status.choices),
        "sentiments": _choices(Turn.Sentiment.choices),
        "reasons": _choices(Ticket.Reason.choices),
        "decisions": {
            "answer": _("The bot answered"),
            "clarify": _("The bot asked back"),
            "smalltalk": _("Small talk"),
            "escalate": _("The bot called a person"),
            "joined": _("Read with the next message"),
            "silent": _("The bot kept silent"),
        },
        "sections": {
            "assigned": _("Assigned to you"),
            "mine": _("Your conversations"),
            "open": _("Waiting for anyone"),
            "others": _("With your colleagues"),
            "resolved": _("Resolved"),
        },
        "senders": {"bot": _("Bot"), "agent": _("Agent"), "system": _("Notice"), "visitor": _("Visitor")},
        "errors": {
            "claimed": _("{by} has this conversation already."),
            "not_yours": _("Claim the conversation before you reply."),
            "not_agent": _("Only agents can do this. Ask an administrator to make you one."),
            "resolved": _("This ticket is resolved already."),
            "not_found": _("This ticket is gone."),
            "body": _("This message is empty or too long."),
            "conflict": _("This message was sent before with other words."),
            "internal": _("That did not work. Try again in a moment."),
        },
        "just_now": _("just now"),
        "waiting_count": _("Waiting for a person: {count}"),
        "connecting": _("Connecting…"),
        "offline": _("No connection. What you write is kept and sent when it is back."),
        "signed_out": _("You are signed out."),
        "sign_in": _("Sign in"),
        "live": _("Live"),
        "here": _("Available"),
        "away": _("Away"),
        "empty_title": _("Nobody is waiting"),
        "empty_text": _("New conversations appear here by themselves."),
        "unread": _("Awaits your reply"),
        "upset": _("Upset"),
        "you": _("You"),
        "assigned_to": _("assigned to {name}"),
        "with": _("with {name}"),
        "claim": _("Claim"),
        "claim_from": _("Take over from {name}"),
        "claim_hint": _("Claim it and the bot is silent: the visitor is told that you have joined."),
        "held_by": _("{name} has this conversation. You can read along."),
        "watching": _("You are watching. To take conversations, be made an agent."),
        "resolved_by": _("{name} resolved this. The bot has the conversation again."),
        "resolved_note": _("This is resolved. The bot has the conversation again."),
        "next": _("Next: {name}"),
        "back": _("Back to the inbox"),
        "resolve": _("Resolve"),
        "draft_left": _("There is an unsent reply. Send or clear it before you resolve."),
        "send": _("Send"),
        "reply": pgettext("write to a visitor", "Reply to {name} in {language}"),
        "sending": _("Sending…"),
        "canned": _("Canned replies"),
        "canned_filter": _("Search the canned replies"),
        "canned_none": _("No canned reply fits."),
        "typing": _("{name} is typing…"),
        "why": _("Why it is here"),
        "found": _("What the bot found"),
        "found_nothing": _("Nothing in the knowledge base comes near."),
        "thinking": _("The bot is reading it…"),
        "use_answer": _("Write this answer"),
        "language": _("Language"),
        "opened": _("Opened"),
        "visitor": _("Visitor {number}"),
        "handled_by": _("Handled by"),
        "nobody": _("nobody yet"),
        "site": _("Site"),
        "confidence": _("{percent} sure"),
        "characters_left": _("{count} characters left"),
    }


def _choices(choices: list[tuple[str, Any]]) -> dict[str, str]:
    return {value: capfirst(str(label)) for value, label in choices}
