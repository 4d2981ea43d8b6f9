"""The retriever of this process: always the newest version, swapped in whole.

The database says which version is newest; its files may be missing or damaged here (another machine, a full disk), and
then the same version is built again from the passages' rows, without embedding anything.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from knowledge_base import encoder, publishing, versions
from knowledge_base.errors import IndexCorrupt, IndexMissing
from knowledge_base.models import IndexVersion
from knowledge_base.retriever import Retriever

__all__ = ["Status", "current", "follow", "forget", "status"]

log = structlog.get_logger(__name__)
EVERY_SECONDS = 1.0
_refreshing = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Live:
    number: int
    retriever: Retriever | None  # None: the version holds nothing
    checked_at: float


@dataclass(frozen=True, slots=True)
class Status:
    version: int
    encoder: str
    articles: int
    passages: int


_live: _Live | None = None
_follower: threading.Thread | None = None


def current() -> Retriever:
    """The newest retriever. Looks for a newer version once a second; while one loads, others get the one before.

    Raises `IndexMissing` when nothing is published.
    """
    live = _live
    if live is None:
        with _refreshing:  # the first callers wait for the first load
            live = _live or _refresh()
    elif time.monotonic() - live.checked_at > EVERY_SECONDS and _refreshing.acquire(blocking=False):
        try:
            live = _refresh()
        finally:
            _refreshing.release()
    if live.retriever is None:
        raise IndexMissing("no article is published")
    return live.retriever


def status() -> Status:
    """What is live, for the readiness page. Raises `IndexMissing`."""
    retriever = current()
    number = _live.number if _live else 0
    return Status(number, retriever.encoder.name, len(retriever.entries), len(retriever.passages))


def follow() -> None:
    """Swap to new versions as they come, from a thread: a server calls this once, so that no visitor waits for it."""
    global _follower
    if _follower is None or not _follower.is_alive():
        _follower = threading.Thread(target=_follow, name="index", daemon=True)
        _follower.start()


def forget() -> None:
    """Load again at the next call: for tests, and after the settings changed."""
    global _live
    _live = None


def _follow() -> None:
    while True:
        time.sleep(EVERY_SECONDS)
        try:
            current()
        except IndexMissing:
            continue
        except (DatabaseError, OSError) as error:
            log.warning("could not look for a new index", error=type(error).__name__)
        finally:
            close_old_connections()


def _refresh() -> _Live:
    global _live
    newest = IndexVersion.objects.first()
    now = time.monotonic()
    if newest is None:
        _live = _Live(0, None, now)
    elif _live is not None and _live.number == newest.number:
        _live = _Live(_live.number, _live.retriever, now)
    else:
        _live = _Live(newest.number, _load(newest), now)
        log.info("index live", number=newest.number, articles=newest.articles)
    return _live


def _load(version: IndexVersion) -> Retriever | None:
    if not version.articles:
        return None
    model = encoder.load(settings.ENCODER)
    try:
        return versions.read(settings.INDEX_DIR, version.number, version.digest, model)
    except IndexCorrupt as error:
        log.warning("index is built again", number=version.number, reason=str(error))
    retriever = publishing.build(model)
    try:
        versions.write(retriever, settings.INDEX_DIR, version.number)
    except OSError as error:
        log.warning("the index is kept in memory alone", number=version.number, error=str(error))
    return retriever
