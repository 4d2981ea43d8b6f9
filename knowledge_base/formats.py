r"""Articles as text, in three formats told apart by a file's ending.

Each format has a reader, which gives rows with where they stand, and a writer of rows. A row is the object of a line of
`.jsonl`: `{"id", "category", "needs_human", "question": {"en", "bn"}, "answer": {..}, "phrasings": {"en": [..], ..}}`.

`.csv` has a column for each text (`COLUMNS`); several phrasings in a cell stand on lines of their own. `.md` is

    # its-id
    category: delivery
    needs_human: yes

    ## en
    The question, on one line?

    The answer, as long as it needs to be; a line that begins like a heading is written with a backslash: \# 1.

    ### phrasings
    - another way to ask it
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge_base.corpus import read_lines
from knowledge_base.errors import BadImport

__all__ = ["COLUMNS", "FORMATS", "LANGUAGES", "WAYS", "Format", "Row", "of"]

Row = dict[str, Any]
LANGUAGES = ("en", "bn")
WAYS = ("en", "bn", "bn-Latn")
COLUMNS = [
    *("id", "category", "needs_human"),
    *(f"{field}_{language}" for field in ("question", "answer") for language in LANGUAGES),
    *(f"phrasings_{way}" for way in WAYS),
]
_WORDS_FOR = {"yes": True, "true": True, "1": True, "হ্যাঁ": True, "no": False, "false": False, "0": False, "না": False}


@dataclass(frozen=True, slots=True)
class Format:
    """`read` raises `BadImport` that names the line and says what to do; `write` gives the whole file's text."""

    read: Callable[[Path], Iterator[tuple[str, Row]]]
    write: Callable[[Iterable[Row]], str]


def of(path: Path) -> Format:
    """The format that a file's ending tells. Raises `BadImport`."""
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        raise BadImport(f"{path}: the name should end in {', '.join(FORMATS)}.") from None


# --- JSON Lines ---


def _read_jsonl(path: Path) -> Iterator[tuple[str, Row]]:
    for number, row in read_lines(path):
        yield f"{path}, line {number}", row


def _write_jsonl(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# --- CSV ---


def _read_csv(path: Path) -> Iterator[tuple[str, Row]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        columns = list(reader.fieldnames or [])
        if unknown := sorted(set(columns) - set(COLUMNS)):
            raise BadImport(f"{path}: unknown columns {', '.join(unknown)}. Known are: {', '.join(COLUMNS)}.")
        if len(set(columns)) < len(columns):
            raise BadImport(f"{path}: two columns have the same name; give each its own.")
        for cells in reader:
            where = f"{path}, line {reader.line_num}"
            if None in cells:
                raise BadImport(f"{where}: more cells than columns. Put a text that holds commas in quotes.")
            if any(cell and cell.strip() for cell in cells.values()):
                yield where, _row_of({name: cell or "" for name, cell in cells.items()}, where)
    except csv.Error as error:
        begins = reader.line_num + 1  # the row that cannot be read
        raise BadImport(f"{path}, line {begins}: not CSV ({error}). Is a quote not closed?") from error


def _row_of(cells: dict[str, str], where: str) -> Row:
    row: Row = {"id": cells.get("id", "").strip(), "category": cells.get("category", "")}
    row["needs_human"] = _flag(cells.get("needs_human", ""), where)
    for field in ("question", "answer"):
        row[field] = {language: cells.get(f"{field}_{language}", "") for language in LANGUAGES}
    row["phrasings"] = {way: _lines(cells.get(f"phrasings_{way}", "")) for way in WAYS}
    return row


def _write_csv(rows: Iterable[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows:
        cells = {"id": row["id"], "category": row["category"], "needs_human": "yes" if row["needs_human"] else ""}
        for field in ("question", "answer"):
            cells |= {f"{field}_{language}": row[field].get(language, "") for language in LANGUAGES}
        writer.writerow(cells | {f"phrasings_{way}": "\n".join(row["phrasings"].get(way, [])) for way in WAYS})
    return "\ufeff" + out.getvalue()  # the mark by which spreadsheets see that this is UTF-8


# --- Markdown ---

_HEADING = re.compile(r"(#{1,3}) +(.+)")
_ESCAPED = re.compile(r"\\+#{1,3} ")
_TO_ESCAPE = re.compile(r"^(?=\\*#{1,3} )", re.MULTILINE)


def _read_markdown(path: Path) -> Iterator[tuple[str, Row]]:
    article: _Markdown | None = None
    for number, line in enumerate(_text(path).replace("\r\n", "\n").split("\n"), 1):
        where = f"{path}, line {number}"
        heading = _HEADING.fullmatch(line.rstrip())
        if heading and heading.group(1) == "#":
            if article:
                yield article.where, article.row
            article = _Markdown(heading.group(2), where)
        elif article:
            article.take(line, heading, where)
        elif line.strip():
            raise BadImport(f"{where}: an article begins with a heading: # its-id")
    if article:
        yield article.where, article.row


class _Markdown:
    """An article that is being read, line by line."""

    def __init__(self, key: str, where: str) -> None:
        self.where = where
        self.row: Row = {"id": key, "question": {}, "answer": {}, "phrasings": {}}
        self._language = ""
        self._is_list = False

    def take(self, line: str, heading: re.Match[str] | None, where: str) -> None:
        if heading and heading.group(1) == "##":
            self._begin(heading.group(2), where)
        elif heading:
            if not self._language or heading.group(2).lower() != "phrasings":
                raise BadImport(f"{where}: of these headings there is only ### phrasings. In an answer, write \\###.")
            self._is_list = True
        elif not self._language:
            self._fact(line, where)
        elif self._is_list:
            if line.strip():
                self.row["phrasings"].setdefault(self._language, []).append(line.strip().removeprefix("- "))
        else:
            self._text(line[1:] if _ESCAPED.match(line) else line)

    def _begin(self, language: str, where: str) -> None:
        if language not in WAYS:
            raise BadImport(f"{where}: the language {language!r} is not one of {', '.join(WAYS)}.")
        self._language, self._is_list = language, False

    def _fact(self, line: str, where: str) -> None:
        name, _colon, value = (part.strip() for part in line.partition(":"))
        match name:
            case "category":
                self.row["category"] = value
            case "needs_human":
                self.row["needs_human"] = _flag(value, where)
            case "":
                pass
            case _:
                raise BadImport(f"{where}: write `category: …`, `needs_human: yes`, or a heading ## en.")

    def _text(self, line: str) -> None:
        if self._language in self.row["question"]:
            answers = self.row["answer"]
            answers[self._language] = answers.get(self._language, "") + line + "\n"
        elif line.strip():
            self.row["question"][self._language] = line


def _write_markdown(rows: Iterable[Row]) -> str:
    return "\n".join(_markdown_of(row) for row in rows)


def _markdown_of(row: Row) -> str:
    lines = [f"# {row['id']}", f"category: {row['category']}"] + (["needs_human: yes"] if row["needs_human"] else [])
    for way in WAYS:
        phrasings = row["phrasings"].get(way, [])
        if way in row["question"] or phrasings:
            lines += ["", f"## {way}"]
        if way in row["question"]:
            lines += [_escaped(row["question"][way]), "", _escaped(row["answer"].get(way, ""))]
        if phrasings:
            lines += ["", "### phrasings", *(f"- {text}" for text in phrasings)]
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(r"\\", text)


# --- what they share ---


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")  # bytes: line ends inside a cell are the cell's
    except (OSError, UnicodeDecodeError) as error:
        raise BadImport(f"{path} cannot be read as UTF-8 text: {error}.") from error


def _lines(cell: str) -> list[str]:
    return [line.strip() for line in cell.splitlines() if line.strip()]


def _flag(value: str, where: str) -> bool:
    if not value.strip():
        return False
    try:
        return _WORDS_FOR[value.strip().lower()]
    except KeyError:
        raise BadImport(f"{where}: needs_human is yes or no, not {value.strip()!r}.") from None


FORMATS = {
    ".jsonl": Format(_read_jsonl, _write_jsonl),
    ".csv": Format(_read_csv, _write_csv),
    ".md": Format(_read_markdown, _write_markdown),
}
