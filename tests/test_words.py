"""Every word that a person reads exists in Bengali, and the compiled files say what their sources say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from tests.conftest import missing

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(path for app in ("support", "knowledge_base") for path in (ROOT / app).rglob("bn/LC_MESSAGES/*.po"))
BENGALI = re.compile(r"[\u0980-\u09ff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT).parent.parent.parent)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_everything_is_translated(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    assert [entry.msgid for entry in catalogue.untranslated_entries() + catalogue.fuzzy_entries()] == []
    # A "translation" that is the English again is one that was forgotten, unless there are no words in it.
    said = {entry.msgid: PLACEHOLDER.sub("", text(entry)) for entry in catalogue}
    same = [msgid for msgid, words in said.items() if not BENGALI.search(words) and re.search("[a-z]{3}", words)]
    assert same == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_placeholders_survive_translation(path: Path) -> None:
    for entry in polib.pofile(str(path)):
        assert set(PLACEHOLDER.findall(text(entry))) == set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)), (
            entry
        )


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_compiled_words_are_the_sources(path: Path) -> None:
    compiled = {(entry.msgctxt, entry.msgid): text(entry) for entry in polib.mofile(str(path.with_suffix(".mo")))}
    assert compiled == {(entry.msgctxt, entry.msgid): text(entry) for entry in polib.pofile(str(path))}


def test_no_word_in_the_code_is_missing_from_the_sources(tmp_path: Path) -> None:
    """Runs makemessages on a copy, so that a new string without a translation fails here and not before a customer."""
    if not (shutil.which("git") and shutil.which("xgettext")):
        missing("git and gettext")
    tracked = subprocess.run(["git", "ls-files", "support", "knowledge_base"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode != 0:
        missing("a git checkout")
    known = {(entry.msgctxt, entry.msgid) for path in SOURCES for entry in polib.pofile(str(path))}
    for file in tracked.stdout.split():
        if file.endswith((".py", ".html", ".txt")) and (ROOT / file).exists():
            target = tmp_path / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((ROOT / file).read_bytes())
    (tmp_path / "locale").mkdir()
    command = [sys.executable, "-m", "django", "makemessages", "-l", "bn", "--no-location", "--keep-pot"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    used = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(tmp_path / "locale" / "django.pot"))}
    assert sorted(used - known, key=str) == []


def text(entry: polib.POEntry) -> str:
    return entry.msgstr or "\n".join(entry.msgstr_plural.values())
