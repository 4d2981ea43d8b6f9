"""Bring articles from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import importing, publishing
from knowledge_base.errors import KnowledgeBaseError


class Command(BaseCommand):
    help = "Import articles from a .jsonl, .csv or .md file. An article with a known id is replaced."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--publish", action="store_true", help="publish them; otherwise new ones are drafts")

    def handle(self, *, file: Path, publish: bool, **_options: Any) -> None:
        try:
            entries = importing.read(file)
            changed = importing.save(entries, publish)
            version = publishing.reindex(lambda batches: tqdm(batches, "embedding", unit="batch"))
        except (KnowledgeBaseError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(entries)} articles read, {changed} new or changed; version {version.number} of the index holds "
            f"{version.articles}"
        )
