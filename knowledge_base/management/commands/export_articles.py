"""Take all articles to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge_base import importing
from knowledge_base.errors import KnowledgeBaseError


class Command(BaseCommand):
    help = "Export every article, drafts too, to a .jsonl, .csv or .md file that import_articles reads."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_options: Any) -> None:
        try:
            self.stdout.write(f"{importing.export(file)} articles written to {file}")
        except (KnowledgeBaseError, OSError) as error:
            raise CommandError(str(error)) from error
