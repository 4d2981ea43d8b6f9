"""What the index holds, and the only writer of passages and index versions.

A build reads the published articles, embeds what is new, writes a version, and records it in one short transaction.
Builders take turns, to spare work. Where they cannot, no harm is done: version numbers are unique, so whoever comes
second finds its number taken and builds again from what is published then. So the newest version always holds what was
published when it was begun or later, and whoever dies at any point leaves the version before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from itertools import islice

import numpy as np
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from knowledge_base import builders, encoder, versions
from knowledge_base.embedding import Progress
from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexMissing
from knowledge_base.models import Article, IndexVersion, Passage
from knowledge_base.passages import fingerprint
from knowledge_base.retriever import Retriever
from knowledge_base.types import Entry, Text, Vectors

__all__ = ["build", "entries", "entry_of", "publish", "reindex", "withdraw"]

log = structlog.get_logger(__name__)
ATTEMPTS = 20  # of a builder that others overtake; each overtaking is a version that was published
ROWS = 1000  # in one statement: databases limit its parameters


def publish(*articles: Article) -> IndexVersion:
    """Make the articles findable, as their texts are now. Raises what `reindex` does; then they are found later."""
    return _set_status(articles, Article.Status.PUBLISHED)


def withdraw(*articles: Article) -> IndexVersion:
    """Make the articles unfindable. Raises what `reindex` does; then they are still found until the next build."""
    return _set_status(articles, Article.Status.DRAFT)


def reindex(progress: Progress[list[str]] = iter, known: Mapping[str, Vectors] | None = None) -> IndexVersion:
    """Build and record a version of what is published, unless another builder did since this was called. `known` are
    vectors by fingerprint, of texts that need not be embedded.

    Only texts that were never embedded with this encoder are embedded; `progress` sees their batches go by. Call it
    outside of a transaction. Raises `EncoderError`, and `OSError` where the version cannot be written.
    """
    model = encoder.load(settings.ENCODER)
    seen = _newest_number()
    with builders.one_at_a_time():
        newest = IndexVersion.objects.first()
        # The version after `seen` may have been begun before this call; the one after that was not.
        if newest is not None and newest.number > seen + 1 and newest.encoder == model.name:
            return newest
        return _build_next(model, progress, known or {})


def build(
    model: Encoder, progress: Progress[list[str]] = iter, known: Mapping[str, Vectors] | None = None
) -> Retriever:
    """A retriever over what is published, in memory. Raises `IndexMissing` if that is nothing."""
    stored = {
        print_: np.frombuffer(vector, np.float32)
        for print_, vector in Passage.objects.values_list("fingerprint", "vector").iterator()
    }
    return Retriever.build(entries(), model, {**(known or {}), **stored}, progress)


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


def _set_status(articles: Iterable[Article], status: Article.Status) -> IndexVersion:
    keys = [article.pk for article in articles]
    Article.objects.filter(pk__in=keys).update(status=status, updated_at=timezone.now())
    return reindex()


def _newest_number() -> int:
    return IndexVersion.objects.values_list("number", flat=True).first() or 0


def _build_next(model: Encoder, progress: Progress[list[str]], known: Mapping[str, Vectors]) -> IndexVersion:
    for _attempt in range(ATTEMPTS):
        try:
            version = _build(_newest_number() + 1, model, progress, known)
        except IntegrityError:
            continue  # somebody else took the number; their embeddings are known now
        versions.clean(settings.INDEX_DIR, version.number)
        log.info("index built", number=version.number, articles=version.articles, passages=version.passages)
        return version
    raise IntegrityError("other builders took every number")


def _build(number: int, model: Encoder, progress: Progress[list[str]], known: Mapping[str, Vectors]) -> IndexVersion:
    try:
        retriever = build(model, progress, known)
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
    name = retriever.encoder.name
    wanted = {
        (*astuple(passage), fingerprint(name, passage.text)): (passage, vector)
        for passage, vector in zip(retriever.passages, retriever.vectors, strict=True)
    }
    stale = []
    for row in Passage.objects.values_list("pk", "article__key", "language", "kind", "text", "fingerprint"):
        if wanted.pop(row[1:], None) is None:
            stale.append(row[0])
    for start in range(0, len(stale), ROWS):
        Passage.objects.filter(pk__in=stale[start : start + ROWS]).delete()
    articles = dict(Article.objects.values_list("key", "pk"))
    new = (
        Passage(
            article_id=articles[passage.article],
            language=passage.language,
            kind=passage.kind,
            text=passage.text,
            fingerprint=key[-1],
            vector=vector.astype("<f4").tobytes(),
        )
        for key, (passage, vector) in wanted.items()
        if passage.article in articles  # one that was deleted meanwhile is gone from the next version
    )
    while batch := list(islice(new, ROWS)):
        Passage.objects.bulk_create(batch)
