"""Versions: immutable, incremental, one after the other, whole or absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from knowledge_base import encoder, importing, live, publishing, versions
from knowledge_base.errors import IndexCorrupt, IndexMissing
from knowledge_base.models import Article, ArticleText, IndexVersion, Passage
from tests.knowledge_base.conftest import ENTRIES, Counting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _articles(index_dir: Path) -> None:
    importing.save(ENTRIES, publish=True)


@pytest.fixture
def watched(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> Counting:
    monkeypatch.setattr(encoder, "load", lambda _setting: counting)
    return counting


def test_only_what_is_new_is_embedded(watched: Counting) -> None:
    publishing.reindex()
    watched.embedded.clear()
    publishing.reindex()
    assert watched.embedded == []
    ArticleText.objects.filter(article__key="opening").update(question="দোকান কয়টায় খোলে?")
    publishing.reindex()
    assert watched.embedded == ["দোকান কয়টায় খোলে?"]
    assert set(Passage.objects.filter(article__key="opening").values_list("text", flat=True)) == {
        "দোকান কয়টায় খোলে?",
        "সকাল ৯টায়।",
    }


def test_another_encoder_embeds_everything_again(watched: Counting) -> None:
    publishing.reindex()
    texts = len(set(watched.embedded))
    watched.embedded.clear()
    watched.name = "another"
    assert publishing.reindex().encoder == "another"
    assert len(watched.embedded) == texts


def test_a_withdrawn_article_is_not_found_and_a_published_one_is() -> None:
    publishing.reindex()
    opening = Article.objects.get(key="opening")
    publishing.withdraw(opening)
    live.forget()
    assert {entry.key for entry in live.current().entries} == {"refund-time", "delivery-charge"}
    publishing.publish(opening)
    live.forget()
    assert live.current().search("dokan kokhon khule").candidates[0].article == "opening"


def test_withdrawing_the_last_article_leaves_nothing_to_find() -> None:
    publishing.reindex()
    Article.objects.update(status=Article.Status.DRAFT)
    publishing.reindex()
    live.forget()
    with pytest.raises(IndexMissing):
        live.current()


def test_two_builders_at_once_end_with_everything() -> None:
    publishing.reindex()

    def build(key: str) -> None:
        try:
            article = Article.objects.create(key=key, status="published")
            ArticleText.objects.create(article=article, language="en", question=f"What about {key}?", answer="Yes.")
            publishing.reindex()
        finally:
            connection.close()

    threads = [threading.Thread(target=build, args=(f"new-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live.forget()
    assert {f"new-{number}" for number in range(4)} < {entry.key for entry in live.current().entries}
    newest = IndexVersion.objects.first()
    assert newest is not None and newest.articles == len(ENTRIES) + 4
    assert Passage.objects.count() == newest.passages


def test_old_versions_are_removed(index_dir: Path) -> None:
    numbers = [publishing.reindex().number for _ in range(versions.KEPT + 2)]
    kept = sorted(int(folder.name.split("-")[0]) for folder in index_dir.iterdir())
    assert kept == numbers[-versions.KEPT :]


@pytest.mark.parametrize("damage", ["missing", "byte", "manifest"])
def test_a_damaged_version_is_built_again_without_embedding(watched: Counting, index_dir: Path, damage: str) -> None:
    version = publishing.reindex()
    folder = versions.folder_of(index_dir, version.number, version.digest)
    if damage == "missing":
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    else:
        path = folder / ("manifest.json" if damage == "manifest" else "vectors.npy")
        content = bytearray(path.read_bytes())
        content[-3] ^= 1
        path.write_bytes(content)
    watched.embedded.clear()
    live.forget()
    assert live.current().search("taka ferot").candidates[0].article == "refund-time"
    assert watched.embedded == []
    assert versions.read(index_dir, version.number, version.digest, watched).entries  # whole again


def test_a_full_disk_is_not_fatal(index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version = publishing.reindex()
    (versions.folder_of(index_dir, version.number, version.digest) / "vectors.npy").unlink()

    def full(*_arguments: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "write", full)
    live.forget()
    assert live.current().entries


def test_a_builder_killed_in_the_middle_leaves_the_old_version_live(index_dir: Path) -> None:
    version = publishing.reindex()
    script = (
        "import os, signal, sys; from pathlib import Path; from knowledge_base import encoder, versions;"
        "root, number, digest = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3];"
        "retriever = versions.read(root, number, digest, encoder.load('bundled'));"
        "retriever._sound.save = lambda path: os.kill(os.getpid(), signal.SIGKILL);"
        "versions.write(retriever, root, number + 1)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(index_dir), str(version.number), version.digest])
    assert done.returncode == -signal.SIGKILL
    assert [folder.name for folder in index_dir.iterdir() if folder.name.startswith(".writing")]
    live.forget()
    assert live.status().version == version.number
    assert publishing.reindex().number == version.number + 1


def test_another_process_swaps_by_itself(index_dir: Path, settings: Settings) -> None:
    publishing.reindex()
    script = (
        "import django; django.setup(); from django.conf import settings; import sys, time; from pathlib import Path;"
        "settings.DATABASES['default'].update(eval(sys.argv[2])); settings.INDEX_DIR = Path(sys.argv[1]);"
        "from knowledge_base import live; live.current(); live.follow();\n"
        "while True: print(live._live.number, flush=True); time.sleep(0.05)"
    )
    database = {name: str(connection.settings_dict[name]) for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "cxbot.settings", "CXBOT_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", script, str(index_dir), repr(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as other:
        assert other.stdout is not None
        try:
            first = int(other.stdout.readline())
            number = publishing.reindex().number
            assert number > first
            published_at = time.monotonic()
            while int(other.stdout.readline()) != number:
                assert time.monotonic() - published_at < 30
        finally:
            other.kill()


def test_what_is_not_a_version_is_refused(index_dir: Path) -> None:
    with pytest.raises(IndexCorrupt):
        versions.read(index_dir, 7, "0" * 64, encoder.load("bundled"))
