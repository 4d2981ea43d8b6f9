"""Measure how well moods are read, on any labelled file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import encoder
from knowledge_base.errors import KnowledgeBaseError
from support.understanding import sentiment
from support.understanding.measuring import figures, read_labelled


class Command(BaseCommand):
    help = 'Measure the sentiment model on a JSON Lines file: {"text", "lang", "sentiment", "upset"}.'
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", type=Path, help="also write the figures here")

    def handle(self, *, file: Path, json: Path | None, **_options: Any) -> None:
        try:
            rows = read_labelled(file)
            model = encoder.load(settings.ENCODER)
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        reader = sentiment.load(settings.SENTIMENT_MODEL, model.name)
        moods = [
            reader.read(row.text, encoder.read(model, row.text)[1])
            for row in tqdm(rows, "reading moods", unit="message", disable=None)
        ]
        languages = figures(rows, moods)
        for language, of_language in languages.items():
            self.stdout.write(f"{language:8}" + "  ".join(f"{name} {value:g}" for name, value in of_language.items()))
        if settings.SENTIMENT_MODEL == sentiment.BUNDLED and file.resolve().name == "sentiment.jsonl":
            self.stdout.write("(The bundled model learned from this file: train_sentiment prints honest figures.)")
        if json is not None:
            _write(json, languages)


def _write(path: Path, languages: dict[str, dict[str, float]]) -> None:
    path.write_text(json.dumps({"languages": languages}, indent=2) + "\n")
