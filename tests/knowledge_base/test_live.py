"""The retriever of a process: the newest version, or the best that can be had."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from knowledge_base import importing, live, publishing, versions
from knowledge_base.errors import EncoderError, IndexMissing
from knowledge_base.models import Article, IndexVersion
from tests.knowledge_base import elsewhere
from tests.knowledge_base.conftest import ENTRIES, Counting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _articles(index_dir: Path) -> None:
    importing.save(ENTRIES, publish=True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A clock by which every call of `current` is two seconds after the one before."""
    ticks = itertools.count(step=live.EVERY_SECONDS * 2)
    monkeypatch.setattr(time, "monotonic", lambda: next(ticks))
    yield


def folder_of(version: IndexVersion, root: Path) -> Path:
    return versions.folder_of(root, version.number, version.digest)


def test_nothing_published_is_said() -> None:
    with pytest.raises(IndexMissing):
        live.current()
    with pytest.raises(IndexMissing):
        live.status()


def test_the_status_is_of_what_is_live() -> None:
    version = publishing.reindex()
    assert live.status() == live.Status(version.number, version.encoder, len(ENTRIES), version.passages)


def test_a_newer_version_is_swapped_in(clock: None) -> None:
    publishing.reindex()
    before = live.current()
    assert live.current() is before
    publishing.withdraw(Article.objects.get(key="opening"))
    assert {entry.key for entry in live.current().entries} == {"refund-time", "delivery-charge"}
    assert {entry.key for entry in before.entries} == {entry.key for entry in ENTRIES}  # whoever uses it, keeps it


def test_the_database_is_asked_once_a_second(django_assert_num_queries: object) -> None:
    publishing.reindex()
    live.current()
    with django_assert_num_queries(0):  # type: ignore[operator]
        for _call in range(100):
            live.current()


def test_another_process_swaps_by_itself() -> None:
    first = publishing.reindex().number
    with elsewhere.start("watch") as other:
        try:
            assert other.stdout is not None
            assert int(other.stdout.readline()) == first
            second = publishing.reindex().number
            assert int(other.stdout.readline()) == second
        finally:
            other.kill()


def test_nobody_waits_while_a_newer_version_loads(clock: None, monkeypatch: pytest.MonkeyPatch) -> None:
    publishing.reindex()
    before = live.current()
    loading, go_on = threading.Event(), threading.Event()
    real = versions.read

    def slow_read(*arguments: object) -> object:
        loading.set()
        assert go_on.wait(30)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(versions, "read", slow_read)
    publishing.withdraw(Article.objects.get(key="opening"))
    found = []

    def load() -> None:
        found.append(live.current())
        connection.close()

    loader = threading.Thread(target=load)
    loader.start()
    assert loading.wait(30)
    assert live.current() is before
    go_on.set()
    loader.join()
    assert live.current() is found[0] is not before


@pytest.mark.parametrize("damage", ["folder", "manifest", "truncated", "byte", "not UTF-8"])
def test_a_damaged_version_is_built_again_without_embedding(watched: Counting, index_dir: Path, damage: str) -> None:
    version = publishing.reindex()
    folder = folder_of(version, index_dir)
    match damage:
        case "folder":
            shutil.rmtree(folder)
        case "manifest":
            (folder / "manifest.json").unlink()
        case "truncated":
            with (folder / "passages.faiss").open("r+b") as file:
                file.truncate(100)
        case "byte":
            content = bytearray((folder / "vectors.npy").read_bytes())
            content[-3] ^= 1
            (folder / "vectors.npy").write_bytes(content)
        case _:
            (folder / "manifest.json").write_bytes(b"\xff\xfe")
    watched.embedded.clear()
    assert live.current().search("taka ferot").candidates[0].article == "refund-time"
    assert live.status().version == version.number
    assert watched.embedded == []
    assert versions.read(index_dir, version.number, version.digest, watched).entries  # whole again


def test_where_nothing_can_be_written_the_index_is_in_memory(index_dir: Path) -> None:
    version = publishing.reindex()
    shutil.rmtree(index_dir)
    index_dir.write_text("not a folder")
    assert live.status().version == version.number
    assert live.current().search("taka ferot").candidates[0].article == "refund-time"


@pytest.mark.parametrize("error", [DatabaseError("gone"), OSError(5, "I/O"), EncoderError("no model")])
def test_what_goes_wrong_with_a_newer_version_leaves_the_one_before(
    error: Exception, clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    publishing.reindex()
    before = live.current()
    publishing.withdraw(Article.objects.get(key="opening"))

    def fail(*_arguments: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(versions, "read", fail)
        assert live.current() is before
    assert live.current() is not before  # tried again, and well


def test_an_article_deleted_from_a_version_that_is_lost_too_leaves_nothing(index_dir: Path) -> None:
    publishing.reindex()
    shutil.rmtree(index_dir)
    Article.objects.all().delete()
    with pytest.raises(IndexMissing):
        live.current()


def test_a_process_with_another_encoder_builds_its_own(watched: Counting, index_dir: Path) -> None:
    version = publishing.reindex()
    before = sorted(path.name for path in index_dir.iterdir())
    watched.name = "another"
    assert live.current().encoder.name == "another"
    assert live.current().search("taka ferot").candidates[0].article == "refund-time"
    assert IndexVersion.objects.get() == version  # it changes nothing for the others
    assert sorted(path.name for path in index_dir.iterdir()) == before


def test_a_version_of_another_encoder_does_not_reach_a_running_process(watched: Counting, clock: None) -> None:
    publishing.reindex()
    before, own = live.current(), watched.name
    watched.name = "another"
    publishing.reindex()
    watched.name = own
    assert live.current() is before
    assert live.current() is before


def test_a_server_follows_so_that_its_threads_never_load(monkeypatch: pytest.MonkeyPatch) -> None:
    publishing.reindex()
    live.current()
    monkeypatch.setattr(live, "EVERY_SECONDS", 0.02)
    live.follow()
    follower = live._follower
    assert follower is not None
    live.follow()
    assert live._follower is follower  # one is enough
    publishing.withdraw(Article.objects.get(key="opening"))
    connection.close()
    with CaptureQueriesContext(connection) as mine:
        while live.status().version != 2:
            time.sleep(0.01)
    assert len(mine) == 0
    live.forget()
    follower.join(30)
    assert not follower.is_alive()
