"""A real browser on a live server: every page is watched, and a message in its console fails the test."""

import os
import re
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Route, ViewportSize

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
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HEIGHTS = {375: 740, 1280: 900}
WITHOUT_SCRIPT: "weakref.WeakSet[Page]" = weakref.WeakSet()


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
            viewport=ViewportSize(width=width, height=HEIGHTS.get(width, 800)),
            color_scheme=scheme,
            reduced_motion="reduce",
            **context,
        )
        contexts.append(opened)
        page = opened.new_page()
        if not script:
            WITHOUT_SCRIPT.add(page)

        def keep(text: str) -> None:
            if not forgive or not re.search(forgive, text):
                messages.append(text)

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") or "Content Security" in message.text:
                keep(f"{message.type} on {page.url}: {message.text}")

        def on_error(error: Error) -> None:
            keep(f"exception on {page.url}: {error}")

        page.on("console", on_console)
        page.on("pageerror", on_error)
        page.set_default_timeout(15_000)
        return page

    yield browse
    for opened in contexts:
        opened.close()
    assert not messages, "\n".join(messages)


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
        found = violations_without_script(page) if page in WITHOUT_SCRIPT else violations(page)
        assert not found, f"{page.url}\n" + "\n".join(found)

    return check


def violations(page: Page) -> list[str]:
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
    return [
        f"{violation['id']} at {node['target']}: {node['failureSummary']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


def violations_without_script(page: Page) -> list[str]:
    """Axe is a script itself: it reads a copy of the page, in which axe may run and the site's own scripts may not."""
    document = page.content()

    def answer(route: Route) -> None:
        if route.request.is_navigation_request():
            route.fulfill(body=document, content_type="text/html; charset=utf-8")
        elif route.request.resource_type == "script":
            route.abort()
        else:
            route.continue_()

    browser = page.context.browser
    assert browser is not None
    with browser.new_context(viewport=page.viewport_size) as context:
        copy = context.new_page()
        copy.route("**/*", answer)
        copy.goto(page.url)
        return violations(copy)
