"""The torture: a short run of it holds, on a real server whose processes are killed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

pytestmark = pytest.mark.timeout(600)
SHORT = ("--seed", "1", "--minutes", "0.4", "--visitors", "6")
DISTRIBUTED = pytest.param("distributed", marks=[pytest.mark.postgres, pytest.mark.redis])


@pytest.mark.parametrize("deployment", ["embedded", DISTRIBUTED])
def test_nothing_is_lost_and_nothing_doubled(
    deployment: str,
    tmp_path: Path,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    settings.VAR_DIR = tmp_path
    if deployment == "distributed":
        settings.DATABASE_URL, settings.REDIS_URL = (
            request.getfixturevalue(name) for name in ("postgres_url", "redis_url")
        )
    call_command("torture", *SHORT, "--deployment", deployment)
    printed = capsys.readouterr().out
    assert number("messages accepted", printed) > 0
    assert number("processes killed", printed) > 0
    assert "Verdict: nothing lost, nothing doubled." in printed
    assert list((tmp_path / "torture").iterdir()) == []


def test_it_says_what_is_missing_for_the_distributed_deployment(tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR, settings.DATABASE_URL = tmp_path, ""
    with pytest.raises(CommandError, match="Set DATABASE_URL"):
        call_command("torture", "--deployment", "distributed")


def number(name: str, printed: str) -> int:
    found = re.search(rf"{name}\s+(\d+)", printed)
    assert found, printed
    return int(found[1])
