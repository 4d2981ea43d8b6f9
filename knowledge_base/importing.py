"""Articles in and out of files.

All or nothing: a file with a bad line changes nothing. The same file again changes nothing more: articles are known by
their key.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction

from knowledge_base import formats
from knowledge_base.corpus import entry_from
from knowledge_base.errors import BadImport
from knowledge_base.formats import LANGUAGES, WAYS, Row
from knowledge_base.models import Article, ArticleText, Phrasing
from knowledge_base.publishing import entry_of
from knowledge_base.types import Entry, Text

__all__ = ["export", "parse", "read", "row_of", "save", "tidy"]

FIELDS = ("id", "category", "needs_human", "question", "answer", "phrasings")
MOST = {"id": 80, "category": 80, "question": 300, "answer": 4000, "phrasing": 300}  # characters, as the tables have it


def read(path: Path) -> list[Entry]:
    """The articles of a file. Raises `BadImport`, which names the line and says what to do."""
    found = [parse(row, where) for where, row in formats.of(path).read(path)]
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
    rows = [row_of(entry_of(article)) for article in articles]
    path.write_text(format_.write(rows), encoding="utf-8", newline="")
    return len(rows)


def tidy(text: str) -> str:
    """As the tables keep it: NFC (keyboards write য় in two ways, and a search should find both), no NUL, which
    PostgreSQL refuses, Unix line ends, nothing around it."""
    text = unicodedata.normalize("NFC", text.replace("\x00", ""))
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _save(entry: Entry, publish: bool) -> bool:
    article = Article.objects.filter(key=entry.key).first() or Article(key=entry.key)
    status = Article.Status.PUBLISHED if publish else article.status
    if status == Article.Status.PUBLISHED and not any(text.answer for text in entry.texts.values()):
        raise BadImport(f"The article {entry.key!r} has no answer: write one, or leave it a draft.")
    if article.pk and article.status == status and entry_of(article) == entry:
        return False
    article.status, article.category, article.needs_human = status, entry.category, entry.needs_human
    article.save()
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
    return True


def row_of(entry: Entry) -> Row:
    return {
        "id": entry.key,
        "category": entry.category,
        "needs_human": entry.needs_human,
        "question": {language: text.question for language, text in entry.texts.items()},
        "answer": {language: text.answer for language, text in entry.texts.items()},
        "phrasings": {language: list(texts) for language, texts in entry.phrasings.items()},
    }


def parse(row: Row, where: str) -> Entry:
    """What the tables can hold, or `BadImport`."""
    if unknown := sorted(set(row) - set(FIELDS)):
        raise BadImport(f"{where}: unknown fields {', '.join(unknown)}. Known are: {', '.join(FIELDS)}.")
    if not isinstance(row.get("needs_human", False), bool):
        raise BadImport(f'{where}: "needs_human" is true or false.')
    entry = _tidied(entry_from(row, where))
    for field, known in (("question", LANGUAGES), ("answer", LANGUAGES), ("phrasings", WAYS)):
        if foreign := sorted(set(row.get(field) or {}) - set(known)):
            raise BadImport(f'{where}: "{field}" in {", ".join(foreign)}; known are {", ".join(known)}.')
    try:
        validate_slug(entry.key)
    except ValidationError:
        allowed = "Latin letters, digits, hyphens and underscores"
        raise BadImport(f"{where}: the id {entry.key!r} should be made of {allowed}.") from None
    if not entry.texts:
        raise BadImport(f"{where}: the article {entry.key!r} needs a question.")
    for language, text in entry.texts.items():
        if not text.question:
            raise BadImport(f"{where}: the answer in {language} has no question in {language}; write one.")
    for field, value in _fields(entry):
        if len(value) > MOST[field]:
            raise BadImport(f"{where}: the {field} is longer than {MOST[field]} characters; make it shorter.")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadImport(f"{where}: the {field} holds half a character (\\ud800 to \\udfff); write it anew.")
    return entry


def _tidied(entry: Entry) -> Entry:
    """Without what nobody sees: questions and phrasings on a line each, no phrasing empty or there twice."""
    texts = {language: Text(_line(text.question), tidy(text.answer)) for language, text in entry.texts.items()}
    phrasings: dict[str, tuple[str, ...]] = {}
    seen = {""}
    for language, said in entry.phrasings.items():
        lines = dict.fromkeys(_line(text) for text in said)
        if new := tuple(line for line in lines if line not in seen):
            phrasings[language] = new
            seen.update(new)
    return replace(
        entry,
        key=_line(entry.key),
        category=_line(entry.category),
        texts={language: text for language, text in texts.items() if text != Text("")},
        phrasings=phrasings,
    )


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield from (("id", entry.key), ("category", entry.category))
    for text in entry.texts.values():
        yield from (("question", text.question), ("answer", text.answer))
    for phrasings in entry.phrasings.values():
        yield from (("phrasing", phrasing) for phrasing in phrasings)


def _line(text: str) -> str:
    return " ".join(tidy(text).split())
