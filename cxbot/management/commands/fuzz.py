"""`manage.py fuzz`: whatever a client sends, it gets a clear answer and nobody else notices."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cxbot.own_server import StartFailed


class Command(BaseCommand):
    help = "Send hostile payloads to a server that is started for this, while a visitor goes on asking it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same (1)")
        parser.add_argument("--payloads", type=int, default=100_000, help="how many (100,000)")

    def handle(self, *, seed: int, payloads: int, **_: Any) -> None:
        if payloads < 1:
            raise CommandError("--payloads counts from 1.")
        folder = settings.VAR_DIR / "fuzz" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{seed}"
        folder.mkdir(parents=True)
        try:
            holds = self._run(folder, seed, payloads)
        except ModuleNotFoundError as error:
            raise CommandError(f"This needs the packages for tests: pip install {error.name}") from error
        except StartFailed as error:
            raise CommandError(f"The server did not start, or ended:\n{error}\nIts files are in {folder}") from error
        if not holds:
            raise CommandError(f"Something is wrong. The server's log, and the payloads, are in {folder}")
        shutil.rmtree(folder)

    def _run(self, folder: Path, seed: int, payloads: int) -> bool:
        from cxbot.fuzz.run import fuzz  # it needs packages that only tests need besides
        from cxbot.torture.servers import embedded

        with tqdm(desc="starting", bar_format="{desc}: {elapsed}") as bar, embedded(folder, bar.refresh) as deployment:
            bar.close()
            with tqdm(desc="hostile", total=payloads, unit="payload") as bar:
                outcome = asyncio.run(fuzz(deployment.servers[0], seed, payloads, bar.update))
        (folder / "odd.txt").write_text("".join(" | ".join(one) + "\n" for one in outcome.tally.odd))
        for line in outcome.lines():
            self.stdout.write(line)
        return outcome.holds
