"""`manage.py torture`: whatever process dies, nothing that was accepted is lost, and nothing is done twice."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cxbot.own_server import StartFailed
from cxbot.torture import history
from cxbot.torture.shared import NoServices

if TYPE_CHECKING:
    from cxbot.torture.report import Report


class Command(BaseCommand):
    help = (
        "Prove delivery: visitors and agents talk to servers that are struck; then their histories meet the database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same visitors and faults (1)")
        parser.add_argument("--runs", type=int, default=1, help="with this seed and the ones after it (1)")
        parser.add_argument("--minutes", type=float, default=1.0, help="of faults, in each run (1)")
        parser.add_argument("--visitors", type=int, default=20, help="how many talk at once (20)")
        parser.add_argument(
            "--deployment",
            choices=["embedded", "distributed"],
            default="embedded",
            help="one server with SQLite, or two with the PostgreSQL of DATABASE_URL and the Redis of REDIS_URL",
        )
        parser.add_argument("--keep", action="store_true", help="keep the logs also where nothing is wrong")

    def handle(
        self, *, seed: int, runs: int, minutes: float, visitors: int, deployment: str, keep: bool, **_: Any
    ) -> None:
        if runs < 1 or visitors < 1 or minutes <= 0:
            raise CommandError("--runs, --visitors and --minutes are more than nothing.")
        total: Report | None = None
        failed: list[str] = []
        for number in range(seed, seed + runs):
            folder = settings.VAR_DIR / "torture" / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{deployment}-{number}"
            outcome = self._outcome(folder, deployment, number, 60 * minutes, visitors)
            total = outcome if total is None else total + outcome
            if runs > 1:
                self.stdout.write(f"seed {number}: {outcome.brief()}")
            if not outcome.holds:
                failed.append(str(folder))
            elif not keep:
                shutil.rmtree(folder)
        for line in total.lines() if total else ():
            self.stdout.write(line)
        if failed:
            raise CommandError("The promise does not hold. The logs are in\n" + "\n".join(failed))

    def _outcome(self, folder: Path, deployment: str, seed: int, seconds: float, visitors: int) -> Report:
        folder.mkdir(parents=True)
        try:
            return self._run(folder, deployment, seed, seconds, visitors)
        except ModuleNotFoundError as error:
            raise CommandError(f"This needs the packages for tests: pip install {error.name}") from error
        except StartFailed as error:
            raise CommandError(f"A server did not start, or ended:\n{error}\nIts files are in {folder}") from error
        except NoServices as error:
            raise CommandError(str(error)) from error

    def _run(self, folder: Path, kind: str, seed: int, seconds: float, visitors: int) -> Report:
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

                complaints = asyncio.run(run.torture(it, journal, seed, seconds, visitors, show))
            rows = it.database.rows()
        (folder / "rows.json").write_bytes(msgspec.json.encode(rows))
        outcome = report(history.read(path), rows, complaints)
        (folder / "violations.txt").write_text("".join(f"{one}\n" for one in outcome.violations))
        return outcome
