"""A labelled folder: `articles.jsonl` and `queries.jsonl` (or both with
`.gz`), as the evaluation and the calibration read them.

An article: `{"id", "category", "question": {"en", "bn"}, "answer": {..}, "phrasings": {"en": [..], "bn": [..]}}`, where
a language, the answer or the phrasings may be missing. A query: `{"text", "lang", "kind", "article", "context"?}`.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.errors import BadImport
from knowledge_base.types import Entry, Text

__all__ = ["KINDS", "Query", "entry_from", "read_entries", "read_lines", "read_queries"]

KINDS = ("in_scope", "follow_up", "out_of_scope", "smalltalk", "human_request")


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    language: str
    kind: str
    article: str | None = None
    context: tuple[str, ...] = ()  # the visitor's earlier messages, oldest first


def read_entries(folder: Path) -> list[Entry]:
    """The articles of a folder. Raises `BadImport` that names the file, the line and the remedy."""
    path = _file(folder, "articles.jsonl")
    entries = [entry_from(line, f"{path}, line {number}") for number, line in read_lines(path)]
    keys = [entry.key for entry in entries]
    if doubled := next((key for key in keys if keys.count(key) > 1), None):
        raise BadImport(f"{path}: two articles have the id {doubled!r}; give each its own.")
    return entries


def read_queries(folder: Path, entries: list[Entry]) -> list[Query]:
    """The queries of a folder, checked against its articles. Raises `BadImport`."""
    path = _file(folder, "queries.jsonl")
    keys = {entry.key for entry in entries}
    return [_query(line, keys, f"{path}, line {number}") for number, line in read_lines(path)]


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object of a JSON Lines file with its line number. Raises `BadImport`."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        content = raw.decode("utf-8-sig")  # some editors begin a file with a byte order mark
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise BadImport(f"{path} cannot be read as UTF-8 text: {error}. Is the path right?") from error
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadImport(f"{path}, line {number}: not JSON ({error}). Write one object a line.") from error
        if not isinstance(row, dict):
            raise BadImport(f"{path}, line {number}: write an object {{…}}, not {type(row).__name__}.")
        yield number, row


def entry_from(row: dict[str, Any], where: str) -> Entry:
    """An article from its object. Raises `BadImport` that begins with `where`."""
    key = row.get("id")
    if not isinstance(key, str) or not key:
        raise BadImport(f'{where}: an article needs an "id", a short text of its own.')
    questions, answers, phrasings = (_mapping(row, name, where) for name in ("question", "answer", "phrasings"))
    texts = {
        language: Text(_string(questions.get(language, ""), where), _string(answers.get(language, ""), where))
        for language in ("en", "bn")
        if questions.get(language) or answers.get(language)
    }
    if not any(text.question for text in texts.values()):
        raise BadImport(f'{where}: the article {key!r} needs a "question" in "en" or "bn".')
    said = {
        language: tuple(_string(text, where) for text in texts_) for language, texts_ in phrasings.items() if texts_
    }
    return Entry(key, texts, said, _string(row.get("category") or "", where), bool(row.get("needs_human", False)))


def _query(row: dict[str, Any], keys: set[str], where: str) -> Query:
    text, language, kind = (_string(row.get(name, ""), where) for name in ("text", "lang", "kind"))
    article, context = row.get("article"), row.get("context") or []
    if not text or not language:
        raise BadImport(f'{where}: a query needs a "text" and a "lang".')
    if kind not in KINDS:
        raise BadImport(f"{where}: the kind {kind!r} is not one of {', '.join(KINDS)}.")
    if article is not None and article not in keys:
        raise BadImport(f"{where}: there is no article {article!r} in articles.jsonl.")
    if kind in ("in_scope", "follow_up") and article is None:
        raise BadImport(f'{where}: a query of kind {kind} needs its right "article".')
    return Query(text, language, kind, article, tuple(_string(earlier, where) for earlier in context))


def _file(folder: Path, name: str) -> Path:
    """As it is, or compressed."""
    compressed = folder / f"{name}.gz"
    return compressed if compressed.exists() else folder / name


def _mapping(row: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = row.get(name) or {}
    if not isinstance(value, dict):
        raise BadImport(f'{where}: "{name}" is an object by language, such as {{"en": …, "bn": …}}.')
    return value


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise BadImport(f"{where}: {value!r} should be a text in quotes.")
    return value
