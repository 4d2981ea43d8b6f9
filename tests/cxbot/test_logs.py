"""Logs say where and what kind, and never what a visitor wrote."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import django; django.setup()
import logging, structlog
try:
    try:
        raise KeyError("the visitor's secret")
    except KeyError as error:
        raise ValueError("the visitor's secret") from error
except ValueError:
    structlog.get_logger("support.dialogue.turn").exception("a turn failed", message=7)
    logging.getLogger("django.request").exception("a page failed")
"""


def test_a_traceback_names_its_exceptions_and_quotes_nobody(tmp_path: Path) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "cxbot.settings", "CXBOT_VAR_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment)
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    assert [row["event"] for row in rows] == ["a turn failed", "a page failed"]
    assert all("KeyError" in row["exception"] and "ValueError" in row["exception"] for row in rows)
    assert all('File "<string>"' in row["exception"] for row in rows)
    assert "secret" not in done.stderr


FOREIGN_HOST = """
import django; django.setup()
from django.test import Client
Client().get("/admin/", headers={"host": "evil.example"})
"""


def test_a_host_that_is_not_ours_is_one_line_and_no_error(tmp_path: Path) -> None:
    environment = {"DJANGO_SETTINGS_MODULE": "cxbot.settings", "CXBOT_VAR_DIR": str(tmp_path)}
    command = [sys.executable, "-c", FOREIGN_HOST]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    rows = [json.loads(line) for line in done.stderr.splitlines()]
    named = [row for row in rows if "evil.example" in row["event"]]
    assert [row["level"] for row in named] == ["warning"] and "exception" not in named[0]
