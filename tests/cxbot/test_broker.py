"""The file broker: whole messages only, and no yesterday's ones."""

from __future__ import annotations

import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kombu import Connection

from cxbot.broker import Transport, remove_expired


def connect(folder: Path) -> Connection:
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(folder / "control")}
    return Connection(transport=Transport, transport_options=options)


def write(folder: Path, count: int) -> None:
    with connect(folder) as connection, connection.Producer() as producer:
        for _ in range(count):
            producer.publish("x" * 200_000, routing_key="celery")


def test_a_reader_never_sees_half_a_message(tmp_path: Path) -> None:
    """Fails within a few messages on kombu's own filesystem transport."""
    writer = multiprocessing.get_context("spawn").Process(target=write, args=(tmp_path, 300))
    with connect(tmp_path) as connection:
        channel: Any = connection.default_channel
        writer.start()
        read = 0
        while writer.is_alive() or channel._size("celery"):
            if channel._size("celery"):
                assert channel._get("celery")
                read += 1
        writer.join()
    assert read == 300


def test_expired_and_unreadable_messages_are_removed_and_the_others_kept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with connect(tmp_path) as connection, connection.Producer() as producer:
        for expires in (now - timedelta(seconds=1), now + timedelta(minutes=1), None):
            headers = {"expires": expires.isoformat() if expires else None}
            producer.publish("task", routing_key="celery", headers=headers)
    (tmp_path / "1_a.celery.msg").write_text('{"half":')
    assert remove_expired(tmp_path, now) == 2
    assert len(list(tmp_path.glob("*.msg"))) == 2


def test_nothing_there_is_nothing_to_remove(tmp_path: Path) -> None:
    assert remove_expired(tmp_path / "missing", datetime.now(UTC)) == 0
