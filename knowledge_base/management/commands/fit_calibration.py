"""Learn the calibration over labelled businesses, and write the numbers that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import calibration, encoder, reranker
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.fitting import fit, labelled


class Command(BaseCommand):
    help = "Fit the calibration on folders with articles.jsonl and queries.jsonl. Test it on folders not named here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path)
        parser.add_argument("--to", type=Path, default=calibration.SHIPPED)

    def handle(self, *, folders: list[Path], to: Path, **_options: Any) -> None:
        try:
            model, reads = encoder.load(settings.ENCODER), reranker.load(settings.RERANKER)
            rows = [row for folder in tqdm(folders, "reading", unit="folder") for row in labelled(folder, model, reads)]
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        names = ", ".join(sorted(folder.name for folder in folders))
        to.parent.mkdir(exist_ok=True)
        fit(rows).save(to, f"encoder {model.name}; {len(rows)} queries of: {names}")
        self.stdout.write(f"learned from {len(rows)} queries; wrote {to}")
