"""What goes on paper: the result, the shared result and the rationale, printed by a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from guidance import journey, limits, sharing
from guidance.releases import Live
from guidance.rules.guide import Guide
from tests.browser.conftest import Browse
from tests.visiting import answers_of, walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("published")]

A4 = {"width": "210mm", "height": "297mm"}
LETTER = {"width": "8.5in", "height": "11in"}
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")

Open = Callable[..., Page]


def sheets(page: Page, paper: dict[str, Any] = A4) -> int:
    return len(SHEET.findall(page.pdf(**paper)))


@pytest.fixture
def result(browse: Browse, guide: Guide, live_server: Any) -> Open:
    """Open the result of somebody who gave the answers of a case."""

    def opened(case: str, **others: str | list[str]) -> Page:
        visitor = Client()
        walk(visitor, answers_of(guide, case, **others))
        page = browse()
        cookie = visitor.cookies[journey.COOKIE].value
        page.context.add_cookies([{"name": journey.COOKIE, "value": cookie, "url": live_server.url}])
        page.goto("/result/")
        return page

    return opened


@pytest.fixture
def shared(browse: Browse, guide: Guide, published: Live) -> Open:
    """Open a shared result with the answers of a case."""

    def opened(case: str, **others: str | list[str]) -> Page:
        answers = answers_of(guide, case, **others)
        page = browse()
        page.goto(f"/shared/{sharing.keep(sharing.offer(published), answers, at=datetime.now(UTC))}/")
        return page

    return opened


@pytest.fixture(autouse=True)
def no_links_made_before() -> Iterator[None]:
    limits.clear()
    yield
    limits.clear()


@pytest.mark.parametrize("case", range(10))
def test_a_result_and_a_shared_one_take_two_sheets_at_most(result: Open, shared: Open, guide: Guide, case: int) -> None:
    key = guide.cases[case].key
    assert 1 <= sheets(result(key)) <= 2
    assert 1 <= sheets(shared(key)) <= 2


def test_help_first_takes_one_sheet(result: Open, shared: Open) -> None:
    assert sheets(result("calf-swelling")) == 1
    assert sheets(shared("calf-swelling"), LETTER) == 1


def on_paper(page: Page) -> str:
    """The text that is printed."""
    page.emulate_media(media="print")
    return str(page.locator("body").inner_text())


@pytest.mark.parametrize("kind", ["result", "shared"])
def test_the_handout_has_answers_numbered_quotes_references_release_and_date(
    request: pytest.FixtureRequest, guide: Guide, published: Live, kind: str
) -> None:
    page = request.getfixturevalue(kind)("cirrhosis-low-zinc")
    said = re.sub(r"\s+", " ", on_paper(page))
    for question in ("Zinc test", "Medicines", "How often they come"):
        assert question in said
    assert "Yes, and I was told it is low" in said
    shown = [quote for quote in page.locator("main .quote").all() if quote.is_visible()]
    assert len(shown) >= 6
    for quote in shown:
        assert re.search(r"Sentence \d+ of the article", quote.inner_text())
        number = quote.evaluate("(figure) => getComputedStyle(figure, '::before').content")
        assert "counter(quote)" in number
    listed = page.locator(".sources-list li")
    assert listed.count() > 10
    for reference in listed.all():
        expect(reference).to_be_visible()
    titles = {reference.title for reference in guide.references if reference.key == "muller-2024"}
    assert all(title in said for title in titles)
    assert "10.1002/hep.31884" in said
    assert f"Release 1, {published.published_at:%-d %B %Y}" in said
    assert "Not clinically reviewed" in said


@pytest.mark.parametrize("kind", ["result", "shared"])
def test_what_one_can_only_press_is_not_printed(request: pytest.FixtureRequest, kind: str) -> None:
    page = request.getfixturevalue(kind)("healthy-night-cramps")
    page.emulate_media(media="print")
    for name in ("button", "input", ".skip", ".back", "nav", ".changes", ".why-not", ".take", ".trace"):
        for found in page.locator(name).all():
            expect(found).not_to_be_visible()


def test_the_folded_view_of_the_article_is_printed(result: Open) -> None:
    page = result("cirrhosis-low-zinc")
    quote = page.locator("[data-intervention=magnesium] blockquote").first
    expect(quote).not_to_be_visible()
    page.emulate_media(media="print")
    expect(quote).to_be_visible()


def test_the_shared_page_carries_its_code_on_paper_alone(shared: Open) -> None:
    page = shared("healthy-night-cramps")
    code = page.locator("svg.code")
    expect(code).not_to_be_visible()
    page.emulate_media(media="print")
    expect(code).to_be_visible()
    box = code.bounding_box()
    assert box and min(box["width"], box["height"]) >= 25 / 25.4 * 96  # 25 mm: readable at arm's length
    expect(page.locator(".scan .address")).to_have_text(page.url)


RATIONALE = [
    ("/rationale/", 6),
    ("/rationale/zinc/", 8),
    ("/rationale/rules/zinc-low-with-cirrhosis/", 3),
    ("/rationale/guarantees/", 4),
    ("/rationale/cases/", 9),
    ("/rationale/map/", 4),
    ("/article/", 7),
]


@pytest.mark.parametrize(("address", "most"), RATIONALE)
def test_the_rationale_prints_without_waste(browse: Browse, address: str, most: int) -> None:
    page = browse()
    page.goto(address)
    assert 1 <= sheets(page) <= most
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".masthead nav")).not_to_be_visible()
    assert "Not clinically reviewed" in page.locator("body").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
