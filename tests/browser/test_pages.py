"""Every page in every state, as it is sent: nothing is found, nothing scrolls sideways, nothing is lost, everything can
be reached."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OTHER_RULES, RULES_ON_COLOURS, Show, viewport, violations
from tests.sent import KINDS, Pages, Sent

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("kind", KINDS)]

# What axe itself tries on a page of the workshop, and what the policy answers.
OF_AXE = "Applying inline style violates"

# Faults of pages that are Django's own, by page: two fields for one moment without a label each, and icons with one.
OF_DJANGO = {
    "user": (
        "label at #id_last_login_",
        "label at #id_date_joined_",
        'aria-prohibited-attr at label[for="id_groups_',
        'aria-prohibited-attr at label[for="id_user_permissions_',
        "aria-prohibited-attr at #id_groups_",
        "aria-prohibited-attr at #id_user_permissions_",
    )
}

# Boxes to tick are left as they come: hundreds of them, all alike, and those with a tick are open.
OPEN = "for (const folded of document.querySelectorAll('details:not(.ticks details)')) folded.open = true"

SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""

LARGE = """() => {
  document.adoptedStyleSheets = [];
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  document.documentElement.style.fontSize = `${2 * size}px`;
}"""

# Elements with text of their own that is cut off by themselves or by what they stand in.
CUT = """() => [...document.querySelectorAll('body *')].filter((element) => {
  const aside = '.visually-hidden, .skip, .skip-to-content-link, .selector, textarea, svg';
  if (element.closest(aside) || !element.checkVisibility()) return false;
  const said = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!said) return false;
  const box = element.getBoundingClientRect();
  if (box.width === 0) return false;
  const scrolled = element.closest('.scroll, .results, select');
  if (!scrolled && (box.left < -1 || box.right > document.documentElement.clientWidth + 1)) return true;
  const style = getComputedStyle(element);
  return style.overflow !== 'visible'
    && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
}).map((element) => `${element.tagName} ${element.className}: ${element.textContent.trim().slice(0, 60)}`)"""

# How many stops there are: links, buttons, fields and summaries that show, a group of radios once.
STOPS = """() => {
  const found = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled);
  return new Set(found.map((element) => element.type === 'radio' ? element.name : element)).size;
}"""

# Begin before everything. Keep of each element that takes the focus its place among all, whether it shows, and whether
# its focus can be seen.
WATCH = """() => {
  const before = document.createElement('span');
  before.tabIndex = -1;
  document.body.prepend(before);
  before.focus();
  before.remove();
  window.met = [];
  const places = new Map([...document.querySelectorAll('*')].map((element, place) => [element, place]));
  const drawn = (found) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(found);
    const box = found.querySelector('rect');
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
      || Boolean(box) && parseFloat(getComputedStyle(box).strokeWidth) >= 3;
  };
  document.addEventListener('focusin', ({ target }) => {
    const box = target.getBoundingClientRect();
    window.met.push({
      place: places.get(target),
      name: `${target.tagName} ${target.name || target.id || target.textContent.trim().slice(0, 40)}`,
      shown: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
      drawn: drawn(target) || Boolean(target.closest('.option') && drawn(target.closest('.option'))),
    });
  });
}"""


def fits(page: Page) -> list[str]:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    assert page.viewport_size
    return [f"scrolls sideways: {width}"] if width > page.viewport_size["width"] else []


def lost(page: Page) -> list[str]:
    found = fits(page) + [f"loses {cut}" for cut in page.evaluate(CUT)]
    if (headings := page.locator("h1").count()) != 1:
        found.append(f"has {headings} headings of the first level")
    return found


def look(show: Show, pages: tuple[Sent, ...], check: Callable[[Page], list[str]], **how: Any) -> None:
    """Check each page, then name all that was found on any of them."""
    found = [
        f"{sent.name}: {fault}"
        for sent in pages
        if sent.is_page
        for fault in check(show(sent, **how))
        if not fault.startswith(OF_DJANGO.get(sent.name, ()))
    ]
    assert not found, "\n".join(found)


def test_nothing_is_found_in_any_scheme(every_page: Pages, show: Show, kind: str) -> None:
    def check(page: Page) -> list[str]:
        page.emulate_media(color_scheme="light", forced_colors="none")
        page.evaluate(OPEN)
        found = fits(page) + violations(page)
        page.set_viewport_size(viewport(1280))
        page.emulate_media(color_scheme="dark")
        found += fits(page) + violations(page)
        page.emulate_media(forced_colors="active")
        return found + violations(page, RULES_ON_COLOURS)

    look(show, every_page(kind), check, width=375, forgive=OF_AXE)


def test_nothing_is_found_where_no_script_runs(every_page: Pages, show: Show, kind: str) -> None:
    def check(page: Page) -> list[str]:
        return fits(page) + violations(page, OTHER_RULES)

    look(show, every_page(kind), check, script=False, width=375, forgive=OF_AXE)


def test_nothing_is_lost_on_a_narrow_screen_in_large_text_or_in_wide_spacing(
    every_page: Pages, show: Show, kind: str
) -> None:
    def check(page: Page) -> list[str]:
        found = lost(page)
        page.evaluate(OPEN)
        found += lost(page)
        page.set_viewport_size(viewport(1280))
        page.evaluate(SPACED)
        found += lost(page)
        page.evaluate(LARGE)
        return found + lost(page)

    look(show, every_page(kind), check, width=320)


def test_the_tab_key_goes_everywhere_in_order_and_can_be_seen(every_page: Pages, show: Show, kind: str) -> None:
    def check(page: Page) -> list[str]:
        page.evaluate(WATCH)
        stops: int = page.evaluate(STOPS)
        inside = 3 * page.locator("input[type=date]:visible").count()  # Tab goes through the parts of a date
        for _ in range(stops + inside):
            page.keyboard.press("Tab")
        met: list[dict[str, Any]] = page.evaluate("window.met")
        places = [stop["place"] for stop in met]
        found = [f"the focus is not seen on {stop['name']}" for stop in met if not stop["drawn"]]
        found += [f"out of sight: {stop['name']}" for stop in met if not stop["shown"]]
        found += [
            f"out of order: {stop['name']}"
            for before, stop in zip(places, met[1:], strict=False)
            if stop["place"] < before
        ]
        if len(set(places)) != stops:
            found.append(f"{stops} stops, and {len(set(places))} of them were met")
        return found

    look(show, every_page(kind), check, width=1280)
