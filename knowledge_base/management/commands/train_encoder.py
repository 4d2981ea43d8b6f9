"""Make the bundled encoder from two packages of the registry, our corpus and two public data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from knowledge_base import bundled
from knowledge_base.errors import KnowledgeBaseError

MISSING = "Training needs more packages than serving: pip install -e '.[train]' ({error})"


class Command(BaseCommand):
    help = "Train the bundled encoder, stage by stage; a stage whose folder is in the room is not made again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("third_party", type=Path, help="holds banglatlit/ and clinc150/")
        parser.add_argument("--room", type=Path, default=Path("var/training"), help="where stages and logs are kept")
        parser.add_argument("--until", default="encoder", help="the last stage, which is exported: fold-1 … or encoder")
        parser.add_argument("--to", type=Path, default=bundled.FOLDER, help="where the quantised encoder goes")
        parser.add_argument("--full-precision", action="store_true", help="do not quantise: for people with a GPU")

    def handle(self, *, third_party: Path, room: Path, until: str, to: Path, **options: Any) -> None:
        try:
            from knowledge_base.training import recipe
            from knowledge_base.training.export import export
        except ImportError as error:
            raise CommandError(MISSING.format(error=error)) from error
        if until not in recipe.STAGES:
            raise CommandError(f"--until {until}: choose one of {', '.join(recipe.STAGES)}.")
        room.mkdir(parents=True, exist_ok=True)
        try:
            for stage in recipe.STAGES[: recipe.STAGES.index(until) + 1]:
                self.stdout.write(f"{stage}: {recipe.make(stage, room, third_party)}")
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        export(room / until, to, bits=32 if options["full_precision"] else 8)
        self.stdout.write(f"wrote {to}. Now: manage.py measure_encoder, train_sentiment and embed_demo.")
