"""Conversations with people. Each table has one writer: see the module named in its docstring."""

from __future__ import annotations

import uuid
from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """The ways of writing, as BCP 47 has them. `mixed` is Bengali and English in one message."""

    ENGLISH = "en", _("English")
    BENGALI = "bn", _("Bengali")
    BANGLISH = "bn-Latn", _("Banglish")
    MIXED = "mixed", _("Mixed")


class Site(models.Model):
    """A website that carries the widget. Written by administrators."""

    class Week(models.TextChoices):
        SUNDAY_TO_THURSDAY = "sun-thu", _("Sunday to Thursday")
        SATURDAY_TO_THURSDAY = "sat-thu", _("Saturday to Thursday")
        EVERY_DAY = "daily", _("Every day")
        AROUND_THE_CLOCK = "always", _("Every day, around the clock")

    class BanglishReply(models.TextChoices):
        BENGALI = "bn", _("Bengali script")
        ENGLISH = "en", _("English")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=80)
    name_bn = models.CharField(_("name in Bengali"), max_length=80)
    allowed_origins = models.JSONField(
        _("allowed origins"),
        default=list,
        blank=True,
        help_text=_('Where the widget may be embedded: ["https://shop.example"].'),
    )
    default_language = models.CharField(
        _("default language"), max_length=8, choices=Language.choices[:2], default=Language.BENGALI
    )
    banglish_reply = models.CharField(
        _("answer Banglish in"), max_length=8, choices=BanglishReply.choices, default=BanglishReply.BENGALI
    )
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Dhaka")
    week = models.CharField(_("working week"), max_length=8, choices=Week.choices, default=Week.SUNDAY_TO_THURSDAY)
    opens_at = models.TimeField(_("opens at"), default=time(9))
    closes_at = models.TimeField(_("closes at"), default=time(18))
    holidays = models.JSONField(
        _("holidays"), default=list, blank=True, help_text=_('Dates on which nobody answers: ["2026-12-16"].')
    )
    reply_minutes = models.PositiveSmallIntegerField(
        _("minutes until a person replies"), default=10, help_text=_("In opening hours, as visitors are told.")
    )
    wrong_cost = models.FloatField(
        _("what a wrong answer costs"),
        default=6.0,
        validators=[MinValueValidator(1.0), MaxValueValidator(100.0)],
        help_text=_(
            "In questions back: 6 means that one wrong answer is as bad as asking “did you mean …?” six times. "
            "Higher: fewer wrong answers and more questions back."
        ),
    )
    handover_cost = models.FloatField(
        _("what a handover costs"),
        default=5.0,
        validators=[MinValueValidator(1.0), MaxValueValidator(100.0)],
        help_text=_(
            "In questions back: 5 means that calling a person is as bad as asking “did you mean …?” five times. "
            "Lower: the bot gives up sooner and offers fewer choices."
        ),
    )

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")

    def __str__(self) -> str:
        return self.name_en


class Visitor(models.Model):
    """Someone on a site, known by a signed token alone. Written by `gateway.tokens`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="visitors", verbose_name=_("site"))
    name = models.CharField(_("name"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return self.name or str(self.id)[:8]


class Conversation(models.Model):
    """Written by `support.conversation` alone."""

    class Handler(models.TextChoices):
        BOT = "bot", _("bot")
        WAITING = "waiting", _("waiting for an agent")
        AGENT = "agent", _("agent")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="conversations", verbose_name=_("visitor"))
    handler = models.CharField(_("handled by"), max_length=8, choices=Handler.choices, default=Handler.BOT)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("agent")
    )
    head_seq = models.PositiveIntegerField(
        _("messages"), default=0, help_text="seq of the newest message; messages count from 1"
    )
    language = models.CharField(_("language"), max_length=8, choices=Language.choices, blank=True)
    misses = models.PositiveSmallIntegerField(default=0, help_text="turns in a row in which nothing was found")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")

    def __str__(self) -> str:
        return str(self.id)[:8]


class Message(models.Model):
    """Written by `support.conversation` alone; never changed afterwards."""

    class Sender(models.TextChoices):
        VISITOR = "visitor", _("visitor")
        BOT = "bot", _("bot")
        AGENT = "agent", _("agent")
        SYSTEM = "system", _("system")

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        ANSWER = "answer", _("answer")
        CLARIFY = "clarify", _("question back")
        SMALLTALK = "smalltalk", _("small talk")
        NOTICE = "notice", _("notice")

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="messages", verbose_name=_("conversation")
    )
    seq = models.PositiveIntegerField(_("number"))
    sender = models.CharField(_("from"), max_length=8, choices=Sender.choices)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("agent")
    )
    cid = models.UUIDField(null=True, blank=True, help_text="made by the client; the same again is the same message")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.TEXT)
    body = models.TextField(_("text"))
    extra = models.JSONField(default=dict, blank=True, help_text='for example {"options": [..]} or {"article": key}')
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["conversation", "seq"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="seq_is_unique"),
            models.UniqueConstraint(
                fields=["conversation", "sender", "cid"], condition=Q(cid__isnull=False), name="cid_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.seq}"


class Turn(models.Model):
    """What is owed to one visitor message, and what was understood of it. Written by `support.turn_queue` alone."""

    class Sentiment(models.TextChoices):
        NEGATIVE = "negative", _("negative")
        NEUTRAL = "neutral", _("neutral")
        POSITIVE = "positive", _("positive")

    message = models.OneToOneField(
        Message, models.CASCADE, related_name="turn", primary_key=True, verbose_name=_("message")
    )
    done_at = models.DateTimeField(_("done"), null=True, blank=True, db_index=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    lease = models.UUIDField(null=True, blank=True, help_text="who thinks about it now")
    attempts = models.PositiveSmallIntegerField(default=0)
    # What was understood and decided; empty until done.
    language = models.CharField(_("language"), max_length=8, choices=Language.choices, blank=True)
    sentiment = models.CharField(_("sentiment"), max_length=8, choices=Sentiment.choices, blank=True)
    upset = models.FloatField(_("upset"), null=True, blank=True, help_text="probability")
    decision = models.CharField(_("decision"), max_length=10, blank=True)
    reason = models.CharField(_("reason"), max_length=20, blank=True)
    article = models.CharField(_("article"), max_length=80, blank=True)
    confidence = models.FloatField(_("confidence"), null=True, blank=True)
    candidates = models.JSONField(
        _("candidates"), default=list, blank=True, help_text="[{article, confidence}], best first"
    )

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")

    def __str__(self) -> str:
        return f"turn of {self.message}"


class Sweep(models.Model):
    """Who makes a sweep now, and when the last one was begun. Written by `support.sweeping` alone."""

    name = models.CharField(max_length=20, primary_key=True)
    holder = models.UUIDField(null=True, blank=True)
    held_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Feedback(models.Model):
    """A visitor's thumb on a message. Written by `support.conversation`."""

    message = models.OneToOneField(
        Message, models.CASCADE, related_name="feedback", primary_key=True, verbose_name=_("message")
    )
    value = models.SmallIntegerField(_("feedback"), choices=[(1, _("helped")), (-1, _("did not help"))])
    at = models.DateTimeField(_("when"), auto_now=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")

    def __str__(self) -> str:
        return f"{self.value:+d}"


class Agent(models.Model):
    """A user who takes tickets. `last_seen_at` is written by the desk's socket, the rest by administrators."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="agent", primary_key=True, verbose_name=_("user")
    )
    display_name = models.CharField(_("name shown to visitors"), max_length=80)
    languages = models.JSONField(_("languages"), default=list, help_text=_('What the agent reads: ["bn", "en"].'))
    max_tickets = models.PositiveSmallIntegerField(_("tickets at once"), default=5)
    is_away = models.BooleanField(_("away"), default=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")

    def __str__(self) -> str:
        return self.display_name


class Ticket(models.Model):
    """A case that an agent works. Written by `support.handoff.tickets` alone."""

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        ASSIGNED = "assigned", _("assigned")
        CLAIMED = "claimed", _("claimed")
        RESOLVED = "resolved", _("resolved")

    class Reason(models.TextChoices):
        ASKED = "asked", _("asked for a person")
        UPSET = "upset", _("upset")
        NOT_FOUND = "not_found", _("no answer found twice")
        ARTICLE = "article", _("the article needs a person")
        ERROR = "error", _("something failed")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="tickets")
    message = models.ForeignKey(Message, models.CASCADE, related_name="+", help_text="the one that escalated")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    language = models.CharField(_("language"), max_length=8, choices=Language.choices)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tickets",
        verbose_name=_("agent"),
    )
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    dispatched_at = models.DateTimeField(_("dispatched"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        ordering = ["-opened_at"]
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=~Q(status="resolved"), name="one_open_ticket_per_conversation"
            )
        ]
        indexes = [models.Index(fields=["status", "opened_at"], name="inbox")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class CannedReply(models.Model):
    """Words an agent sends often. Written by administrators and agents."""

    title = models.CharField(_("title"), max_length=80, unique=True)
    body_en = models.TextField(_("in English"), blank=True)
    body_bn = models.TextField(_("in Bengali"), blank=True)

    class Meta:
        ordering = ["title"]
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")

    def __str__(self) -> str:
        return self.title
