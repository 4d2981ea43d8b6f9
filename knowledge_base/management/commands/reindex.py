"""Build the index anew."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from knowledge_base import publishing
from knowledge_base.errors import KnowledgeBaseError


class Command(BaseCommand):
    help = "Build a new index version of what is published; every server swaps to it by itself."

    def handle(self, **_options: Any) -> None:
        try:
            version = publishing.reindex(lambda batches: tqdm(batches, "embedding", unit="batch"))
        except (KnowledgeBaseError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"version {version.number}: {version.articles} articles, {version.passages} passages")
