"""`manage.py serve`, as a stranger runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.serving import ROOT, eventually, serving

pytestmark = pytest.mark.timeout(240)


def test_a_first_start_gives_a_shop_and_an_administrator_and_a_second_finds_them(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        assert server.health()["status"] == "ready"
        assert httpx.get(f"{server.address}/demo/").status_code == 200
        password = server.password
        assert can_log_in(server.address, password)
    with serving(tmp_path) as server:
        assert "password" not in server.said()
        assert server.health()["index"]["version"] == 1  # nothing was built again
        assert can_log_in(server.address, password)


def can_log_in(address: str, password: str) -> bool:
    with httpx.Client(base_url=address, follow_redirects=True) as browser:
        browser.get("/admin/login/")
        form = {"username": "admin", "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        return browser.post("/admin/login/?next=/admin/desk/", data=form).url.path == "/admin/desk/"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_leaves_nothing_behind(shop: Path, number: int) -> None:
    with serving(shop) as server:
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert len(children) == 3
        assert server.stop(number) == 0
        assert not any(child.is_running() for child in children)
        assert "Traceback" not in server.said()


def test_the_children_of_a_server_that_was_killed_end_by_themselves(shop: Path) -> None:
    with serving(shop) as server:
        children = psutil.Process(server.process.pid).children(recursive=True)
        server.process.kill()
        server.process.wait()
        assert eventually(lambda: not any(child.is_running() for child in children))


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_a_child_that_is_killed_is_started_again(shop: Path, name: str) -> None:
    with serving(shop) as server:
        before = server.kill(name)
        assert eventually(lambda: server.pid(name) not in (None, before))
        assert f"{name} was ended by SIGKILL; starting it again in 0.5 s" in server.said()
        assert eventually(lambda: server.health().get("status") == "ready")


def test_a_server_of_ones_own_starts_with_an_empty_site(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "127.0.0.1") as server:
        assert server.rows("SELECT key FROM support_site") == [("main",)]
        assert (server.health()["status"], server.health()["index"]["state"]) == ("degraded", "empty")
        assert httpx.get(f"{server.address}/demo/").status_code == 404


def test_a_port_that_is_taken_is_said_before_anything_is_done(shop: Path, tmp_path: Path) -> None:
    with serving(shop) as server:
        command = [sys.executable, "manage.py", "serve", "--port", str(server.port)]
        environment = os.environ | {"CXBOT_VAR_DIR": str(tmp_path / "other")}
        second = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{server.port}: Address already in use. Choose another" in second.stderr
    assert not (tmp_path / "other" / "cxbot.sqlite3").exists()
