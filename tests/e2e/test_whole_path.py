"""The whole path in a real browser: a visitor asks, the bot answers, a person takes over, and gives it back.

With CXBOT_SCREENSHOTS=FOLDER the pages are kept as pictures, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, FrameLocator, Page, ViewportSize, expect, sync_playwright

from tests.serving import Server, serving

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(300)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SECONDS = 20_000  # ms, for the slowest machine
PHONE, DESKTOP = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("demo")) as server:
        yield server


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def shoot(page: Page, name: str) -> None:
    if folder := os.environ.get("CXBOT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png")


def visit(browser: Browser, server: Server, language: str, size: ViewportSize) -> tuple[Page, FrameLocator]:
    """The demo shop, with its chat open."""
    page = browser.new_context(viewport=size).new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{server.address}/demo/?language={language}")
    page.get_by_role("button", name="Open chat" if language == "en" else "চ্যাট খুলুন").click()
    return page, page.frame_locator("iframe")


def ask(chat: FrameLocator, text: str, answer: str) -> None:
    """Write `text`, and see an answer that holds `answer` below it."""
    before = chat.locator("#log > .bot, #log > .system").count()
    chat.get_by_role("textbox").fill(text)
    chat.get_by_role("textbox").press("Enter")
    reply = chat.locator("#log > .bot, #log > .system").nth(before)
    expect(reply).to_contain_text(answer, timeout=SECONDS)


def sign_in(browser: Browser, server: Server, language: str, size: ViewportSize) -> Page:
    context = browser.new_context(viewport=size, locale=language)
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{server.address}/admin/")
    page.locator("#id_username").fill("admin")
    page.locator("#id_password").fill(server.password)
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/admin/")
    return page


def test_a_visitor_is_answered_and_handed_to_a_person_and_back(browser: Browser, server: Server) -> None:
    shop, chat = visit(browser, server, "bn", PHONE)
    shoot(shop, "widget-phone-open")
    ask(chat, "ঢাকার ভিতরে ডেলিভারি চার্জ কত?", "ডেলিভারি চার্জ ৬০ টাকা")
    ask(chat, "amar password ta mone nai, ekhon ki korbo bhai?", "পাসওয়ার্ড")
    ask(chat, "How do I track my parcel?", "My Orders")
    shoot(shop, "widget-phone-answers")
    ask(chat, "ami ekjon manusher sathe kotha bolte chai", "প্রতিনিধি")

    desk = sign_in(browser, server, "en", DESKTOP)
    desk.goto(f"{server.address}/admin/desk/")
    waiting = (
        desk.get_by_role("link")
        .filter(has_text="manusher sathe")
        .or_(desk.locator("a[href*='/admin/desk/']").filter(has_text="ঢাকার"))
    )
    expect(waiting.first).to_be_visible()
    shoot(desk, "desk-inbox")
    waiting.first.click()
    desk.get_by_role("button", name="Claim").first.click()
    reply = desk.get_by_role("textbox").first
    expect(reply).to_be_enabled()
    expect(chat.locator("#log > .system").last).to_contain_text("Support", timeout=SECONDS)
    reply.fill("আসসালামু আলাইকুম, বলুন কীভাবে সাহায্য করতে পারি?")
    reply.press("Enter")
    expect(chat.locator("#log > .agent").last).to_contain_text("বলুন কীভাবে সাহায্য", timeout=SECONDS)
    shoot(desk, "desk-conversation")
    shoot(shop, "widget-phone-agent")

    # While a person has it, the bot is silent.
    replies = chat.locator("#log > .bot").count()
    chat.get_by_role("textbox").fill("ঢাকার বাইরে ডেলিভারি চার্জ কত?")
    chat.get_by_role("textbox").press("Enter")
    expect(desk.locator("#desk-log")).to_contain_text("ঢাকার বাইরে ডেলিভারি চার্জ কত?", timeout=SECONDS)
    reply.fill("ঢাকার বাইরে ১৩০ টাকা।")
    reply.press("Enter")
    expect(chat.locator("#log > .agent").last).to_contain_text("১৩০ টাকা", timeout=SECONDS)
    assert chat.locator("#log > .bot").count() == replies

    desk.get_by_role("button", name="Resolve").first.click()
    confirm = desk.get_by_role("dialog").get_by_role("button", name="Resolve")
    if confirm.count():
        confirm.click()
    expect(chat.locator("#log > .system").last).to_contain_text("নিষ্পত্তি", timeout=SECONDS)
    ask(chat, "ঢাকার ভিতরে ডেলিভারি চার্জ কত?", "ডেলিভারি চার্জ ৬০ টাকা")


def test_a_reload_keeps_the_conversation(browser: Browser, server: Server) -> None:
    page, chat = visit(browser, server, "en", DESKTOP)
    ask(chat, "How do I track my parcel?", "My Orders")
    page.reload()
    page.get_by_role("button", name="Open chat").click()
    expect(page.frame_locator("iframe").locator("#log > .visitor")).to_have_count(1, timeout=SECONDS)
    expect(page.frame_locator("iframe").locator("#log > .bot")).to_contain_text("My Orders")
    shoot(page, "widget-desktop")


def test_what_is_written_offline_is_sent_once(browser: Browser, server: Server) -> None:
    page, chat = visit(browser, server, "en", DESKTOP)
    ask(chat, "How do I track my parcel?", "My Orders")
    page.context.set_offline(True)
    page.evaluate("document.querySelector('body').lastElementChild.shadowRoot.querySelector('iframe').src += ''")
    page.context.set_offline(False)
    page.reload()
    page.get_by_role("button", name="Open chat").click()
    chat = page.frame_locator("iframe")
    expect(chat.locator("#log > .visitor")).to_have_count(1, timeout=SECONDS)
    page.context.set_offline(True)
    chat.get_by_role("textbox").fill("What payment methods do you take?")
    chat.get_by_role("textbox").press("Enter")
    expect(chat.locator("#log > .visitor")).to_have_count(2)
    page.context.set_offline(False)
    expect(chat.locator("#log > .bot").last).to_contain_text("bKash", timeout=40_000)
    expect(chat.locator("#log > .visitor")).to_have_count(2)
    expect(chat.locator("#log > .pending")).to_have_count(0)


def test_where_websockets_are_broken_http_carries_the_chat(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport=DESKTOP)
    context.route_web_socket("**/ws/**", lambda socket: socket.close())
    page = context.new_page()
    page.goto(f"{server.address}/demo/?language=en")
    page.get_by_role("button", name="Open chat").click()
    chat = page.frame_locator("iframe")
    chat.get_by_role("textbox").fill("How do I track my parcel?")
    chat.get_by_role("textbox").press("Enter")
    expect(chat.locator("#log > .bot")).to_contain_text("My Orders", timeout=60_000)
    expect(chat.locator("#log > .visitor")).to_have_count(1)


def test_words_are_text_and_never_code(browser: Browser, server: Server) -> None:
    page, chat = visit(browser, server, "en", DESKTOP)
    ran: list[str] = []

    def note(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    ask(chat, "<img src=x onerror=alert(1)> <script>alert(2)</script>", "")
    expect(chat.locator("#log > .visitor").last).to_contain_text("<img src=x onerror=alert(1)>")
    assert ran == [] and chat.locator("#log img").count() == 0


def test_enter_belongs_to_the_keyboard_while_it_composes(browser: Browser, server: Server) -> None:
    _page, chat = visit(browser, server, "bn", PHONE)
    box = chat.get_by_role("textbox")
    box.fill("কো")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "cancelable": True})
    expect(box).to_have_value("কো")
    assert chat.locator("#log > li").count() == 0
    box.press("Enter")
    expect(chat.locator("#log > .visitor")).to_have_count(1)


def test_the_chat_works_by_keyboard_and_speaks_both_languages(browser: Browser, server: Server) -> None:
    page, chat = visit(browser, server, "bn", DESKTOP)
    expect(chat.get_by_role("textbox")).to_be_focused()
    chat.get_by_role("button", name="English").click()
    expect(chat.get_by_role("textbox")).to_have_attribute("aria-label", "Write your message…")
    expect(chat.get_by_role("button", name="Talk to a person")).to_be_visible()
    shoot(page, "widget-desktop-english")
    chat.get_by_role("textbox").press("Escape")
    expect(page.locator("iframe")).to_be_hidden()
    expect(page.get_by_role("button", name="চ্যাট খুলুন")).to_be_focused()


def test_only_allowed_sites_may_frame_the_chat(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    answer = page.goto(f"{server.address}/widget/demo/")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "script-src 'self';" in policy
    assert "x-frame-options" not in answer.headers


def test_every_script_of_the_chat_is_fetched_at_once(browser: Browser, server: Server) -> None:
    page = browser.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.removeprefix(server.address)))
    page.goto(f"{server.address}/widget/demo/", wait_until="networkidle")
    named = page.locator("link[rel=modulepreload]").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    scripts = {url for url in fetched if url.endswith(".js")}
    assert scripts == {*named, "/static/widget/main.js"}


@pytest.mark.parametrize("language", ["en", "bn"])
@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desktop", DESKTOP)])
def test_pages_fit_and_are_read_in_both_languages(
    browser: Browser, server: Server, language: str, name: str, size: ViewportSize
) -> None:
    page = sign_in(browser, server, language, size)
    for path in (
        "desk/",
        "knowledge_base/article/",
        "knowledge_base/article/try/?question=taka+ferot",
        "support/site/",
    ):
        page.goto(f"{server.address}/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), f"{path} is wider than the page"
        assert page.evaluate("document.documentElement.lang") == language
        shoot(page, f"admin-{path.split('?')[0].strip('/').replace('/', '-')}-{name}-{language}")
