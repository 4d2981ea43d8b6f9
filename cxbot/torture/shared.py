"""What the servers of a distributed deployment share: a PostgreSQL database and a Redis database that are ours alone,
and the faults of each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

__all__ = ["Fault", "NoServices", "own_postgres", "own_redis"]

Fault = Callable[[], None]
DATABASES = 16  # of a Redis, as it comes


class NoServices(Exception):
    """There is no PostgreSQL or Redis to use. The message says why."""


@contextmanager
def own_postgres(url: str) -> Iterator[tuple[str, Mapping[str, Fault]]]:
    """The address of a new database on that server, which is dropped in the end."""
    if not url:
        raise NoServices("Set DATABASE_URL and REDIS_URL: each is used for its server only, in a database of its own.")
    name = f"cxbot_torture_{secrets.token_hex(6)}"
    try:
        admin = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise NoServices(f"DATABASE_URL: {error}") from error
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def disconnect() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    try:
        yield _with_path(url, name), {"disconnect PostgreSQL": disconnect}
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def own_redis(url: str) -> Iterator[tuple[str, Mapping[str, Fault]]]:
    """The address of an empty database of that server, whatever number the URL has: it gets flushed."""
    if not url:
        raise NoServices("Set REDIS_URL: it is used for its server only, in a database of its own.")
    try:
        number = next((number for number in range(DATABASES - 1, -1, -1) if _is_empty(url, number)), None)
    except redis.RedisError as error:
        raise NoServices(f"REDIS_URL: {error}") from error
    if number is None:
        raise NoServices("All databases of this Redis are in use.")
    ours = _with_path(url, str(number))
    client = redis.Redis.from_url(ours)

    def disconnect() -> None:
        me = client.client_id()
        for one in client.client_list():
            if int(one["db"]) == number and int(one["id"]) != me:
                client.client_kill_filter(_id=one["id"])

    def flush() -> None:
        client.flushdb()

    try:
        yield ours, {"disconnect Redis": disconnect, "flush Redis": flush}
    finally:
        client.flushdb()
        client.close()


def _is_empty(url: str, number: int) -> bool:
    with redis.Redis.from_url(_with_path(url, str(number)), socket_connect_timeout=5) as client:
        return bool(client.dbsize() == 0)


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
