"""Measure how well the bot finds and decides on businesses that nothing was fitted on, in one table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import encoder, reranker
from knowledge_base.corpus import read_entries
from knowledge_base.errors import KnowledgeBaseError
from support.evaluation.figures import report
from support.evaluation.held_out import answered_at, outcomes
from support.understanding import sentiment

PRECISION = 0.97


class Command(BaseCommand):
    help = "Evaluate each folder with a calibration that was fitted on the others. Name ones the encoder has not seen."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path)
        parser.add_argument("--test", nargs="*", type=Path, default=[], help="folders that are only measured on")
        parser.add_argument("--json", type=Path, required=True, help="where the figures go")
        parser.add_argument("--reranker", default=settings.RERANKER, help="as CXBOT_RERANKER")

    def handle(self, *, folders: list[Path], test: list[Path], **options: Any) -> None:
        if len(set(folders)) < 2:
            raise CommandError("Name two or more businesses: each is judged by what was fitted on the others.")
        try:
            articles = sum(len(read_entries(folder)) for folder in (*folders, *test))
            model = encoder.load(settings.ENCODER)
            found = outcomes(
                folders,
                test,
                model,
                reranker.load(options["reranker"]),
                sentiment.load(settings.SENTIMENT_MODEL, model.name),
                lambda of, doing: tqdm(of, doing, unit="business"),
            )
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        figures = report(model.name, articles, found)
        for language, of_language in figures["languages"].items():
            of_one = [one for one in found if one.query.language == language]
            of_language[f"at_precision_{PRECISION}"] = answered_at(PRECISION, of_one)
        options["json"].write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        self.stdout.write(json.dumps(figures, indent=1, ensure_ascii=False))
