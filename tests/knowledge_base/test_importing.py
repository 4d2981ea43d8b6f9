"""Articles in and out of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from knowledge_base import importing
from knowledge_base.demo import ARTICLES
from knowledge_base.errors import BadImport
from knowledge_base.models import Article
from tests.knowledge_base.conftest import ENTRIES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ending", importing.FORMATS)
def test_what_goes_out_comes_back(ending: str, tmp_path: Path) -> None:
    importing.save(importing.read(ARTICLES), publish=True)
    importing.save(ENTRIES, publish=False)
    path, again = tmp_path / f"all{ending}", tmp_path / "again.jsonl"
    importing.export(path)
    before = importing.read(path)
    Article.objects.all().delete()
    importing.save(before, publish=False)
    importing.export(again)
    assert importing.read(again) == before
    assert len(before) == 60 + len(ENTRIES)
    assert {entry.key for entry in before if entry.needs_human} >= {"opening"}


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    importing.save(ENTRIES, publish=True)
    keys = sorted(Article.objects.values_list("pk", "key", "status"))
    importing.save(ENTRIES, publish=False)
    assert sorted(Article.objects.values_list("pk", "key", "status")) == keys


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", '{"id": "a", "question": {"en": "Q?"}}\n{broken', "line 2"),
        ("a.jsonl", '{"question": {"en": "Q?"}}', '"id"'),
        ("a.jsonl", '{"id": "a", "question": "Q?"}', '"question"'),
        ("a.jsonl", '{"id": "a", "answer": {"en": "A"}}', '"question"'),
        ("a.jsonl", '{"id": "Not A Slug", "question": {"en": "Q?"}}', "hyphens"),
        ("a.jsonl", '{"id": "a", "question": {"en": "Q?"}}\n{"id": "a", "question": {"en": "Q?"}}', "two articles"),
        ("a.jsonl", json.dumps({"id": "a", "question": {"en": "Q" * 301}}), "longer than 300"),
        ("a.jsonl", "[1]", "object"),
        ("a.jsonl", "", "no article"),
        ("a.csv", "id,question_fr\na,Q", "question_fr"),
        ("a.csv", "id,question_en\na,Q,extra", "line 2"),
        ("a.md", "hello", "line 1"),
        ("a.md", "# a\n## fr\nQ?", "'fr'"),
        ("a.txt", "hello", ".csv"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_where(name: str, content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        call_command("import_articles", path)
    assert not Article.objects.exists()


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadImport, match="UTF-8"):
        importing.read(path)
