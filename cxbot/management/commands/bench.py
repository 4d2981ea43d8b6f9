"""`manage.py bench`: the time from a visitor's message to the bot's, beside the time that the encoder alone takes."""

from __future__ import annotations

import asyncio
import itertools
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cxbot.bench.figures import NothingAnswered, percentiles
from cxbot.own_server import StartFailed, own_daphne, own_demo, own_server
from knowledge_base import demo, encoder, importing
from knowledge_base.errors import KnowledgeBaseError

ROUNDS_ALONE = 5  # one visitor after the other, so that there is something to take percentiles of
RAW_QUERIES = 200
WARM_UP = 10
# With --promise, of each server by turns:
ROUNDS, PACED_ROUNDS = 6, 3  # the first of each warms up
PACE = 20.0  # messages a second


class Command(BaseCommand):
    help = "Measure the time to the bot's reply: of one visitor, of many at once, and of the encoder alone."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--visitors", type=int, default=50, help="how many talk at once (50)")
        parser.add_argument("--messages", type=int, default=10, help="of each visitor (10)")
        parser.add_argument(
            "--promise",
            action="store_true",
            help="measure instead how long a message takes to be accepted, against a bare echo that writes one row",
        )
        parser.add_argument("--url", help="a running server with the demo shop; without it, one is started for this")
        parser.add_argument("--site", default="demo", help="the site's key on that server (demo)")
        parser.add_argument("--json", type=Path, help="also write the figures here")

    def handle(self, *, visitors: int, messages: int, url: str | None, site: str, **options: Any) -> None:
        if visitors < 1 or messages < 1:
            raise CommandError("--visitors and --messages count from 1.")
        measure, show = (_promise, self._print_promise) if options["promise"] else (_answers, self._print)
        try:
            result = measure(visitors, messages, url, site)
        except ModuleNotFoundError as error:
            raise CommandError(f"This needs the packages for tests: pip install {error.name}") from error
        except StartFailed as error:
            raise CommandError(f"The server did not start:\n{error}") from error
        except (KnowledgeBaseError, NothingAnswered, OSError) as error:
            raise CommandError(str(error)) from error
        show(result)
        if options["json"] is not None:
            options["json"].write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def _print(self, result: dict[str, Any]) -> None:
        raw, one, many, ratio = (result[name] for name in ("encoder", "one", "many", "ratio"))
        self.stdout.write(f"{'':28}{'p50':>10}{'p95':>10}{'a second':>10}")
        for name, figures, rate in (
            (f"{raw['name']}, one query", raw, ""),
            ("one visitor", one, one["messages_per_second"]),
            (f"{many['visitors']} visitors at once", many, many["messages_per_second"]),
        ):
            self.stdout.write(f"{name:28}{figures['p50_ms']:7.1f} ms{figures['p95_ms']:7.1f} ms{rate:>10}")
        self.stdout.write(
            f"From send to the bot's event, as a multiple of the encoder's time (p50): "
            f"{ratio['one']:.1f} for one visitor, {ratio['many']:.1f} for {many['visitors']} at once."
        )
        if silent := one["silent"] + many["silent"]:
            self.stdout.write(self.style.WARNING(f"{silent} messages were not answered and are in no figure."))

    def _print_promise(self, result: dict[str, Any]) -> None:
        clients = result["paced"]["cxbot"]["visitors"]
        for how, title in (("paced", f"{PACE:g} messages a second"), ("flat_out", "flat out")):
            self.stdout.write(f"{title + f', {clients} clients':36}{'p50':>10}{'p95':>10}{'a second':>10}")
            for name, what in (("echo", "a bare echo, one row each"), ("cxbot", "cxbot, send to accepted")):
                of = result[how][name]
                rate = of["messages_per_second"]
                self.stdout.write(f"  {what:34}{of['p50_ms']:7.1f} ms{of['p95_ms']:7.1f} ms{rate:>10}")


def _promise(clients: int, messages: int, _url: str | None, _site: str) -> dict[str, Any]:
    from cxbot.bench.promise import MOST, Contest  # it needs packages that only tests need besides

    if messages > MOST:
        raise CommandError(f"With --promise a client sends at most {MOST} messages at once.")
    with tempfile.TemporaryDirectory(prefix="cxbot-bench-") as name, ExitStack() as stack:
        folders = [Path(name, "echo"), Path(name, "cxbot")]
        for folder in folders:
            folder.mkdir()
        with tqdm(desc="starting two servers for this", bar_format="{desc}: {elapsed}") as bar:
            echo = stack.enter_context(own_daphne("cxbot.bench.echo:storing", folders[0], bar.refresh))
            ours = stack.enter_context(own_demo(folders[1], bar.refresh))
        with tqdm(desc="messages", total=2 * (ROUNDS + PACED_ROUNDS) * clients * messages, unit="message") as bar:
            contest = Contest(echo, ours, folders[1] / "cxbot.sqlite3", bar.update)
            flat_out = asyncio.run(contest.compare(clients, messages, range(ROUNDS)))
            paced = asyncio.run(contest.compare(clients, messages, range(ROUNDS, ROUNDS + PACED_ROUNDS), PACE))
    return {
        how: {name: asdict(figures) for name, figures in zip(("echo", "cxbot"), pair, strict=True)}
        for how, pair in (("flat_out", flat_out), ("paced", paced))
    }


def _answers(visitors: int, messages: int, url: str | None, site: str) -> dict[str, Any]:
    raw = _encoder_alone()
    with _server(url) as address:
        result = {"encoder": raw} | asyncio.run(_measure(address, site, visitors, messages))
    result["ratio"] = {name: round(result[name]["p50_ms"] / raw["p50_ms"], 2) for name in ("one", "many")}
    return result


def _encoder_alone() -> dict[str, Any]:
    """The time of one query at a time in a process that does nothing else."""
    model = encoder.load(settings.ENCODER)
    questions = list(itertools.islice(_questions(), RAW_QUERIES + WARM_UP))
    times = []
    for question in tqdm(questions, "the encoder alone", unit="query"):
        began = time.perf_counter()
        model.queries([question])
        times.append(time.perf_counter() - began)
    p50, p95 = percentiles(times[WARM_UP:])
    return {"name": model.name, "queries": RAW_QUERIES, "p50_ms": p50, "p95_ms": p95}


async def _measure(address: str, site: str, visitors: int, messages: int) -> dict[str, Any]:
    from cxbot.bench.visitors import ask_together  # the client is a library that only tests need besides

    questions = _questions()
    alone = [list(itertools.islice(questions, messages))]
    together = [list(itertools.islice(questions, messages)) for _ in range(visitors)]
    await ask_together(address, site, alone, lambda: None)  # warms up
    with tqdm(desc="one visitor", total=ROUNDS_ALONE * messages, unit="message") as bar:
        one = await ask_together(address, site, alone, bar.update, rounds=ROUNDS_ALONE)
    with tqdm(desc=f"{visitors} visitors at once", total=visitors * messages, unit="message") as bar:
        many = await ask_together(address, site, together, bar.update)
    return {"one": asdict(one), "many": asdict(many)}


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url.rstrip("/")
        return
    with tqdm(desc="starting a server for this", bar_format="{desc}: {elapsed}") as bar, own_server(bar.refresh) as it:
        bar.close()
        yield it


def _questions() -> Iterator[str]:
    """What the demo shop's articles are asked in all three ways of writing, over and over; none leads to a person."""
    entries = [entry for entry in importing.read(demo.ARTICLES) if not entry.needs_human]
    asked = [[text.question for text in entry.texts.values()] for entry in entries]
    said = [[text for texts in entry.phrasings.values() for text in texts] for entry in entries]
    return itertools.cycle([text for one in itertools.zip_longest(*asked, *said) for text in one if text])
