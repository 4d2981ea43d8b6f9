"""Services that some tests need. A test that needs one says so with a marker and is skipped where there is none.

In CI nothing may be skipped: with CXBOT_REQUIRE_SERVICES=1 a missing service fails the test instead.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator

import psycopg
import pytest
import redis
from django.db import connection
from pytest_django import DjangoDbBlocker

POSTGRES = os.environ.get("CXBOT_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("CXBOT_TEST_REDIS", "redis://127.0.0.1:6379/15")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")  # each process of a test run has a Redis database to itself
CHROMIUM = os.environ.get("CXBOT_TEST_CHROMIUM", "") or shutil.which("chromium") or shutil.which("google-chrome") or ""


def missing(service: str) -> None:
    if os.environ.get("CXBOT_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{service} is required here and was not found", pytrace=False)
    pytest.skip(f"needs {service}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A new, empty PostgreSQL database."""
    try:
        admin = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        missing("PostgreSQL (CXBOT_TEST_POSTGRES)")
    name = f"cxbot_test_{uuid.uuid4().hex[:12]}"
    admin.execute(f'CREATE DATABASE "{name}"')
    yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    admin.close()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database, emptied before and after."""
    base, number = REDIS.rsplit("/", 1)
    url = f"{base}/{int(number) - int(WORKER.removeprefix('gw'))}"
    client = redis.Redis.from_url(url, socket_connect_timeout=3)
    try:
        client.flushdb()
    except redis.ConnectionError:
        missing("Redis (CXBOT_TEST_REDIS)")
    yield url
    client.flushdb()
    client.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    if not CHROMIUM:
        missing("Chromium (CXBOT_TEST_CHROMIUM)")
    return CHROMIUM


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The threads of the pools keep their connections; PostgreSQL drops no database that somebody is in."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
