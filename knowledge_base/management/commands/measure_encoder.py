"""Measure the encoder that `train_encoder` left in the room; write its card and the weights of the retriever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from knowledge_base import bundled, calibration
from knowledge_base.errors import KnowledgeBaseError


class Command(BaseCommand):
    help = "Measure the trained encoder on businesses that it has not seen; write card and calibration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("third_party", type=Path, help="holds banking77/")
        parser.add_argument("--room", type=Path, default=Path("var/training"), help="as of train_encoder")
        parser.add_argument("--ship", default="encoder", help="the stage that train_encoder exported")
        parser.add_argument("--to", type=Path, default=bundled.FOLDER, help="the encoder, whose card is written")

    def handle(self, *, third_party: Path, room: Path, ship: str, to: Path, **_options: Any) -> None:
        try:
            from knowledge_base.training import report
            from knowledge_base.training.card import card, loss_chart
        except ImportError as error:
            raise CommandError(f"Measuring needs what training does: pip install -e '.[train]' ({error})") from error
        try:
            rows = report.read_rows(room, lambda folders: tqdm(folders, "asking", unit="business"))
            weights = report.weights_of(rows["ours"])
            weights.save(
                calibration.SHIPPED, f"encoder {bundled.BundledEncoder(to).name}; {report.said_of(rows['ours'])}"
            )
            curve = lambda folders: tqdm(folders, "teaching", unit="business")  # noqa: E731 - a progress bar
            figures = report.figures(rows, room, to, ship, third_party, curve)
        except KnowledgeBaseError as error:
            raise CommandError(str(error)) from error
        (room / "figures.json").write_text(json.dumps(figures, indent=1))
        (to / "README.md").write_text(card(figures), encoding="utf-8")
        (to / "loss.svg").write_text(loss_chart(report.logs(room)))
        self.stdout.write((to / "README.md").read_text(encoding="utf-8"))
