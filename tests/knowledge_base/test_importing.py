"""Articles in and out of files and the database: all or nothing, and known by their key."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from knowledge_base import formats, importing, live, rows
from knowledge_base.errors import BadImport
from knowledge_base.models import Article, ArticleText, IndexVersion, Phrasing
from knowledge_base.types import Entry, Text
from tests.knowledge_base.conftest import ENTRIES

pytestmark = pytest.mark.django_db


def state() -> list[tuple[Any, ...]]:
    """Every row that an import may touch, with its key and its time."""
    return [
        *Article.objects.values_list("pk", "key", "status", "category", "needs_human", "updated_at").order_by("pk"),
        *ArticleText.objects.values_list("pk", "article", "language", "question", "answer").order_by("pk"),
        *Phrasing.objects.values_list("pk", "article", "language", "text").order_by("pk"),
    ]


@pytest.mark.parametrize("ending", formats.FORMATS)
def test_what_goes_out_comes_back(ending: str, tmp_path: Path) -> None:
    importing.save(ENTRIES, publish=True)
    path = tmp_path / f"all{ending}"
    call_command("export_articles", path)
    Article.objects.all().delete()
    assert importing.save(importing.read(path), publish=False) == len(ENTRIES)
    importing.export(tmp_path / "again.jsonl")
    assert importing.read(tmp_path / "again.jsonl") == sorted(ENTRIES, key=lambda entry: entry.key)


def test_the_same_file_again_changes_nothing() -> None:
    assert importing.save(ENTRIES, publish=True) == len(ENTRIES)
    before = state()
    assert importing.save(ENTRIES, publish=False) == 0
    assert importing.save(ENTRIES, publish=True) == 0
    assert state() == before


def test_an_article_is_replaced_whole_and_keeps_its_status() -> None:
    importing.save(ENTRIES, publish=True)
    assert importing.save([Entry("opening", {"en": Text("When do you open?", "At 9.")})], publish=False) == 1
    article = Article.objects.get(key="opening")
    assert article.status == "published" and not article.needs_human and article.category == ""
    assert list(article.texts.values_list("language", "question")) == [("en", "When do you open?")]


def test_a_new_article_is_a_draft_unless_it_is_to_be_published() -> None:
    importing.save(ENTRIES[:1], publish=False)
    importing.save(ENTRIES[1:2], publish=True)
    assert dict(Article.objects.values_list("key", "status")) == {
        "refund-time": "draft",
        "delivery-charge": "published",
    }


def test_what_is_published_has_an_answer() -> None:
    silent = Entry("silent", {"en": Text("Why?")})
    with pytest.raises(BadImport, match="'silent' has no answer"):
        importing.save([*ENTRIES, silent], publish=True)
    assert not Article.objects.exists()
    importing.save([silent], publish=False)
    importing.save(ENTRIES, publish=True)
    with pytest.raises(BadImport, match="'opening' has no answer"):
        importing.save([Entry("opening", {"en": Text("When do you open?")})], publish=False)


def test_texts_are_kept_as_a_search_finds_them(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    row = {"id": "a", "question": {"bn": "  কত সম\u09df\nলাগে?\u0000"}, "answer": {"bn": "এক\r\nদিন"}}
    path.write_text(json.dumps(row | {"phrasings": {"en": ["so", " so "], "bn-Latn": ["so", ""]}}), encoding="utf-8")
    [entry] = importing.read(path)
    assert entry.texts["bn"] == Text(unicodedata.normalize("NFC", "কত সময় লাগে?"), "এক\nদিন")
    assert entry.phrasings == {"en": ("so",)}


QUESTION = '"question": {"en": "Q?"}'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.jsonl", f'{{"id": "a", {QUESTION}}}\n{{broken', "line 2"),
        ("a.jsonl", f"{{{QUESTION}}}", '"id"'),
        ("a.jsonl", '{"id": "a", "question": "Q?"}', '"question"'),
        ("a.jsonl", '{"id": "a", "answer": {"en": "A"}}', '"question"'),
        ("a.jsonl", '{"id": "a", "question": {"en": " "}}', "line 1.*needs a question"),
        ("a.jsonl", f'{{"id": "a", {QUESTION}, "answer": {{"bn": "A"}}}}', "no question in bn"),
        ("a.jsonl", f'{{"id": "a", {QUESTION}, "answer": {{"fr": "A"}}}}', '"answer" in fr'),
        ("a.jsonl", f'{{"id": "a", {QUESTION}, "phrasings": {{"hi": ["A"]}}}}', '"phrasings" in hi'),
        ("a.jsonl", f'{{"id": "a", {QUESTION}, "phrasings": {{"en": [5]}}}}', "5"),
        ("a.jsonl", f'{{"id": "a", {QUESTION}, "needs_human": "no"}}', "true or false"),
        ("a.jsonl", f'{{"id": "a", {QUESTION}, "answers": {{}}}}', "unknown fields answers"),
        ("a.jsonl", f'{{"id": "Not A Slug", {QUESTION}}}', "hyphens"),
        ("a.jsonl", f'{{"id": "a", {QUESTION}}}\n{{"id": "a", {QUESTION}}}', "two articles"),
        ("a.jsonl", '{"id": "a", "question": {"en": "\\ud800"}}', "half a character"),
        ("a.jsonl", json.dumps({"id": "a", "question": {"en": "Q" * 301}}), "longer than 300"),
        ("a.jsonl", json.dumps({"id": "a", "question": {"en": "Q"}, "answer": {"en": "A" * 4001}}), "longer than 4000"),
        ("a.jsonl", json.dumps({"id": "a", "question": {"en": "Q"}, "category": "c" * 81}), "longer than 80"),
        ("a.jsonl", "[1]", "object"),
        ("a.jsonl", "", "no article"),
        ("a.csv", "id,question_fr\na,Q", "question_fr"),
        ("a.csv", "id,question_en,id\na,Q,a", "same name"),
        ("a.csv", "id,question_en\na,Q,extra", "line 2"),
        ("a.csv", 'id,question_en\na,"Q', "line 2: not CSV"),
        ("a.csv", "id,question_en,needs_human\na,Q,perhaps", "line 2.*yes or no"),
        ("a.csv", "id,question_en\na,\n", "line 2"),
        ("a.md", "hello", "line 1"),
        ("a.md", "# a\n## fr\nQ?", "line 2.*'fr'"),
        ("a.md", "# a\n## en\nQ?\n### Notes", r"line 4.*\\###"),
        ("a.md", "# a\nkind: b", "line 2"),
        ("a.md", "# a\n## en\nQ?\n\n# Not an id\n", "line 5"),
        ("a.txt", "hello", ".csv"),
    ],
)
def test_a_bad_file_changes_nothing_and_says_where(name: str, content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match=said):
        call_command("import_articles", path)
    assert not Article.objects.exists()


@pytest.mark.parametrize("ending", formats.FORMATS)
def test_a_file_that_is_not_text_or_not_there_is_refused(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    with pytest.raises(BadImport, match="cannot be read"):
        importing.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadImport, match="UTF-8"):
        importing.read(path)


@pytest.mark.django_db(transaction=True)
def test_imported_articles_are_published_and_found(
    index_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "all.csv"
    path.write_text(formats.of(path).write(map(rows.row_of, ENTRIES)), encoding="utf-8")
    call_command("import_articles", path)
    assert "3 articles read, 3 new or changed; version 1 of the index holds 0" in capsys.readouterr().out
    call_command("import_articles", path, "--publish")
    out, err = capsys.readouterr()
    assert "version 2 of the index holds 3" in out and "embedding: 100%" in err
    assert live.current().search("taka ferot pabo kobe").candidates[0].article == "refund-time"
    assert IndexVersion.objects.count() == 2
