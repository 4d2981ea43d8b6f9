"""Hire agents who are signed in already."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from django.test import Client

from support.desk import access
from support.models import Agent

AT_ONCE = 1000  # tickets


class Command(BaseCommand):
    help = "Make agents, and print the key of a session of each, a line for each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+")

    def handle(self, *, names: list[str], **_: Any) -> None:
        for name in names:
            user = User.objects.create_user(name)
            Agent.objects.create(user=user, display_name=name, languages=["bn", "en"], max_tickets=AT_ONCE)
            access.admit(user)
            browser = Client()
            browser.force_login(user)
            self.stdout.write(browser.cookies[settings.SESSION_COOKIE_NAME].value)
