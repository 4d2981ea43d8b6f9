"""The retriever of this process: always the newest version, swapped in whole.

The database says which version is newest; its files may be missing or damaged here (another machine, a full disk), and
then it is built again from what is published, with the vectors that the passages' rows keep. Whatever goes wrong with a
newer version, the one before is served on.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from knowledge_base import encoder, publishing, reranker, versions
from knowledge_base.encoder import Encoder
from knowledge_base.errors import IndexCorrupt, IndexMissing, KnowledgeBaseError
from knowledge_base.models import IndexVersion
from knowledge_base.retriever import Retriever

__all__ = ["Status", "current", "follow", "forget", "status"]

log = structlog.get_logger(__name__)
EVERY_SECONDS = 1.0  # between two looks for a newer version


@dataclass(frozen=True, slots=True)
class Status:
    version: int
    encoder: str
    articles: int
    passages: int


@dataclass(frozen=True, slots=True)
class _Live:
    number: int
    retriever: Retriever | None  # None: the version holds nothing
    seen: int  # the newest version when last looked; another than `number` if that one cannot be served here
    looked_at: float


_live: _Live | None = None
_looking = threading.Lock()
_follower: threading.Thread | None = None


def current() -> Retriever:
    """The newest retriever, without waiting for one to load; only the first call waits.

    Raises `IndexMissing` when nothing is published; on the first load also `EncoderError` and what the database raises.
    """
    return _serving(_newest())


def status() -> Status:
    """What is live, for the readiness page. Raises as `current` does."""
    live = _newest()
    retriever = _serving(live)
    return Status(live.number, retriever.encoder.name, len(retriever.entries), len(retriever.passages))


def follow() -> None:
    """Look for newer versions from a thread of its own: a server calls this once, so that no visitor's thread does."""
    global _follower
    if not _is_followed():
        _follower = threading.Thread(target=_follow, name="index", daemon=True)
        _follower.start()


def forget() -> None:
    """Load again at the next call, and follow no more: for tests, and after the settings changed."""
    global _live, _follower
    _live = _follower = None


def _newest() -> _Live:
    live = _live
    if live is None:
        with _looking:  # the first callers wait for the first load
            return _live or _look(None)
    is_due = time.monotonic() - live.looked_at > EVERY_SECONDS
    if is_due and not _is_followed() and _looking.acquire(blocking=False):  # the others get the one before meanwhile
        try:
            return _look_safely(live)
        finally:
            _looking.release()
    return live


def _serving(live: _Live) -> Retriever:
    if live.retriever is None:
        raise IndexMissing("no article is published")
    return live.retriever


def _is_followed() -> bool:
    return _follower is not None and _follower.is_alive()


def _follow() -> None:
    while threading.current_thread() is _follower:
        if (live := _live) is not None:  # the first load is a caller's, who is told what is wrong
            with _looking:
                _look_safely(live)
            close_old_connections()
        time.sleep(EVERY_SECONDS)
    connection.close()


def _look_safely(live: _Live) -> _Live:
    global _live
    try:
        return _look(live)
    except (DatabaseError, OSError, KnowledgeBaseError) as error:
        log.warning("a newer index cannot be had yet", number=live.number, error=repr(error))
        _live = replace(live, looked_at=time.monotonic())
        return _live


def _look(live: _Live | None) -> _Live:
    """Look which version is newest, and load it if it is not the one that was seen last."""
    global _live
    newest = IndexVersion.objects.first()
    now = time.monotonic()
    number = newest.number if newest else 0
    if live is not None and live.seen == number:
        _live = replace(live, looked_at=now)
    elif newest is None or not newest.articles:
        _live = _Live(number, None, number, now)
    else:
        model = encoder.load(settings.ENCODER)
        if live is not None and live.retriever is not None and newest.encoder != model.name:
            # A deployment is under way that changes the encoder; this process goes with the old one.
            log.warning("a newer index is of another encoder", number=number, encoder=newest.encoder)
            _live = replace(live, seen=number, looked_at=now)
        else:
            retriever = _load(newest, model)
            if retriever is not None:
                retriever = retriever.read_by(reranker.load(settings.RERANKER))
            _live = _Live(number, retriever, number, now)
            log.info("index live", number=number, articles=newest.articles)
    return _live


def _load(version: IndexVersion, model: Encoder) -> Retriever | None:
    if version.encoder != model.name:
        log.warning(
            "the index is of another encoder: building one in memory; `manage.py reindex` makes one for all",
            number=version.number,
            encoder=version.encoder,
        )
        return _build(model)
    try:
        return versions.read(settings.INDEX_DIR, version.number, version.digest, model)
    except IndexCorrupt as error:
        log.warning("the index is built again", number=version.number, reason=str(error))
    retriever = _build(model)
    if retriever is not None:
        try:
            versions.write(retriever, settings.INDEX_DIR, version.number)
        except (OSError, IndexCorrupt) as error:
            log.warning("the index is kept in memory alone", number=version.number, reason=str(error))
    return retriever


def _build(model: Encoder) -> Retriever | None:
    try:
        return publishing.build(model)
    except IndexMissing:
        return None  # the last article was deleted, and the version that says so is not there yet
