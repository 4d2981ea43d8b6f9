"""What the index holds, and the only writer of passages and index versions.

A build reads the published articles, embeds what is new, writes a version, and records it in one short transaction.
Two builders at once are no harm: version numbers are unique, so whoever comes second finds its number taken and builds
again from what is published then. The newest version therefore always holds the newest articles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from knowledge_base import encoder, versions
from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexMissing
from knowledge_base.models import Article, IndexVersion, Passage
from knowledge_base.passages import fingerprint
from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, PassageText, Text, Vectors

__all__ = ["build", "entries", "publish", "reindex", "withdraw"]

log = structlog.get_logger(__name__)
Progress = Callable[[list[list[str]]], Iterable[list[str]]]
ATTEMPTS = 20  # builders that overtake each other; each overtaking is a version that was published


def publish(article: Article) -> IndexVersion:
    """Make the article findable, as its texts are now."""
    Article.objects.filter(pk=article.pk).update(status=Article.Status.PUBLISHED)
    return reindex()


def withdraw(article: Article) -> IndexVersion:
    """Make the article unfindable."""
    Article.objects.filter(pk=article.pk).update(status=Article.Status.DRAFT)
    return reindex()


def reindex(progress: Progress = iter) -> IndexVersion:
    """Build and record a new version of everything published. Only texts that were never embedded with this encoder
    are embedded; `progress` sees their batches go by."""
    model = encoder.load(settings.ENCODER)
    for _attempt in range(ATTEMPTS):
        number = (IndexVersion.objects.values_list("number", flat=True).first() or 0) + 1
        try:
            version = _build_version(number, model, progress)
        except IntegrityError:
            continue  # somebody else took the number; their embeddings are known now
        versions.clean(settings.INDEX_DIR, version.number)
        log.info("index built", number=version.number, articles=version.articles, passages=version.passages)
        return version
    raise IntegrityError("other builders took every number")


def build(model: Encoder, progress: Progress = iter) -> Retriever:
    """A retriever over what is published, in memory. Raises `IndexMissing` if that is nothing."""
    known = {
        print_: np.frombuffer(vector, np.float32)
        for print_, vector in Passage.objects.values_list("fingerprint", "vector").iterator()
    }
    return Retriever.build(entries(), model, known, progress)


def entries() -> list[Entry]:
    """The published articles, as the index has them."""
    articles = Article.objects.filter(status=Article.Status.PUBLISHED).order_by("key")
    return [entry_of(article) for article in articles.prefetch_related("texts", "phrasings")]


def entry_of(article: Article) -> Entry:
    phrasings: dict[str, tuple[str, ...]] = {}
    for phrasing in sorted(article.phrasings.all(), key=lambda phrasing: phrasing.pk):
        phrasings[phrasing.language] = (*phrasings.get(phrasing.language, ()), phrasing.text)
    texts = sorted(article.texts.all(), key=lambda text: text.language)
    return Entry(
        article.key,
        {text.language: Text(text.question, text.answer) for text in texts},
        phrasings,
        article.category,
        article.needs_human,
    )


def _build_version(number: int, model: Encoder, progress: Progress) -> IndexVersion:
    try:
        retriever = build(model, progress)
    except IndexMissing:  # the last article was withdrawn: a version that holds nothing says so
        with transaction.atomic():
            Passage.objects.all().delete()
            return IndexVersion.objects.create(number=number, digest="", encoder=model.name, articles=0, passages=0)
    digest = versions.write(retriever, settings.INDEX_DIR, number)
    with transaction.atomic():
        version = IndexVersion.objects.create(
            number=number,
            digest=digest,
            encoder=model.name,
            articles=len(retriever.entries),
            passages=len(retriever.passages),
        )
        _record(retriever)
    return version


def _record(retriever: Retriever) -> None:
    """Make the passages' rows those of the version, touching only what changed."""
    wanted = _rows(retriever)
    stale = []
    for row in Passage.objects.values_list("pk", "article__key", "language", "kind", "text", "fingerprint"):
        if wanted.pop(row[1:], None) is None:
            stale.append(row[0])
    Passage.objects.filter(pk__in=stale).delete()
    articles = dict(Article.objects.values_list("key", "pk"))
    Passage.objects.bulk_create(
        Passage(
            article_id=articles[passage.article],
            language=passage.language,
            kind=passage.kind,
            text=passage.text,
            fingerprint=print_,
            vector=vector.astype("<f4").tobytes(),
        )
        for (*_passage, print_), (passage, vector) in wanted.items()
        if passage.article in articles  # one that was deleted meanwhile is gone from the next version
    )


def _rows(retriever: Retriever) -> dict[tuple[str, ...], tuple[PassageText, Vectors]]:
    return {
        (
            passage.article,
            passage.language,
            passage.kind,
            passage.text,
            fingerprint(retriever.encoder.name, passage.text),
        ): (
            passage,
            vector,
        )
        for passage, vector in zip(retriever.passages, retriever.vectors, strict=True)
    }
