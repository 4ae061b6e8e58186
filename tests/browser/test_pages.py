"""Every page in every state: nothing is found, nothing scrolls sideways, nothing is lost, everything can be reached."""

import re
from collections.abc import Callable
from typing import Any, Literal

import pytest
from django.test import Client
from playwright.sync_api import Page

from guidance import journey
from guidance.rules.guide import Guide
from tests.browser.conftest import Browse
from tests.states import STATES, VISITORS, State, prepare

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("published")]

Check = Callable[[Page], None]

# What a browser says by itself of a page that is answered with an error, as these are meant to be.
MEANT = r"40[45]|413"

OPEN = "for (const folded of document.querySelectorAll('details')) folded.open = true"

SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""

LARGE = "document.documentElement.style.fontSize = '212.5%'"

# Elements with text of their own that is cut off by themselves or by what they stand in.
CUT = """() => [...document.querySelectorAll('body *')].filter((element) => {
  if (element.closest('.visually-hidden, .skip, svg') || !element.checkVisibility()) return false;
  const said = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!said) return false;
  const box = element.getBoundingClientRect();
  if (box.left < -1 || box.right > document.documentElement.clientWidth + 1) return true;
  const style = getComputedStyle(element);
  return style.overflow !== 'visible'
    && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
}).map((element) => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 60)}`)"""

# The element in focus: its place among all elements, whether it shows, and whether its focus can be seen.
FOCUSED = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const drawn = (found) => {
    const style = getComputedStyle(found);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const box = element.getBoundingClientRect();
  const group = element.type === 'radio' ? element.name : '';
  return {
    place: [...document.querySelectorAll('*')].indexOf(element),
    name: `${element.tagName} ${group || element.id || element.textContent.trim().slice(0, 40)}`,
    shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    drawn: drawn(element) || Boolean(element.closest('.option') && drawn(element.closest('.option'))),
  };
}"""

# How many stops there are: links, buttons, fields and summaries that show, a group of radios once.
STOPS = """() => {
  const found = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }));
  return new Set(found.map((element) => element.type === 'radio' ? element.name : element)).size;
}"""


def open_at(page: Page, guide: Guide, state: State) -> None:
    """Bring the browser to this state, with the cookies of a visitor who has come so far."""
    client = Client()
    address = prepare(client, guide, state)
    page.context.clear_cookies()
    if journey.COOKIE in client.cookies:
        base = page.context.request.get("/healthz").url.removesuffix("healthz")
        page.context.add_cookies([{"name": journey.COOKIE, "value": client.cookies[journey.COOKIE].value, "url": base}])
    page.goto(address)
    if state.form is not None and state.status == 200:
        for options in state.form.values():
            for option in options:
                page.evaluate("(id) => { document.getElementById(id).checked = true }", f"{asked(address)}-{option}")
        page.get_by_role("button", name="Continue").click()
        page.locator(".errors").wait_for()


def asked(address: str) -> str:
    """The question that an address asks."""
    found = re.search(r"/check/([a-z-]+)/", address)
    assert found
    return found[1]


def fits(page: Page, state: State) -> None:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    assert page.viewport_size
    assert width <= page.viewport_size["width"], f"{state.name} scrolls sideways: {width}"


def loses_nothing(page: Page, state: State) -> None:
    fits(page, state)
    cut = page.evaluate(CUT)
    assert not cut, f"{state.name} loses {cut}"


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1280, "dark")])
def test_nothing_is_found_on_any_page_for_visitors(
    browse: Browse, axe: Check, guide: Guide, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = browse(width=width, scheme=scheme, forgive=MEANT)
    for state in VISITORS:
        open_at(page, guide, state)
        axe(page)
        if page.locator("details").count():
            page.evaluate(OPEN)
            axe(page)
        fits(page, state)


def test_forced_colours_are_kept_on_every_kind_of_page(browse: Browse, axe: Check, guide: Guide) -> None:
    page = browse(forced_colors="active", forgive=MEANT)
    for state in VISITORS:
        if state.name in {"question-error-many", "result-relevant", "help-emergency", "answers", "shared"}:
            open_at(page, guide, state)
            axe(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_the_narrowest_screen(browse: Browse, guide: Guide, scheme: Literal["light", "dark"]) -> None:
    page = browse(width=320, scheme=scheme, forgive=MEANT)
    for state in STATES:
        open_at(page, guide, state)
        page.evaluate(OPEN)
        loses_nothing(page, state)


def test_every_page_stands_text_of_twice_the_size_and_wide_spacing(browse: Browse, guide: Guide) -> None:
    page = browse(width=1280, forgive=MEANT)
    for state in STATES:
        open_at(page, guide, state)
        page.evaluate(OPEN)
        page.evaluate(SPACED)
        loses_nothing(page, state)
        page.evaluate("document.adoptedStyleSheets = []")
        page.evaluate(LARGE)
        loses_nothing(page, state)


@pytest.mark.parametrize(
    "name",
    [
        "start",
        "question",
        "question-many",
        "question-error-many",
        "answers",
        "result-relevant",
        "help-urgent",
        "shared",
    ],
)
def test_the_tab_key_goes_everywhere_in_order_and_can_be_seen(browse: Browse, guide: Guide, name: str) -> None:
    state = next(state for state in VISITORS if state.name == name)
    page = browse(width=1280, forgive=MEANT)
    open_at(page, guide, state)
    page.evaluate("document.activeElement.blur()")
    stops: int = page.evaluate(STOPS)
    met: list[dict[str, Any]] = []
    for _ in range(stops):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused, f"the focus is lost after {met[-1:]}, with {stops - len(met)} still to come"
        met.append(focused)
    assert all(stop["drawn"] for stop in met), [stop["name"] for stop in met if not stop["drawn"]]
    assert all(stop["shown"] for stop in met), [stop["name"] for stop in met if not stop["shown"]]
    places = [stop["place"] for stop in met]
    if name.startswith("question-error"):
        return
    assert places == sorted(places), [stop["name"] for stop in met]
    assert len(set(places)) == stops
