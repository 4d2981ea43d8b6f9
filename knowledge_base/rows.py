"""Rows of a file to articles that the tables can hold, and back. No database.

A row is the object of a JSON line; `formats` makes the same of the other formats.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from knowledge_base.corpus import entry_from
from knowledge_base.errors import BadImport
from knowledge_base.formats import LANGUAGES, WAYS, Row
from knowledge_base.types import Entry, Text

__all__ = ["MOST", "one_line", "parse", "row_of", "tidied", "tidy"]

FIELDS = ("id", "category", "needs_human", "question", "answer", "phrasings")
MOST = {"id": 80, "category": 80, "question": 300, "answer": 4000, "phrasing": 300}  # characters, as the tables have it
_KEY = re.compile(r"[a-zA-Z0-9_-]+")


def parse(row: Row, where: str) -> Entry:
    """What the tables can hold, or `BadImport`."""
    if unknown := sorted(set(row) - set(FIELDS)):
        raise BadImport(f"{where}: unknown fields {', '.join(unknown)}. Known are: {', '.join(FIELDS)}.")
    if not isinstance(row.get("needs_human", False), bool):
        raise BadImport(f'{where}: "needs_human" is true or false.')
    entry = tidied(entry_from(row, where))
    for field, known in (("question", LANGUAGES), ("answer", LANGUAGES), ("phrasings", WAYS)):
        if foreign := sorted(set(row.get(field) or {}) - set(known)):
            raise BadImport(f'{where}: "{field}" in {", ".join(foreign)}; known are {", ".join(known)}.')
    if not _KEY.fullmatch(entry.key):
        allowed = "Latin letters, digits, hyphens and underscores"
        raise BadImport(f"{where}: the id {entry.key!r} should be made of {allowed}.")
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


def row_of(entry: Entry) -> Row:
    return {
        "id": entry.key,
        "category": entry.category,
        "needs_human": entry.needs_human,
        "question": {language: text.question for language, text in entry.texts.items()},
        "answer": {language: text.answer for language, text in entry.texts.items()},
        "phrasings": {language: list(texts) for language, texts in entry.phrasings.items()},
    }


def tidied(entry: Entry) -> Entry:
    """Without what nobody sees: questions and phrasings on a line each, no phrasing empty or there twice."""
    texts = {language: Text(one_line(text.question), tidy(text.answer)) for language, text in entry.texts.items()}
    phrasings: dict[str, tuple[str, ...]] = {}
    seen = {""}
    for language, said in entry.phrasings.items():
        lines = dict.fromkeys(one_line(text) for text in said)
        if new := tuple(line for line in lines if line not in seen):
            phrasings[language] = new
            seen.update(new)
    return replace(
        entry,
        key=one_line(entry.key),
        category=one_line(entry.category),
        texts={language: text for language, text in texts.items() if text != Text("")},
        phrasings=phrasings,
    )


def tidy(text: str) -> str:
    """As the tables keep it: NFC (keyboards write য় in two ways, and a search should find both), no NUL, which
    PostgreSQL refuses, Unix line ends, nothing around it."""
    text = unicodedata.normalize("NFC", text.replace("\x00", ""))
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def _fields(entry: Entry) -> Iterator[tuple[str, str]]:
    yield from (("id", entry.key), ("category", entry.category))
    for text in entry.texts.values():
        yield from (("question", text.question), ("answer", text.answer))
    for phrasings in entry.phrasings.values():
        yield from (("phrasing", phrasing) for phrasing in phrasings)
