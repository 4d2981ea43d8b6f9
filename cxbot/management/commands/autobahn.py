"""`manage.py autobahn`: how well our end of a websocket keeps to RFC 6455, as the Autobahn test suite sees it."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cxbot.fuzz.autobahn import EXPLAINED, run
from cxbot.own_server import StartFailed


class Command(BaseCommand):
    help = "Run the Autobahn test suite against Daphne with our protocol class."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--wstest",
            type=Path,
            required=True,
            help="the program of the package autobahntestsuite, in an environment of Python 2.7 of its own",
        )

    def handle(self, *, wstest: Path, **_: Any) -> None:
        folder = settings.VAR_DIR / "autobahn"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            with tqdm(desc="Autobahn", bar_format="{desc}: {elapsed}") as bar:
                results = run(wstest, folder, bar.refresh)
        except (StartFailed, OSError, subprocess.CalledProcessError) as error:
            raise CommandError(f"{error}\nWhat was printed is in {folder}") from error
        for behaviour, cases in Counter(result.behaviour for result in results).most_common():
            self.stdout.write(f"{behaviour:28}{cases:>8}")
        failed = [result for result in results if result.failed]
        for result in failed:
            why = EXPLAINED.get(result.case, "UNEXPLAINED")
            self.stdout.write(f"{result.case:10} {result.behaviour}, {result.closing}: {why}")
        unexplained = sum(result.case not in EXPLAINED for result in failed)
        self.stdout.write(f"{'cases':28}{len(results):>8}\n{'unexplained failures':28}{unexplained:>8}")
        self.stdout.write(f"The report is {folder / 'reports' / 'index.html'}")
        if unexplained:
            raise CommandError("There are failures that nobody has explained.")
