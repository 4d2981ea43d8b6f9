"""Make the bundled reranker from the shipped encoder and our corpus, measure it, and write its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import bundled, reranker
from knowledge_base.errors import KnowledgeBaseError

CARD = "README.md"
MISSING = "Training needs more packages than serving: pip install -e '.[train]' ({error})"


class Command(BaseCommand):
    help = "Train the reranker without some businesses, and measure it on those. Then: fit_calibration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unseen", type=int, default=1, help="the fold of businesses that it is measured on")
        parser.add_argument("--test", nargs="*", type=Path, default=[], help="more folders to measure on: the shop")
        parser.add_argument("--room", type=Path, default=Path("var/training"), help="where log and figures are kept")
        further = "let the one that is there learn on, from these alone or from all"
        parser.add_argument("--further", nargs="*", metavar="BUSINESS", help=further)
        parser.add_argument("--steps", type=int, help="fewer make a quicker and worse one")
        parser.add_argument("--to", type=Path, default=reranker.FOLDER)
        parser.add_argument("--measure-only", action="store_true", help="measure the one that is there")

    def handle(self, *, unseen: int, test: list[Path], room: Path, to: Path, **options: Any) -> None:
        try:
            from knowledge_base.training import rereading, telling
        except ImportError as error:
            raise CommandError(MISSING.format(error=error)) from error
        room.mkdir(parents=True, exist_ok=True)
        ranking, measuring = (
            lambda folders, doing=doing: tqdm(folders, doing, unit="business") for doing in ("ranking", "measuring")
        )
        log = room / "reranker.jsonl"
        try:
            model = bundled.BundledEncoder()
            runs = rereading.runs(to / CARD) if options["measure_only"] or options["further"] is not None else []
            if not options["measure_only"]:
                rereading.make(unseen, options["further"], model, to, log, options["steps"], ranking)
                runs.append(telling.run(log))
            figures = rereading.figures(unseen, test, model, to, measuring)
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        (room / "reranker.json").write_text(json.dumps(figures, indent=1))
        (to / CARD).write_text(rereading.card(figures, runs), encoding="utf-8")
        self.stdout.write((to / CARD).read_text(encoding="utf-8"))
