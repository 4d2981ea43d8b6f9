"""Articles in and out of files: JSON Lines, CSV and Markdown, told apart by their ending.

All or nothing: a file with a bad line changes nothing. The same file again changes nothing more: articles are known by
their key.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from knowledge_base.corpus import entry_from, read_lines
from knowledge_base.errors import BadImport
from knowledge_base.models import Article, ArticleText, Phrasing
from knowledge_base.publishing import entry_of
from knowledge_base.types import Entry

__all__ = ["FORMATS", "export", "read", "save"]

LANGUAGES = ("en", "bn")
WAYS = ("en", "bn", "bn-Latn")
COLUMNS = ["id", "category", "needs_human"]
COLUMNS += [f"{field}_{language}" for field in ("question", "answer") for language in LANGUAGES]
COLUMNS += [f"phrasings_{way}" for way in WAYS]
_LIMITS = (("question", 300), ("answer", 4000))


def read(path: Path) -> list[Entry]:
    """The articles of a file. Raises `BadImport`, which names the line and says what to do."""
    reader, _writer = _format(path)
    found = [_checked(entry_from(row, where), where) for where, row in reader(path)]
    if not found:
        raise BadImport(f"{path} holds no article.")
    keys = [entry.key for entry in found]
    if doubled := next((key for key in keys if keys.count(key) > 1), None):
        raise BadImport(f"{path}: two articles have the id {doubled!r}; give each its own.")
    return found


@transaction.atomic
def save(entries: Iterable[Entry], publish: bool) -> int:
    """Write the articles, each in place of the one with its key. Returns how many. Does not reindex."""
    count = 0
    for entry in entries:
        defaults: dict[str, Any] = {"category": entry.category, "needs_human": entry.needs_human}
        if publish:
            defaults["status"] = Article.Status.PUBLISHED
        article, _created = Article.objects.update_or_create(key=entry.key, defaults=defaults)
        article.texts.all().delete()
        article.phrasings.all().delete()
        ArticleText.objects.bulk_create(
            ArticleText(article=article, language=language, question=text.question, answer=text.answer)
            for language, text in entry.texts.items()
        )
        Phrasing.objects.bulk_create(
            Phrasing(article=article, language=language, text=text)
            for language, texts in entry.phrasings.items()
            for text in dict.fromkeys(texts)
        )
        count += 1
    return count


def export(path: Path) -> int:
    """Write every article, drafts too. Returns how many. Raises `BadImport` for an unknown ending."""
    _reader, writer = _format(path)
    articles = Article.objects.order_by("key").prefetch_related("texts", "phrasings")
    rows = [_row(entry_of(article)) for article in articles]
    path.write_text(writer(rows), encoding="utf-8", newline="")
    return len(rows)


# --- each format: a reader of rows with where they stand, and a writer of rows; a row is the object of a JSON line ---


def _read_jsonl(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, row in read_lines(path):
        yield f"{path}, line {number}", row


def _write_jsonl(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read_csv(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(_text(path).removeprefix("\ufeff"), newline=""))
    if unknown := sorted(set(reader.fieldnames or []) - set(COLUMNS)):
        raise BadImport(f"{path}: unknown columns {', '.join(unknown)}. Known are: {', '.join(COLUMNS)}.")
    for cells in reader:
        where = f"{path}, line {reader.line_num}"
        if None in cells:
            raise BadImport(f"{where}: more cells than columns. Put a text that holds commas in quotes.")
        row: dict[str, Any] = {"id": cells.get("id") or "", "category": cells.get("category") or ""}
        row["needs_human"] = (cells.get("needs_human") or "").strip().lower() in ("1", "yes", "true", "হ্যাঁ")
        for field in ("question", "answer"):
            row[field] = {language: cells.get(f"{field}_{language}") or "" for language in LANGUAGES}
        row["phrasings"] = {way: _lines(cells.get(f"phrasings_{way}") or "") for way in WAYS}
        yield where, row


def _write_csv(rows: list[dict[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows:
        cells = {"id": row["id"], "category": row["category"], "needs_human": "yes" if row["needs_human"] else ""}
        for field in ("question", "answer"):
            cells |= {f"{field}_{language}": row[field].get(language, "") for language in LANGUAGES}
        writer.writerow(cells | {f"phrasings_{way}": "\n".join(row["phrasings"].get(way, [])) for way in WAYS})
    return "\ufeff" + out.getvalue()  # the mark by which spreadsheets see that this is UTF-8


_HEADING = re.compile(r"^(#{1,3}) +(.+?) *$")


def _read_markdown(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """`# id`, then `key: value` lines, then for each language `## en`: the question's line, the answer below it, and
    its phrasings as a list under `### phrasings`."""
    row: dict[str, Any] = {}
    where, language, listing = "", "", False
    for number, line in enumerate(_text(path).splitlines(), 1):
        heading = _HEADING.match(line)
        if heading and len(heading.group(1)) == 1:
            if row:
                yield where, row
            where, language, listing = f"{path}, line {number}", "", False
            row = {"id": heading.group(2), "category": "", "question": {}, "answer": {}, "phrasings": {}}
        elif not row:
            if line.strip():
                raise BadImport(f"{path}, line {number}: an article begins with a heading: # its-id")
        elif heading and len(heading.group(1)) == 2:
            language, listing = heading.group(2), False
            if language not in WAYS:
                raise BadImport(f"{path}, line {number}: the language {language!r} is not one of {', '.join(WAYS)}.")
        elif heading:
            listing = True
        elif listing:
            if line.strip():
                row["phrasings"].setdefault(language, []).append(line.strip().removeprefix("-").strip())
        elif language:
            _add_text(row, language, line)
        elif line.strip():
            name, colon, value = line.partition(":")
            if not colon or name.strip() not in ("category", "needs_human"):
                raise BadImport(f"{path}, line {number}: write `category: …`, `needs_human: yes`, or a heading ## en.")
            row[name.strip()] = value.strip() if name.strip() == "category" else value.strip() in ("yes", "true")
    if row:
        yield where, {**row, "answer": {key: text.strip() for key, text in row["answer"].items()}}


def _add_text(row: dict[str, Any], language: str, line: str) -> None:
    if language in row["question"]:
        row["answer"][language] = row["answer"].get(language, "") + line + "\n"
    elif line.strip():
        row["question"][language] = line.strip()


def _write_markdown(rows: list[dict[str, Any]]) -> str:
    return "\n".join(_markdown_of(row) for row in rows)


def _markdown_of(row: dict[str, Any]) -> str:
    lines = [f"# {row['id']}", f"category: {row['category']}"] + (["needs_human: yes"] if row["needs_human"] else [])
    for way in WAYS:
        phrasings = row["phrasings"].get(way, [])
        if way in row["question"] or phrasings:
            lines += ["", f"## {way}"]
        if way in row["question"]:
            lines += [row["question"][way], "", row["answer"].get(way, "")]
        if phrasings:
            lines += ["", "### phrasings", *(f"- {text}" for text in phrasings)]
    return "\n".join([*lines, ""])


Reader = Callable[[Path], Iterator[tuple[str, dict[str, Any]]]]
Writer = Callable[[list[dict[str, Any]]], str]
FORMATS: dict[str, tuple[Reader, Writer]] = {
    ".jsonl": (_read_jsonl, _write_jsonl),
    ".csv": (_read_csv, _write_csv),
    ".md": (_read_markdown, _write_markdown),
}


def _format(path: Path) -> tuple[Reader, Writer]:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise BadImport(f"{path}: the name should end in {', '.join(FORMATS)}.") from None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadImport(f"{path} cannot be read as UTF-8 text: {error}.") from error


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.key,
        "category": entry.category,
        "needs_human": entry.needs_human,
        "question": {language: text.question for language, text in entry.texts.items()},
        "answer": {language: text.answer for language, text in entry.texts.items()},
        "phrasings": {language: list(texts) for language, texts in entry.phrasings.items()},
    }


def _checked(entry: Entry, where: str) -> Entry:
    """What the tables can hold. Raises `BadImport`."""
    if slugify(entry.key) != entry.key or len(entry.key) > 80:
        raise BadImport(f"{where}: the id {entry.key!r} should be small Latin letters, digits and hyphens, at most 80.")
    if foreign := sorted(set(entry.phrasings) - set(WAYS)):
        raise BadImport(f"{where}: phrasings in {', '.join(foreign)}; known are {', '.join(WAYS)}.")
    for text in entry.texts.values():
        for field, most in _LIMITS:
            if len(getattr(text, field)) > most:
                raise BadImport(f"{where}: the {field} is longer than {most} characters; make two articles of it.")
    if any(len(text) > 300 for texts in entry.phrasings.values() for text in texts):
        raise BadImport(f"{where}: a phrasing is longer than 300 characters; keep the question only.")
    return entry
