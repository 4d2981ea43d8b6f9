"""Visitors and what was said, with what the bot understood of it. To read only."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from support.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from support.models import Conversation, Feedback, Message, Turn, Visitor

__all__ = ["ConversationAdmin", "FeedbackAdmin", "MessageAdmin", "TurnAdmin", "VisitorAdmin"]

SENTIMENT_COLOURS = {"negative": "danger", "neutral": "default", "positive": "success"}
HANDLER_COLOURS = {"bot": "default", "waiting": "warning", "agent": "info"}


def percent(share: float | None) -> str:
    return "" if share is None else f"{number_format(round(share * 100))}%"


def turn_of(message: Message) -> Turn | None:
    try:
        return message.turn
    except ObjectDoesNotExist:  # only what a visitor says is owed a turn
        return None


class MessageInline(ReadOnlyInline):
    model = Message
    verbose_name_plural = _("What was said")
    fields = readonly_fields = ["when", "who", "text", "language", "sentiment", "upset", "bot", "thumb"]
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        messages: QuerySet[Message] = super().get_queryset(request)
        return messages.select_related("turn", "feedback", "author__agent").order_by("seq")

    @display(description=_("when"))
    def when(self, message: Message) -> str:
        return date_format(localtime(message.at), "SHORT_DATETIME_FORMAT")

    @display(description=_("who"))
    def who(self, message: Message) -> str:
        if message.author is not None and hasattr(message.author, "agent"):
            return message.author.agent.display_name
        return message.get_sender_display()

    @display(description=_("text"))
    def text(self, message: Message) -> str:
        return format_html('<div style="white-space:pre-wrap;min-width:16rem">{}</div>', message.body)

    @display(description=_("language"))
    def language(self, message: Message) -> str:
        turn = turn_of(message)
        return turn.get_language_display() if turn else ""

    @display(description=_("sentiment"))
    def sentiment(self, message: Message) -> str:
        turn = turn_of(message)
        return turn.get_sentiment_display() if turn else ""

    @display(description=_("upset"))
    def upset(self, message: Message) -> str:
        turn = turn_of(message)
        return percent(turn.upset) if turn else ""

    @display(description=_("what the bot found"))
    def bot(self, message: Message) -> str:
        turn = turn_of(message)
        return f"{turn.article} {percent(turn.confidence)}".strip() if turn else ""

    @display(description=_("feedback"))
    def thumb(self, message: Message) -> str:
        try:
            return message.feedback.get_value_display()
        except ObjectDoesNotExist:
            return ""


class ConversationInline(ReadOnlyInline):
    model = Conversation
    fields = readonly_fields = ["created_at", "updated_at", "handler", "language", "head_seq"]
    show_change_link = True


@admin.register(Visitor)
class VisitorAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "site", "created_at"]
    list_filter = ["site"]
    search_fields = ["name", "id"]
    inlines = [ConversationInline]


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["visitor", "site", "handled_by", "language", "head_seq", "updated_at"]
    list_filter = ["handler", "language", "visitor__site"]
    list_select_related = ["visitor__site", "agent__agent"]
    search_fields = ["visitor__name", "messages__body"]
    search_help_text = _("A visitor's name, or words that were said")
    ordering = ["-updated_at"]
    fields = ["visitor", "handler", "agent", "language", "created_at", "updated_at"]
    inlines = [MessageInline]

    @display(description=_("site"))
    def site(self, conversation: Conversation) -> str:
        return str(conversation.visitor.site)

    @display(description=_("handled by"), ordering="handler", label=HANDLER_COLOURS)
    def handled_by(self, conversation: Conversation) -> tuple[str, str]:
        return conversation.handler, conversation.get_handler_display()


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ["at", "conversation", "sender", "body"]
    list_filter = ["sender", "kind", "conversation__visitor__site"]
    list_select_related = ["conversation"]
    search_fields = ["body"]
    ordering = ["-at"]
    fields = ["conversation", "seq", "sender", "author", "kind", "body", "at"]


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    list_display = ["text", "language", "felt", "decision", "reason", "article", "sure", "done_at"]
    list_filter = ["decision", "reason", "sentiment", "language"]
    list_select_related = ["message"]
    search_fields = ["message__body", "article"]
    ordering = ["-message__at"]

    @display(description=_("message"))
    def text(self, turn: Turn) -> str:
        return turn.message.body

    @display(description=_("sentiment"), ordering="sentiment", label=SENTIMENT_COLOURS)
    def felt(self, turn: Turn) -> tuple[str, str] | str:
        return (turn.sentiment, turn.get_sentiment_display()) if turn.sentiment else ""

    @display(description=_("confidence"), ordering="confidence")
    def sure(self, turn: Turn) -> str:
        return percent(turn.confidence)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ["thumb", "reply", "conversation", "at"]
    list_filter = ["value", "message__sender"]
    list_select_related = ["message__conversation"]
    search_fields = ["message__body"]
    ordering = ["-at"]

    @display(description=_("feedback"), ordering="value", label={1: "success", -1: "danger"})
    def thumb(self, feedback: Feedback) -> tuple[int, str]:
        return feedback.value, feedback.get_value_display()

    @display(description=_("reply"))
    def reply(self, feedback: Feedback) -> str:
        return feedback.message.body

    @display(description=_("conversation"))
    def conversation(self, feedback: Feedback) -> str:
        return str(feedback.message.conversation)
