"""What the servers share: the network, and in a distributed deployment a PostgreSQL database and a Redis database that
are ours alone; and the faults of each."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from psycopg import sql

from cxbot.torture.proxy import Network, Proxy, Weather

__all__ = ["LASTS", "NetworkFault", "NoServices", "Shared", "bad_weather", "own_postgres", "own_redis"]

NetworkFault = Callable[[Random], None]  # returns when it is over
DATABASES = 16  # of a Redis, as it comes
LASTS = (1.0, 6.0)  # seconds of bad weather


@dataclass(frozen=True, slots=True)
class Shared:
    address: str
    front: str  # its proxy, as the servers know it
    faults: Mapping[str, NetworkFault]


class NoServices(Exception):
    """There is no PostgreSQL or Redis to use. The message says why."""


def bad_weather(name: str, *proxies: Proxy) -> dict[str, NetworkFault]:
    """Each kind of it, for one of the proxies to `name`."""

    def strike(weather: Weather, rng: Random) -> None:
        proxy, seconds = rng.choice(proxies), rng.uniform(*LASTS)
        proxy.weather = weather
        try:
            time.sleep(seconds)
        finally:
            proxy.weather = Weather.FAIR

    def cut(rng: Random) -> None:
        rng.choice(proxies).cut()

    storms = [weather for weather in Weather if weather is not Weather.FAIR]
    faults: dict[str, NetworkFault] = {f"{name} {weather}": partial(strike, weather) for weather in storms}
    return faults | {f"{name} cut": cut}


@contextmanager
def own_postgres(url: str, network: Network) -> Iterator[Shared]:
    """A new database on that server, which is dropped in the end."""
    if not url:
        raise NoServices("Set DATABASE_URL and REDIS_URL: each is used for its server only, in a database of its own.")
    name = f"cxbot_torture_{secrets.token_hex(6)}"
    try:
        admin = psycopg.connect(url, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise NoServices(f"DATABASE_URL: {error}") from error
    with admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def disconnect(_rng: Random) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    ours = _with_path(url, name)
    front, proxy = _behind_proxy(ours, 5432, network)
    try:
        yield Shared(ours, front, {"PostgreSQL disconnects": disconnect} | bad_weather("PostgreSQL", proxy))
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def own_redis(url: str, network: Network) -> Iterator[Shared]:
    """An empty database of that server, whatever number the URL has: it gets flushed."""
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

    front, proxy = _behind_proxy(ours, 6379, network)
    weather = bad_weather("Redis", proxy)

    def disconnect(_rng: Random) -> None:
        me = client.client_id()
        for one in client.client_list():
            if int(one["db"]) == number and int(one["id"]) != me:
                client.client_kill_filter(_id=one["id"])

    def flush(_rng: Random) -> None:
        client.flushdb()

    def restart(rng: Random) -> None:
        """Down, and back with nothing: queues, groups and hints are gone."""
        weather[f"Redis {Weather.DOWN}"](rng)
        flush(rng)

    ways = {"Redis disconnects": disconnect, "Redis flushed": flush, "Redis restarts": restart}
    try:
        yield Shared(ours, front, ways | weather)
    finally:
        client.flushdb()
        client.close()


def _behind_proxy(url: str, default_port: int, network: Network) -> tuple[str, Proxy]:
    parts = urlsplit(url)
    proxy = network.proxy(parts.hostname or "127.0.0.1", parts.port or default_port)
    before, at, _address = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{before}{at}127.0.0.1:{proxy.port}")), proxy


def _is_empty(url: str, number: int) -> bool:
    with redis.Redis.from_url(_with_path(url, str(number)), socket_connect_timeout=5) as client:
        return bool(client.dbsize() == 0)


def _with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))
