"""A real browser on a live server: every page is watched, and a message in its console fails the test."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route, ViewportSize

from tests.sent import WORDS_OF_SCRIPTS, Pages, Sent

# Playwright's own loop runs in the test's thread, and Django takes any loop for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
RUN_AXE = """async (options) => {
  const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"], preload: false });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
}"""
ALL_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# Half of axe's time goes into colours: without script they are what they are with it.
RULES_ON_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
OTHER_RULES = ALL_RULES | {"rules": {rule: {"enabled": False} for rule in RULES_ON_COLOURS["runOnly"]["values"]}}
HEIGHTS = {375: 740, 1280: 900}


class Browse(Protocol):
    """Open a new page in a context of its own, which shares no cookie with another.

    ``forgive`` is a pattern for console messages the test means to bring about, such as the one for a 404.
    """

    def __call__(
        self,
        *,
        script: bool = True,
        width: int = 375,
        scheme: Literal["light", "dark"] = "light",
        forgive: str = "",
        **context: Any,
    ) -> Page: ...


class Show(Protocol):
    """Open a page as it was sent, at its address and with its headers; where ``script`` is off, scripts come empty.

    ``forgive`` is a pattern for console messages the test brings about. The one for a page's own status is forgiven.
    """

    def __call__(self, sent: Sent, *, script: bool = True, width: int = 1280, forgive: str = "") -> Page: ...


@pytest.fixture(scope="session", autouse=True)
def chromium() -> None:
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not there: install Debian's chromium to run the browser tests"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(chromium: None, browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": str(CHROMIUM), "args": ARGUMENTS}


@pytest.fixture
def browse(browser: Browser, live_server: Any) -> Iterator[Browse]:
    contexts = []
    messages: list[str] = []

    def browse(
        *,
        script: bool = True,
        width: int = 375,
        scheme: Literal["light", "dark"] = "light",
        forgive: str = "",
        **context: Any,
    ) -> Page:
        opened = browser.new_context(
            base_url=live_server.url,
            java_script_enabled=script,
            viewport=viewport(width),
            color_scheme=scheme,
            reduced_motion="reduce",
            **context,
        )
        contexts.append(opened)
        page = opened.new_page()

        def keep(text: str) -> None:
            if not forgive or not re.search(forgive, text):
                messages.append(text)

        watch(page, keep)
        return page

    yield browse
    for opened in contexts:
        opened.close()
    assert not messages, "\n".join(messages)


@pytest.fixture
def show(browser: Browser, every_page: Pages) -> Iterator[Show]:
    messages: list[str] = []
    shown: dict[str, Any] = {}
    words = next(sent for sent in every_page("workshop") if sent.address == WORDS_OF_SCRIPTS)
    with browser.new_context(base_url="http://127.0.0.1", reduced_motion="reduce") as context:
        page = context.new_page()

        def keep(text: str) -> None:
            own = f"status of {shown['sent'].status} "
            if own not in text and not (shown["forgive"] and re.search(shown["forgive"], text)):
                messages.append(f"{shown['sent'].name}: {text}")

        def answer(route: Route) -> None:
            path = urlsplit(route.request.url).path
            if route.request.resource_type == "script" and not shown["script"]:
                route.fulfill(body="", content_type="text/javascript")
            elif path == WORDS_OF_SCRIPTS:
                route.fulfill(body=words.body, headers=words.headers)
            elif path.startswith(settings.STATIC_URL):
                file = finders.find(path.removeprefix(settings.STATIC_URL))
                assert isinstance(file, str), path
                route.fulfill(path=file)
            else:
                sent = shown["sent"]
                route.fulfill(status=sent.status, headers=sent.headers, body=sent.body)

        def show(sent: Sent, *, script: bool = True, width: int = 1280, forgive: str = "") -> Page:
            page.goto("about:blank")
            page.set_viewport_size(viewport(width))
            shown.update(sent=sent, script=script, forgive=forgive)
            page.goto(sent.address)
            return page

        watch(page, keep)
        context.route("**/*", answer)
        yield show
    assert not messages, "\n".join(messages)


def viewport(width: int) -> ViewportSize:
    return ViewportSize(width=width, height=HEIGHTS.get(width, 800))


def watch(page: Page, keep: Callable[[str], None]) -> None:
    """Hand on whatever the page complains of."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") or "Content Security" in message.text:
            keep(f"{message.type} on {page.url}: {message.text}")

    def on_error(error: Error) -> None:
        keep(f"exception on {page.url}: {error}")

    page.on("console", on_console)
    page.on("pageerror", on_error)
    page.set_default_timeout(15_000)


@pytest.fixture(params=[pytest.param(True, id="script"), pytest.param(False, id="no-script")])
def script(request: pytest.FixtureRequest) -> bool:
    """Whether the page may run scripts: a test that asks for this runs both ways."""
    return bool(request.param)


@pytest.fixture(params=[375, 1280])
def width(request: pytest.FixtureRequest) -> int:
    """The width of a phone, then that of a desk."""
    return int(request.param)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Fail where axe finds anything on the page as it stands, naming the rule, the element and what would mend it."""

    def check(page: Page) -> None:
        found = violations(page)
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check


def violations(page: Page, options: Any = ALL_RULES) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(RUN_AXE, options)
    return found


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until the focus is there, on the page that has it, which may still be on its way."""
    page.locator(selector).first.wait_for(state="attached")
    for _ in range(400):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
    pytest.fail(f"{key} never comes to {selector}")
