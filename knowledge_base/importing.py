"""Articles in and out of files.

All or nothing: a file with a bad line changes nothing. The same file again changes nothing more: articles are known by
their key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from knowledge_base import formats, rows
from knowledge_base.errors import BadImport
from knowledge_base.models import Article, ArticleText, Phrasing
from knowledge_base.publishing import entry_of
from knowledge_base.types import Entry

__all__ = ["export", "read", "replace_words", "save"]


def read(path: Path) -> list[Entry]:
    """The articles of a file. Raises `BadImport`, which names the line and says what to do."""
    found = [rows.parse(row, where) for where, row in formats.of(path).read(path)]
    if not found:
        raise BadImport(f"{path} holds no article.")
    key, times = Counter(entry.key for entry in found).most_common(1)[0]
    if times > 1:
        raise BadImport(f"{path}: two articles have the id {key!r}; give each its own.")
    return found


@transaction.atomic
def save(entries: Iterable[Entry], publish: bool) -> int:
    """Write the articles, each in place of the one with its key. Returns how many changed. Does not reindex.

    Raises `BadImport` for an article that is or would be published and has no answer.
    """
    return sum(_save(entry, publish) for entry in entries)


def export(path: Path) -> int:
    """Write every article, drafts too. Returns how many. Raises `BadImport` for an unknown ending."""
    format_ = formats.of(path)
    articles = Article.objects.order_by("key").prefetch_related("texts", "phrasings")
    written = [rows.row_of(entry_of(article)) for article in articles]
    path.write_text(format_.write(written), encoding="utf-8", newline="")
    return len(written)


def replace_words(article: Article, entry: Entry) -> None:
    """Give a saved article the texts and phrasings of `entry`, in place of its own."""
    article.texts.all().delete()
    article.phrasings.all().delete()
    ArticleText.objects.bulk_create(
        ArticleText(article=article, language=language, question=text.question, answer=text.answer)
        for language, text in entry.texts.items()
    )
    Phrasing.objects.bulk_create(
        Phrasing(article=article, language=language, text=text)
        for language, texts in entry.phrasings.items()
        for text in texts
    )


def _save(entry: Entry, publish: bool) -> bool:
    article = Article.objects.filter(key=entry.key).first() or Article(key=entry.key)
    status = Article.Status.PUBLISHED if publish else article.status
    if status == Article.Status.PUBLISHED and not any(text.answer for text in entry.texts.values()):
        raise BadImport(f"The article {entry.key!r} has no answer: write one, or leave it a draft.")
    if article.pk and article.status == status and entry_of(article) == entry:
        return False
    article.status, article.category, article.needs_human = status, entry.category, entry.needs_human
    article.save()
    replace_words(article, entry)
    return True
