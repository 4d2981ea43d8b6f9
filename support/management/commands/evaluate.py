"""Measure how well the bot finds and decides, on any labelled folder, without the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import encoder, reranker
from knowledge_base.corpus import read_entries, read_queries
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.retriever import Retriever
from support.dialogue.decision import Policy
from support.dialogue.thinking import Mind
from support.evaluation.figures import report
from support.evaluation.outcomes import observe
from support.understanding import sentiment


class Command(BaseCommand):
    help = "Evaluate on a folder with articles.jsonl and queries.jsonl."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--json", type=Path, help="also write the figures here")
        parser.add_argument("--encoder", default=settings.ENCODER, help="as CXBOT_ENCODER")
        parser.add_argument("--reranker", default=settings.RERANKER, help="as CXBOT_RERANKER")

    def handle(self, *, folder: Path, json: Path | None, **options: Any) -> None:
        try:
            entries = read_entries(folder)
            queries = read_queries(folder, entries)
            model = encoder.load(options["encoder"])
            retriever = Retriever.build(entries, model, progress=lambda rows: tqdm(rows, "embedding", unit="batch"))
            retriever = retriever.read_by(reranker.load(options["reranker"]))
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        mind = Mind(retriever, sentiment.load(settings.SENTIMENT_MODEL, model.name))
        outcomes = observe(mind, queries, Policy(), lambda rows: tqdm(rows, "asking", unit="query"))
        result = report(model.name, len(entries), outcomes)
        self._print(result)
        if json is not None:
            _write(json, result)

    def _print(self, result: dict[str, Any]) -> None:
        write = self.stdout.write
        write(f"encoder {result['encoder']}, {result['articles']} articles, calibration error {result['ece']:.3f}\n")
        for language, figures in result["languages"].items():
            write(self.style.MIGRATE_HEADING(language))
            for name, value in figures.items():
                write(f"  {name:14}" + (_row(value) if isinstance(value, dict) else f"{value:.3f}"))


def _row(figures: dict[str, Any]) -> str:
    return "  ".join(f"{name} {_cell(value)}" for name, value in figures.items())


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "–".join(f"{edge:.3f}" for edge in value)
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _write(path: Path, result: dict[str, Any]) -> None:
    path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
