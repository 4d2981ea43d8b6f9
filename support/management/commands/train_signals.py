"""Learn to hear who asks for a person and who makes small talk, and write the numbers that are shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from knowledge_base.corpus import read_lines
from support.understanding import signals
from support.understanding.training import fit, matrix

# There are thirty questions for each phrase here, but not in a chat.
RARE = {"none": 0.1}


class Command(BaseCommand):
    help = "Train the signals on the shipped phrases, against the questions of the folders named (queries.jsonl)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="+", type=Path)
        parser.add_argument("--to", type=Path, default=signals.MODEL)

    def handle(self, *, folders: list[Path], to: Path, **_options: Any) -> None:
        rows = signals.read_phrases()
        phrases = len(rows)
        for folder in tqdm(folders, "reading", unit="folder"):
            lines = (row for _, row in read_lines(folder / "queries.jsonl"))
            rows += [(row["text"], "none") for row in lines if row["kind"] in ("in_scope", "out_of_scope")]
        model = fit(matrix([text for text, _ in rows]), [label for _, label in rows], c=300, weights_of=RARE)
        model.save(to)
        self.stdout.write(f"learned from {phrases} phrases and {len(rows) - phrases} questions; wrote {to}")
