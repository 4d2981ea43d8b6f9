"""What the desk shows, read from the database. Nothing here writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from knowledge_base.models import ArticleText
from support.desk.frames import Candidate, Inbox, InboxTicket, Section, TicketState, Understood
from support.dialogue.decision import Policy
from support.models import Language, Message, Site, Ticket, Turn
from support.wire.frames import iso

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

__all__ = ["find", "inbox", "ticket_state", "understood", "waiting_count"]

WORDS = 160  # characters of the visitor's first words
UNRESOLVED_SHOWN, RESOLVED_SHOWN = 200, 30
UPSET_AT = Policy().upset_at
UNRESOLVED = (Ticket.Status.OPEN, Ticket.Status.ASSIGNED, Ticket.Status.CLAIMED)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def inbox(user: User) -> Inbox:
    """Tickets as `user` is to see them: those that wait longest first, then the last resolved."""
    unresolved = _rows(Ticket.objects.filter(status__in=UNRESOLVED)).order_by("opened_at")[:UNRESOLVED_SHOWN]
    resolved = _rows(Ticket.objects.filter(status=Ticket.Status.RESOLVED)).order_by("-resolved_at")[:RESOLVED_SHOWN]
    rows = [_inbox_ticket(ticket, user) for ticket in unresolved]
    rows.sort(key=lambda row: (not row.unanswered, row.since))
    return Inbox(tickets=rows + [_inbox_ticket(ticket, user) for ticket in resolved])


def find(ticket_id: int) -> Ticket | None:
    related = ("conversation__visitor__site", "message", "agent__agent")
    return Ticket.objects.select_related(*related).filter(pk=ticket_id).first()


def ticket_state(ticket: Ticket, user: User) -> TicketState:
    conversation = ticket.conversation
    language = conversation.language or ticket.language
    return TicketState(
        id=ticket.pk,
        status=ticket.status,
        reason=ticket.reason,
        language=language,
        reply_in=_reply_in(language, conversation.visitor.site),
        visitor=conversation.visitor.name,
        site=conversation.visitor.site.key,
        opened_at=iso(ticket.opened_at),
        seq=ticket.message.seq,
        agent=_name(ticket),
        mine=ticket.agent_id == user.pk,
        claimed_at=iso(ticket.claimed_at) if ticket.claimed_at else None,
        resolved_at=iso(ticket.resolved_at) if ticket.resolved_at else None,
    )


def understood(conversation_id: UUID, after: int, upto: int) -> list[Understood]:
    """What was found in the visitor's messages with `after < seq <= upto` whose turns are done."""
    of_these = Turn.objects.filter(
        message__conversation=conversation_id, message__seq__gt=after, message__seq__lte=upto, done_at__isnull=False
    )
    turns = list(of_these.select_related("message").order_by("message__seq"))
    questions = _questions({candidate["article"] for turn in turns for candidate in turn.candidates})
    return [_understood(turn, questions) for turn in turns]


def waiting_count() -> int:
    """How many wait for a person."""
    return Ticket.objects.filter(status__in=(Ticket.Status.OPEN, Ticket.Status.ASSIGNED)).count()


class _Said(TypedDict):
    first_words: str | None  # the visitor's, since the ticket before this one
    last_sender: str | None
    last_at: datetime | None
    is_upset: bool


def _rows(tickets: QuerySet[Ticket]) -> QuerySet[WithAnnotations[Ticket, _Said]]:
    said = Message.objects.filter(conversation=OuterRef("conversation"))
    before = Ticket.objects.filter(conversation=OuterRef(OuterRef("conversation")), pk__lt=OuterRef(OuterRef("pk")))
    since = Coalesce(Subquery(before.order_by("-pk").values("resolved_at")[:1]), _BEGINNING)
    first = said.filter(sender=Message.Sender.VISITOR, at__gt=since).order_by("seq")
    last = said.filter(sender__in=(Message.Sender.VISITOR, Message.Sender.AGENT)).order_by("-seq")
    upset = Turn.objects.filter(
        message__conversation=OuterRef("conversation"), message__seq__gte=OuterRef("message__seq"), upset__gte=UPSET_AT
    )
    return tickets.select_related("conversation__visitor__site", "agent__agent").annotate(
        first_words=Subquery(first.values("body")[:1]),
        last_sender=Subquery(last.values("sender")[:1]),
        last_at=Subquery(last.values("at")[:1]),
        is_upset=Q(reason=Ticket.Reason.UPSET) | Exists(upset),
    )


def _inbox_ticket(ticket: WithAnnotations[Ticket, _Said], user: User) -> InboxTicket:
    return InboxTicket(
        id=ticket.pk,
        section=_section(ticket, user),
        visitor=ticket.conversation.visitor.name,
        site=ticket.conversation.visitor.site.key,
        reason=ticket.reason,
        language=ticket.language,
        words=(ticket.first_words or "")[:WORDS],
        since=iso(_since(ticket)),
        agent=_name(ticket),
        upset=ticket.is_upset,
        unanswered=ticket.status != Ticket.Status.RESOLVED and ticket.last_sender == Message.Sender.VISITOR,
    )


def _section(ticket: Ticket, user: User) -> Section:
    if ticket.status == Ticket.Status.RESOLVED:
        return "resolved"
    if ticket.status == Ticket.Status.OPEN:
        return "open"
    if ticket.agent_id != user.pk:
        return "others"
    return "assigned" if ticket.status == Ticket.Status.ASSIGNED else "mine"


def _since(ticket: WithAnnotations[Ticket, _Said]) -> datetime:
    """Since when somebody waits: for a person, or, where there is one, for the next word."""
    if ticket.status == Ticket.Status.RESOLVED:
        return ticket.resolved_at or ticket.opened_at
    if ticket.status == Ticket.Status.CLAIMED:
        return ticket.last_at or ticket.claimed_at or ticket.opened_at
    return ticket.opened_at


def _understood(turn: Turn, questions: dict[tuple[str, str], str]) -> Understood:
    written = "en" if turn.language == Language.ENGLISH else "bn"
    other = "bn" if written == "en" else "en"
    return Understood(
        seq=turn.message.seq,
        language=turn.language,
        sentiment=turn.sentiment,
        upset=turn.upset is not None and turn.upset >= UPSET_AT,
        decision=turn.decision,
        reason=turn.reason,
        candidates=[
            Candidate(
                article=key,
                question=questions.get((key, written)) or questions.get((key, other)) or key,
                confidence=candidate["confidence"],
            )
            for candidate in turn.candidates
            for key in [candidate["article"]]
        ],
    )


def _questions(articles: set[str]) -> dict[tuple[str, str], str]:
    texts = ArticleText.objects.filter(article__key__in=articles).values_list("article__key", "language", "question")
    return {(key, language): question for key, language, question in texts}


def _reply_in(language: str, site: Site) -> str:
    """The language of `Language` that a visitor who writes `language` is to be answered in."""
    if language == Language.BANGLISH:
        return site.banglish_reply
    return language if language in (Language.ENGLISH, Language.BENGALI) else "bn"


def _name(ticket: Ticket) -> str | None:
    """Whose it is, as other agents know them."""
    if ticket.agent is None:
        return None
    agent = getattr(ticket.agent, "agent", None)
    return agent.display_name if agent else ticket.agent.get_username()
