"""Index versions on disk: immutable folders, complete or absent, verified before use.

A version is written beside its place, every file flushed to the disk, described by a manifest of hashes, and only then
renamed. Its folder is `<number>-<digest>`, so two builders of one number never touch each other's files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from uuid import uuid4

from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexCorrupt
from knowledge_base.retriever import Retriever

__all__ = ["clean", "folder_of", "read", "write"]

MANIFEST = "manifest.json"
KEPT = 3  # versions; a process may still be loading the one before the newest
_HALF_WRITTEN = ".writing-"


def folder_of(root: Path, number: int, digest: str) -> Path:
    return root / f"{number}-{digest[:16]}"


def write(retriever: Retriever, root: Path, number: int) -> str:
    """Write a version and return its digest, the SHA-256 of its manifest. Raises `OSError` where the disk does."""
    writing = root / f"{_HALF_WRITTEN}{uuid4().hex}"
    writing.mkdir(parents=True)
    try:
        retriever.save(writing)
        manifest = json.dumps({path.name: _sha256(path) for path in sorted(writing.iterdir())}, indent=1)
        (writing / MANIFEST).write_text(manifest, encoding="utf-8")
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        for path in writing.iterdir():
            _flush(path)
        _flush(writing)
        place = folder_of(root, number, digest)
        if place.exists():  # a damaged one: this is the same, whole
            shutil.rmtree(place)
        writing.rename(place)
        _flush(root)
        return digest
    finally:
        shutil.rmtree(writing, ignore_errors=True)


def read(root: Path, number: int, digest: str, encoder: Encoder) -> Retriever:
    """The version of that number and digest. Raises `IndexCorrupt` if any file is not what was written."""
    folder = folder_of(root, number, digest)
    try:
        manifest = (folder / MANIFEST).read_text(encoding="utf-8")
        if hashlib.sha256(manifest.encode()).hexdigest() != digest:
            raise IndexCorrupt(f"{folder.name}: the manifest was changed")
        for name, expected in json.loads(manifest).items():
            if _sha256(folder / name) != expected:
                raise IndexCorrupt(f"{folder.name}: {name} was changed")
    except OSError as error:
        raise IndexCorrupt(f"{folder.name}: {error}") from error
    return Retriever.load(folder, encoder)


def clean(root: Path, newest: int) -> None:
    """Remove all but the last few versions. A process that has one open keeps its files until it lets go."""
    for folder in root.iterdir():
        number = folder.name.partition("-")[0]
        if number.isdigit() and int(number) <= newest - KEPT:
            shutil.rmtree(folder, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
