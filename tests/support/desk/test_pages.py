"""The desk as an agent has it: Chromium against a real server, in both languages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.desk.scene import FIRST, SECOND

pytestmark = pytest.mark.chromium
ROOT = Path(__file__).resolve().parents[3]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@dataclass
class Desk:
    """A server with `scene` in its database. `ticket`, `token` and `conversation` are Nadia's."""

    environment: dict[str, str]
    ticket: int
    token: str
    conversation: str
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        command = [sys.executable, "-m", "daphne", "-p", str(self.port), "-b", "127.0.0.1", "cxbot.asgi:application"]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                self._wait()
                yield
            finally:
                server.terminate()

    def _wait(self) -> None:
        for _ in range(150):
            try:
                httpx.get(f"{self.url}/admin/login/")
                return
            except httpx.TransportError:
                time.sleep(0.2)
        raise TimeoutError("the server did not start")

    def visitor_says(self, body: str) -> None:
        said = {"conversation": self.conversation, "cid": str(uuid.uuid4()), "body": body}
        headers = {"Authorization": f"Bearer {self.token}"}
        httpx.post(f"{self.url}/api/support/v1/messages", json=said, headers=headers).raise_for_status()

    def visitor_reads(self) -> list[str]:
        headers = {"Authorization": f"Bearer {self.token}"}
        query = {"conversation": self.conversation, "after": "0"}
        response = httpx.get(f"{self.url}/api/support/v1/messages", params=query, headers=headers)
        return [event["body"] for event in response.json()["events"]]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    environment = os.environ | {"CXBOT_VAR_DIR": str(tmp_path), "CXBOT_LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "tests.support.desk.scene"]
    scene = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Desk(environment, port=free.getsockname()[1], **json.loads(scene.stdout))


@contextmanager
def browser(chromium: str, locale: str, size: tuple[int, int]) -> Iterator[Page]:
    """A page in which an error in a script, or a dialog that a visitor's words opened, is a failure."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = running.new_context(locale=locale, viewport={"width": size[0], "height": size[1]}).new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        yield page
        running.close()
        assert wrong == []


def sign_in(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.url}/admin/login/?next=/admin/desk/")
    page.fill("#id_username", "rahima")
    page.fill("#id_password", "open sesame")
    page.press("#id_password", "Enter")


WORDS = {
    "en-US": {"claim": "Claim", "resolve": "Resolve", "language": "Banglish", "upset": "Upset", "away": "Away"},
    "bn-BD": {
        "claim": "দায়িত্ব নিন",
        "resolve": "টিকিট বন্ধ করুন",
        "language": "বাংলিশ",
        "upset": "ক্ষুব্ধ",
        "away": "বিরতিতে",
    },
}


@pytest.mark.parametrize("locale, size", [("en-US", (1280, 800)), ("bn-BD", (390, 844))])
def test_an_agent_works_a_ticket_from_inbox_to_resolved(
    desk: Desk, chromium: str, locale: str, size: tuple[int, int]
) -> None:
    words = WORDS[locale]
    with desk.serving(), browser(chromium, locale, size) as page:
        sign_in(page, desk)
        row = page.locator(f'[data-ticket="{desk.ticket}"]')
        expect(row).to_contain_text("Nadia")
        expect(row).to_contain_text(FIRST)
        expect(row).to_contain_text(words["upset"])
        row.focus()
        page.keyboard.press("Enter")

        log = page.get_by_role("log")
        expect(log).to_contain_text(SECOND)
        escalated = page.locator(".desk-escalated")
        for expected in (SECOND, words["language"], words["upset"]):
            expect(escalated).to_contain_text(expected)
        expect(page.locator(".desk-log img")).to_have_count(0)

        page.get_by_role("button", name=words["claim"]).click()
        reply = page.get_by_role("textbox")
        reply.fill("আসসালামু আলাইকুম, দেখছি")
        reply.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        expect(page.locator(".desk-from-agent")).to_have_count(0)
        reply.press("Enter")
        expect(page.locator(".desk-from-agent:not(.desk-pending)")).to_contain_text("আসসালামু আলাইকুম, দেখছি")
        assert "আসসালামু আলাইকুম, দেখছি" in desk.visitor_reads()

        reply.press("/")
        page.get_by_role("option").first.click()
        expect(reply).to_have_value("আমরা দুঃখিত।")
        reply.fill("")

        desk.visitor_says("dhonnobad apu")
        expect(log).to_contain_text("dhonnobad apu")

        page.get_by_role("button", name=words["resolve"]).click()
        expect(page.locator(".desk-status-resolved")).to_be_visible()
        expect(reply).to_have_count(0)


def test_an_answer_of_the_knowledge_base_can_be_written_for_the_agent(desk: Desk, chromium: str) -> None:
    with desk.serving(), browser(chromium, "en-US", (1280, 800)) as page:
        sign_in(page, desk)
        page.locator(f'[data-ticket="{desk.ticket}"]').click()
        details = page.locator("#desk-details")
        expect(details).to_contain_text("টাকা ফেরত কবে?")
        expect(details.locator("meter")).to_have_attribute("aria-label", "42% sure")
        page.get_by_role("button", name="Claim").click()
        page.get_by_role("button", name="Write this answer").click()
        expect(page.get_by_role("textbox")).to_have_value("৩ কর্মদিবসে।")


def test_what_was_written_without_a_connection_is_sent_once_when_it_is_back(desk: Desk, chromium: str) -> None:
    with browser(chromium, "en-US", (1280, 800)) as page:
        with desk.serving():
            sign_in(page, desk)
            page.locator(f'[data-ticket="{desk.ticket}"]').click()
            page.get_by_role("button", name="Claim").click()
            page.get_by_role("textbox").fill("Written while away")
        expect(page.locator("#desk-link")).not_to_have_attribute("data-state", "live")
        page.get_by_role("textbox").press("Enter")
        expect(page.locator(".desk-pending")).to_contain_text("Written while away")
        with desk.serving():
            expect(page.locator(".desk-pending")).to_have_count(0, timeout=30_000)
            page.reload()
            expect(page.locator(".desk-from-agent")).to_have_count(1)
            assert desk.visitor_reads().count("Written while away") == 1


def test_the_away_switch_is_kept_and_a_sign_out_elsewhere_is_noticed(desk: Desk, chromium: str) -> None:
    with desk.serving(), browser(chromium, "bn-BD", (1280, 800)) as page:
        sign_in(page, desk)
        switch = page.get_by_role("switch")
        expect(switch).to_have_attribute("aria-checked", "true")
        switch.click()
        expect(switch).to_contain_text(WORDS["bn-BD"]["away"])
        page.reload()
        expect(switch).to_have_attribute("aria-checked", "false")

        other_tab = page.context.new_page()
        other_tab.goto(f"{desk.url}/admin/")
        other_tab.evaluate("document.getElementById('logout-form').submit()")
        sign_in_again = page.get_by_role("alert").get_by_role("link")
        expect(sign_in_again).to_have_attribute("href", "/admin/login/?next=%2Fadmin%2Fdesk%2F", timeout=30_000)
