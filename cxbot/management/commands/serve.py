"""`manage.py serve`: everything that one machine needs, with one command."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from argparse import ArgumentParser
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.db.utils import OperationalError
from tqdm import tqdm

from cxbot.supervisor import Program, supervise
from knowledge_base import demo as demo_shop
from support.models import Agent, Site

CELERY = ("celery", "-A", "cxbot", "--quiet")


class Command(BaseCommand):
    help = "Migrate, then run the web server, the worker and the scheduler until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with a small online shop, its articles and its page")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, demo: bool, host: str, port: int, **options: Any) -> None:
        _check_free(host, port)
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        self._make_site(demo)
        self._make_administrator()
        connections.close_all()
        address = f"http://{_reachable(host)}:{port}"
        environment = os.environ | ({"CXBOT_DEMO": "1"} if demo else {})
        asyncio.run(supervise(_programs(host, port, address, demo), self.stdout.write, environment))

    def _make_site(self, with_demo: bool) -> None:
        if with_demo:
            names = {"name_en": "Shapla Store", "name_bn": "শাপলা স্টোর"}
            Site.objects.get_or_create(key="demo", defaults=names)
            demo_shop.load(partial(tqdm, desc="Reading the articles", unit="batch"))
        elif not Site.objects.exists():
            Site.objects.create(key="main", name_en="Our support", name_bn="আমাদের সহায়তা")

    def _make_administrator(self) -> None:
        if User.objects.filter(is_superuser=True).exists():
            return
        name = "admin" if not User.objects.filter(username="admin").exists() else f"admin-{secrets.token_hex(2)}"
        password = secrets.token_urlsafe(12)
        user = User.objects.create_superuser(name, password=password)
        Agent.objects.create(user=user, display_name="Support", languages=["bn", "bn-Latn", "en"])
        self.stdout.write(
            f"The first administrator is {name}, with the password {password}\n"
            f"It is shown this once. To choose another: python manage.py changepassword {name}"
        )


def _programs(host: str, port: int, address: str, demo: bool) -> list[Program]:
    pages = [("Demo", f"{address}/demo/")] if demo else []
    pages += [("Admin", f"{address}/admin/"), ("Health", f"{address}/readyz")]
    # Behind TLS there is a proxy, and visitors are told apart by the address that it passes on.
    proxy = ["--proxy-headers"] if settings.HTTPS else []
    return [
        Program(
            "web",
            ("daphne", "-v", "0", "-b", host, "-p", str(port), "--no-server-name", *proxy, "cxbot.asgi:application"),
            probe=partial(_waits_for, f"{address}/readyz"),
            greeting="\n".join(f"{name + ':':8}{page}" for name, page in pages) + "\nCtrl-C stops everything.",
            pulse=partial(_answers, f"{address}/healthz"),
        ),
        Program("worker", (*CELERY, "worker", "--without-gossip", "--without-mingle", "--without-heartbeat")),
        Program("beat", (*CELERY, "beat", "--pidfile=")),
    ]


def _check_free(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port or --host."
        ) from error


def _reachable(host: str) -> str:
    """A name for `host` that this machine can open in a browser."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - it is compared, not bound
    return f"[{name}]" if ":" in name else name


def _answers(page: str) -> bool:
    try:
        with urlopen(page, timeout=5):  # noqa: S310 - our own address
            return True
    except (OSError, HTTPException):
        return False


def _waits_for(page: str) -> str:
    """What a readiness page waits for; nothing when it is ready."""
    try:
        with urlopen(page, timeout=5):  # noqa: S310 - our own address
            return ""
    except HTTPError as error:
        facts = json.load(error)
        broken = ", ".join(f"{name} ({fact['reason']})" for name, fact in facts.items() if "reason" in fact)
        return broken or str(facts["status"])
    except (OSError, HTTPException) as error:
        return str(error)
