"""Versions on disk: whole or absent, verified, tidied up."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge_base import encoder, versions
from knowledge_base.errors import IndexCorrupt
from knowledge_base.retriever import Retriever
from tests.knowledge_base.conftest import ENTRIES


@pytest.fixture(scope="module")
def retriever() -> Retriever:
    return Retriever.build(ENTRIES, encoder.load("bundled"))


def folders(root: Path) -> list[str]:
    return sorted(folder.name for folder in root.iterdir())


def test_what_was_written_is_read(retriever: Retriever, tmp_path: Path) -> None:
    digest = versions.write(retriever, tmp_path, 1)
    again = versions.read(tmp_path, 1, digest, retriever.encoder)
    assert (again.entries, again.passages) == (retriever.entries, retriever.passages)
    assert again.search("taka ferot") == retriever.search("taka ferot")


def test_nothing_but_the_version_is_left(retriever: Retriever, tmp_path: Path) -> None:
    digest = versions.write(retriever, tmp_path, 1)
    assert folders(tmp_path) == [versions.folder_of(tmp_path, 1, digest).name]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_any_changed_byte_in_any_file_is_found(retriever: Retriever, tmp_path: Path) -> None:
    digest = versions.write(retriever, tmp_path, 1)
    folder = versions.folder_of(tmp_path, 1, digest)
    for name in files(folder):
        good = (folder / name).read_bytes()
        for bad in (good[:-1], good + b"\x00", good[: len(good) // 2] + b"\xff" + good[len(good) // 2 + 1 :], b""):
            (folder / name).write_bytes(bad)
            with pytest.raises(IndexCorrupt, match=name.removesuffix(".json")):
                versions.read(tmp_path, 1, digest, retriever.encoder)
        (folder / name).unlink()
        with pytest.raises(IndexCorrupt):
            versions.read(tmp_path, 1, digest, retriever.encoder)
        (folder / name).write_bytes(good)
    assert versions.read(tmp_path, 1, digest, retriever.encoder).entries


def test_what_is_not_a_version_is_refused(retriever: Retriever, tmp_path: Path) -> None:
    with pytest.raises(IndexCorrupt):
        versions.read(tmp_path, 7, "0" * 64, retriever.encoder)


def test_a_damaged_version_is_replaced(retriever: Retriever, tmp_path: Path) -> None:
    digest = versions.write(retriever, tmp_path, 1)
    (versions.folder_of(tmp_path, 1, digest) / "vectors.npy").write_bytes(b"")
    assert versions.write(retriever, tmp_path, 1) == digest
    assert versions.read(tmp_path, 1, digest, retriever.encoder).entries
    assert len(folders(tmp_path)) == 1


def test_writers_of_the_same_version_do_not_disturb_each_other(retriever: Retriever, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _writer: versions.write(retriever, tmp_path, 1), range(16)))
    assert len(digests) == 1 and len(folders(tmp_path)) == 1
    assert versions.read(tmp_path, 1, digests.pop(), retriever.encoder).entries


def test_a_removed_version_serves_whoever_has_it_open(retriever: Retriever, tmp_path: Path) -> None:
    digest = versions.write(retriever, tmp_path, 1)
    opened = versions.read(tmp_path, 1, digest, retriever.encoder)
    shutil.rmtree(tmp_path)
    assert opened.search("taka ferot") == retriever.search("taka ferot")


def test_the_last_few_versions_are_kept(retriever: Retriever, tmp_path: Path) -> None:
    for number in range(1, versions.KEPT + 3):
        versions.write(retriever, tmp_path, number)
    newest = versions.KEPT + 2
    versions.clean(tmp_path, newest)
    assert [int(name.partition("-")[0]) for name in folders(tmp_path)] == [3, 4, newest]


def test_what_a_killed_writer_left_is_removed_once_it_must_be_dead(tmp_path: Path) -> None:
    left, in_progress = tmp_path / ".temporary-left", tmp_path / ".temporary-in-progress"
    for folder in (left, in_progress):
        folder.mkdir()
    os.utime(left, (0, 0))
    versions.clean(tmp_path, 1)
    assert folders(tmp_path) == [in_progress.name]


def test_a_disk_that_cannot_be_written_is_an_os_error(retriever: Retriever, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        versions.write(retriever, tmp_path / "file", 1)
    with pytest.raises(OSError):
        retriever._index.save(Path("/dev/full"))
