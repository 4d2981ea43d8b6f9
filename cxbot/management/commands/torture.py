"""`manage.py torture`: whatever process dies, nothing that was accepted is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cxbot.bench.server import StartFailed
from cxbot.torture import history
from cxbot.torture.shared import NoServices


class Command(BaseCommand):
    help = "Prove delivery: visitors talk to servers whose processes die; then their histories meet the database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same visitors and faults (1)")
        parser.add_argument("--minutes", type=float, default=1.0, help="of faults (1)")
        parser.add_argument("--visitors", type=int, default=10, help="how many talk at once (10)")
        parser.add_argument(
            "--deployment",
            choices=["embedded", "distributed"],
            default="embedded",
            help="one server with SQLite, or two with the PostgreSQL of DATABASE_URL and the Redis of REDIS_URL",
        )
        parser.add_argument("--keep", action="store_true", help="keep the logs also where nothing is wrong")

    def handle(self, *, seed: int, minutes: float, visitors: int, deployment: str, keep: bool, **_: Any) -> None:
        if visitors < 1 or minutes <= 0:
            raise CommandError("--visitors and --minutes are more than nothing.")
        folder = settings.VAR_DIR / "torture" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{deployment}-{seed}"
        folder.mkdir(parents=True)
        try:
            holds = self._run(folder, deployment, seed, 60 * minutes, visitors)
        except ModuleNotFoundError as error:
            raise CommandError(f"This needs the packages for tests: pip install {error.name}") from error
        except StartFailed as error:
            raise CommandError(f"A server did not start, or ended:\n{error}\nIts files are in {folder}") from error
        except NoServices as error:
            raise CommandError(str(error)) from error
        if not holds:
            raise CommandError(f"The promise does not hold. The logs are in {folder}")
        if not keep:
            shutil.rmtree(folder)

    def _run(self, folder: Path, kind: str, seed: int, seconds: float, visitors: int) -> bool:
        from cxbot.torture import run, servers  # they need packages that only tests need besides
        from cxbot.torture.report import report

        deploy = {"embedded": servers.embedded, "distributed": servers.distributed}[kind]
        path = folder / "history.jsonl"
        with tqdm(desc="starting", bar_format="{desc}: {elapsed}") as starting, deploy(folder, starting.refresh) as it:
            starting.close()
            layout = "{l_bar}{bar}| {n:.0f} of {total:.0f} s{postfix}"
            with history.Journal(path) as journal, tqdm(desc="faults", total=seconds, bar_format=layout) as bar:

                def show() -> None:
                    bar.n = min(bar.format_dict["elapsed"], seconds)
                    bar.set_postfix(accepted=journal.accepted, faults=journal.faults)

                quiet = asyncio.run(run.torture(it, journal, seed, seconds, visitors, show))
            rows = it.database.rows()
        (folder / "rows.json").write_bytes(msgspec.json.encode(rows))
        outcome = report(history.read(path), rows, quiet=quiet)
        (folder / "violations.txt").write_text("".join(f"{one}\n" for one in outcome.violations))
        for line in outcome.lines():
            self.stdout.write(line)
        return outcome.holds
