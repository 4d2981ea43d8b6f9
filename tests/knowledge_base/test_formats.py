"""Whatever an article holds, each format gives it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge_base import formats, importing, rows
from knowledge_base.demo import ARTICLES
from knowledge_base.errors import BadImport
from knowledge_base.types import Entry, Text

# What would break a format: its own signs, Bengali, line ends, quotes, and lines that look like another part.
PIECES = [
    *'#-\\",;:|=\n\r\t ৳।',
    "## en",
    "# a",
    "### phrasings",
    "- ",
    "\\# ",
    "category: x",
    "আয় র‍্যা",
    "é",
    "\u2028",
    "𝛼",
]
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=8).map("".join)
KEYS = st.from_regex(r"[a-zA-Z0-9_-]{1,12}", fullmatch=True)
ROWS = st.fixed_dictionaries(
    {
        "id": KEYS,
        "category": TEXTS,
        "needs_human": st.booleans(),
        "question": st.dictionaries(st.sampled_from(formats.LANGUAGES), TEXTS),
        "answer": st.dictionaries(st.sampled_from(formats.LANGUAGES), TEXTS),
        "phrasings": st.dictionaries(st.sampled_from(formats.WAYS), st.lists(TEXTS, max_size=3)),
    }
)


def entries_of(given: list[dict[str, Any]]) -> list[Entry]:
    """As the edge parses them; rows it refuses are left out."""
    found = {}
    for row in given:
        try:
            entry = rows.parse(row, "here")
        except BadImport:
            continue
        found[entry.key] = entry
    return list(found.values())


@pytest.mark.parametrize("ending", formats.FORMATS)
@given(given_rows=st.lists(ROWS, min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_article_comes_back_as_it_was(ending: str, given_rows: list[dict[str, Any]], tmp_path: Path) -> None:
    if entries := entries_of(given_rows):
        path = tmp_path / f"all{ending}"
        path.write_text(formats.of(path).write(map(rows.row_of, entries)), encoding="utf-8", newline="")
        assert importing.read(path) == entries


@pytest.mark.parametrize("ending", formats.FORMATS)
def test_the_demo_comes_back_as_it_was(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"all{ending}"
    entries = importing.read(ARTICLES)
    path.write_text(formats.of(path).write(map(rows.row_of, entries)), encoding="utf-8", newline="")
    assert importing.read(path) == entries


def test_a_csv_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.CSV"
    content = (
        "id,question_bn,answer_bn,phrasings_bn-Latn,needs_human\r\n"
        '" a ",কত দাম?,"১০ টাকা,\r\nমাত্র।","dam koto\r\nkoto taka",হ্যাঁ\r\n'
        ",,,,\r\n"
    )
    path.write_bytes(b"\xef\xbb\xbf" + content.encode())
    assert importing.read(path) == [
        Entry("a", {"bn": Text("কত দাম?", "১০ টাকা,\nমাত্র।")}, {"bn-Latn": ("dam koto", "koto taka")}, "", True)
    ]


def test_markdown_as_people_write_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        "\n# gift-wrap\ncategory: orders\nneeds_human: Yes\n\n## en\n\nDo you wrap gifts?\n\nYes.\n\n- red\n- blue\n"
        "\n### Phrasings\n\n- gift paper?\n-5 degrees\n\n# next\n## bn\nকেন?\n",
        encoding="utf-8",
    )
    assert importing.read(path) == [
        Entry(
            "gift-wrap",
            {"en": Text("Do you wrap gifts?", "Yes.\n\n- red\n- blue")},
            {"en": ("gift paper?", "-5 degrees")},
            "orders",
            True,
        ),
        Entry("next", {"bn": Text("কেন?")}),
    ]


def test_a_json_line_after_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"id": "a", "question": {"en": "Q?"}}\n')
    assert importing.read(path) == [Entry("a", {"en": Text("Q?")})]
