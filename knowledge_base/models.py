"""What the business knows. Only `publishing` changes passages and index versions; editors change the rest."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Language(models.TextChoices):
    """BCP 47. Articles are written in `en` and `bn`; phrasings and golden questions in any of the three."""

    ENGLISH = "en", _("English")
    BENGALI = "bn", _("Bengali")
    BANGLISH = "bn-Latn", _("Banglish")


WRITTEN_LANGUAGES = [choice for choice in Language.choices if choice[0] != Language.BANGLISH]


class Article(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")

    key = models.SlugField(_("key"), max_length=80, unique=True, help_text=_("A short name that never changes."))
    category = models.CharField(_("category"), max_length=80, blank=True)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.DRAFT)
    needs_human = models.BooleanField(
        _("needs a person"), default=False, help_text=_("Give the answer, and hand the conversation to an agent.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ["category", "key"]
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    def __str__(self) -> str:
        return self.key


class ArticleText(models.Model):
    article = models.ForeignKey(Article, models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=8, choices=WRITTEN_LANGUAGES)
    question = models.CharField(_("question"), max_length=300)
    answer = models.TextField(_("answer"), max_length=4000, blank=True)

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="one_text_per_language")]

    def __str__(self) -> str:
        return self.question


class Phrasing(models.Model):
    """Another way in which people ask an article's question."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="phrasings")
    language = models.CharField(_("language"), max_length=8, choices=Language.choices)
    text = models.CharField(_("text"), max_length=300)

    class Meta:
        verbose_name = _("phrasing")
        verbose_name_plural = _("phrasings")
        constraints = [models.UniqueConstraint(fields=["article", "text"], name="one_phrasing_per_text")]

    def __str__(self) -> str:
        return self.text


class GoldenQuestion(models.Model):
    """A question whose right article is known (none: it should not be answered). Editors measure the bot on these."""

    text = models.CharField(_("text"), max_length=300, unique=True)
    language = models.CharField(_("language"), max_length=8, choices=Language.choices)
    article = models.ForeignKey(
        Article, models.CASCADE, null=True, blank=True, related_name="golden_questions", verbose_name=_("article")
    )

    class Meta:
        verbose_name = _("golden question")
        verbose_name_plural = _("golden questions")

    def __str__(self) -> str:
        return self.text


class Passage(models.Model):
    """One searchable text of a published article, with its vector.

    `fingerprint` is a SHA-256 of the encoder's name and the normalised text: equal fingerprints share a vector, so
    that nothing is embedded twice.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        PHRASING = "phrasing", _("phrasing")
        ANSWER = "answer", _("answer")

    article = models.ForeignKey(Article, models.CASCADE, related_name="passages")
    language = models.CharField(max_length=8, choices=Language.choices)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.TextField()
    fingerprint = models.CharField(max_length=64, db_index=True)
    vector = models.BinaryField(help_text="float32, little-endian, of unit length")

    class Meta:
        verbose_name = _("passage")
        verbose_name_plural = _("passages")

    def __str__(self) -> str:
        return self.text


class IndexVersion(models.Model):
    """An immutable index on disk, `INDEX_DIR/<number>-<digest>/`. The one with the highest number is the live one."""

    number = models.PositiveIntegerField(_("number"), primary_key=True)
    digest = models.CharField(_("digest"), max_length=64, help_text=_("SHA-256 of the version's manifest"))
    encoder = models.CharField(_("encoder"), max_length=200)
    articles = models.PositiveIntegerField(_("articles"))
    passages = models.PositiveIntegerField(_("passages"))
    built_at = models.DateTimeField(_("built"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("index version")
        verbose_name_plural = _("index versions")
        constraints = [models.CheckConstraint(condition=Q(number__gt=0), name="versions_count_from_one")]

    def __str__(self) -> str:
        return str(self.number)
