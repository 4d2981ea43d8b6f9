"""Index versions on disk: immutable folders, complete or absent, verified before use.

A version is written beside its place, every file flushed to the disk, described by a manifest of sizes and hashes, and
only then renamed. Its folder is `<number>-<digest>`, so two builders of one number never touch each other's files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexCorrupt
from knowledge_base.retriever import Retriever

__all__ = ["KEPT", "clean", "folder_of", "read", "write"]

MANIFEST = "manifest.json"
KEPT = 3  # versions; a process may still be loading the one before the newest
ABANDONED_AFTER = 3600.0  # seconds without a change; then whoever was writing has died
_TEMPORARY = ".temporary-"


def folder_of(root: Path, number: int, digest: str) -> Path:
    return root / f"{number}-{digest[:16]}"


def write(retriever: Retriever, root: Path, number: int) -> str:
    """Write a version and return its digest, the SHA-256 of its manifest. Raises `OSError` where the disk does."""
    writing = _temporary(root)
    writing.mkdir(parents=True)
    try:
        retriever.save(writing)
        manifest = json.dumps({path.name: _facts(path) for path in sorted(writing.iterdir())}, indent=1).encode()
        (writing / MANIFEST).write_bytes(manifest)
        digest = hashlib.sha256(manifest).hexdigest()
        for path in writing.iterdir():
            _flush(path)
        _flush(writing)
        _move_in(writing, folder_of(root, number, digest), digest)
        return digest
    finally:
        shutil.rmtree(writing, ignore_errors=True)


def read(root: Path, number: int, digest: str, encoder: Encoder) -> Retriever:
    """The version of that number and digest. Raises `IndexCorrupt` if any file is not what was written."""
    folder = folder_of(root, number, digest)
    _verify(folder, digest)
    return Retriever.load(folder, encoder)


def clean(root: Path, newest: int) -> None:
    """Remove all but the last few versions, and what killed writers left behind. A process that has a removed version
    open keeps its files until it lets go of them."""
    for folder in root.glob("*"):
        number = folder.name.partition("-")[0]
        is_old = number.isdigit() and int(number) <= newest - KEPT
        if is_old or (folder.name.startswith(_TEMPORARY) and _is_abandoned(folder)):
            shutil.rmtree(folder, ignore_errors=True)


def _move_in(writing: Path, place: Path, digest: str) -> None:
    """Rename `writing` to `place`, unless the same is there already; what is damaged makes room."""
    aside = _temporary(place.parent)
    try:
        _verify(place, digest)
    except IndexCorrupt:
        with suppress(FileNotFoundError):
            place.rename(aside)
        try:
            writing.rename(place)
        except OSError:
            _verify(place, digest)  # another process was faster in writing the same; else the disk is at fault
    _flush(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _verify(folder: Path, digest: str) -> None:
    try:
        manifest = (folder / MANIFEST).read_bytes()
        if hashlib.sha256(manifest).hexdigest() != digest:
            raise IndexCorrupt(f"{folder.name}: the manifest was changed")
        for name, written in json.loads(manifest).items():
            if _facts(folder / name) != written:
                raise IndexCorrupt(f"{folder.name}: {name} was changed")
    except OSError as error:
        raise IndexCorrupt(f"{folder.name}: {error}") from error


def _temporary(root: Path) -> Path:
    return root / f"{_TEMPORARY}{uuid4().hex}"


def _is_abandoned(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > ABANDONED_AFTER
    except FileNotFoundError:
        return False  # its writer has just finished


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
