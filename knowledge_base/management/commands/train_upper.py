"""Let the bundled encoder learn on in its upper layers, measure it, and add the run to its card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import bundled
from knowledge_base.errors import KnowledgeBaseError

CARD = "README.md"
MISSING = "Training needs more packages than serving: pip install -e '.[train]' ({error})"


class Command(BaseCommand):
    help = "Train the encoder's upper layers. Then: train_sentiment, embed_demo, fit_calibration, train_followup."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--unseen", type=int, default=1, help="the fold of businesses that it is measured on")
        parser.add_argument("--test", nargs="*", type=Path, default=[], help="more folders to measure on: the shop")
        parser.add_argument(
            "--room", type=Path, default=Path("var/training"), help="where the log and weights are kept"
        )
        parser.add_argument("--steps", type=int, help="fewer make a quicker and worse one")
        parser.add_argument("--to", type=Path, default=bundled.FOLDER)

    def handle(self, *, unseen: int, test: list[Path], room: Path, to: Path, **options: Any) -> None:
        try:
            from knowledge_base.training import learning_on
        except ImportError as error:
            raise CommandError(MISSING.format(error=error)) from error
        room.mkdir(parents=True, exist_ok=True)
        reading, measuring = (lambda rows, doing=doing: tqdm(rows, doing) for doing in ("reading", "measuring"))
        try:
            log = learning_on.make(unseen, bundled.FOLDER, to, room, options["steps"], reading)
            run = learning_on.told(log, learning_on.figures(unseen, test, to, measuring))
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        card = (bundled.FOLDER / CARD).read_text(encoding="utf-8")
        (to / CARD).write_text(learning_on.with_run(card, run), encoding="utf-8")
        self.stdout.write(run)
