"""Learn the calibration over labelled businesses, and write the numbers that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import calibration, encoder
from knowledge_base.calibration import Calibration
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.encoder import Encoder
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.fitting import Labelled, fit
from knowledge_base.retriever import Retriever


class Command(BaseCommand):
    help = "Fit the calibration on folders with articles.jsonl and queries.jsonl. Test it on folders not named here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path)
        parser.add_argument("--to", type=Path, default=calibration.SHIPPED)

    def handle(self, *, folders: list[Path], to: Path, **_options: Any) -> None:
        try:
            model = encoder.load(settings.ENCODER)
            rows = [row for folder in tqdm(folders, "reading", unit="folder") for row in _labelled(folder, model)]
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        names = ", ".join(sorted(folder.name for folder in folders))
        to.parent.mkdir(exist_ok=True)
        fit(rows).save(to, f"encoder {model.name}; {len(rows)} queries of: {names}")
        self.stdout.write(f"learned from {len(rows)} queries; wrote {to}")


def _labelled(folder: Path, model: Encoder) -> list[Labelled]:
    entries = read_entries(folder)
    numbers = {entry.key: number for number, entry in enumerate(entries)}
    retriever = Retriever.build(entries, model, weights=Calibration.blank())
    queries = [query for query in read_queries(folder, entries) if query.kind in ("in_scope", "out_of_scope")]
    vectors = model.queries([query.text for query in queries])
    return [
        Labelled(
            retriever.features(query.text, vector),
            "bn" if query.language == "mixed" else query.language,
            numbers[query.article] if query.article else -1,
        )
        for query, vector in zip(queries, vectors, strict=True)
    ]
