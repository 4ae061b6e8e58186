"""A result that is shared, from the visitor's screen to the counter and back, in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from guidance import journey, limits, sharing
from guidance.models import SharedResult
from guidance.releases import Live
from guidance.rules.guide import Guide
from tests.browser.conftest import Browse
from tests.visiting import answers_of, walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("published")]

Check = Callable[[Page], None]


@pytest.fixture(autouse=True)
def no_links_made_before() -> Iterator[None]:
    limits.clear()
    yield
    limits.clear()


def finished(page: Page, guide: Guide, case: str, base: str) -> None:
    """Open the result of somebody who gave the answers of a case."""
    visitor = Client()
    walk(visitor, answers_of(guide, case))
    page.context.add_cookies([{"name": journey.COOKIE, "value": visitor.cookies[journey.COOKIE].value, "url": base}])
    page.goto("/result/")


def share(guide: Guide, live: Live, case: str) -> str:
    return f"/shared/{sharing.keep(sharing.offer(live), answers_of(guide, case), at=datetime.now(UTC))}/"


def test_a_link_is_made_opened_followed_to_the_sentence_and_deleted(
    browse: Browse, guide: Guide, live_server: Page, script: bool
) -> None:
    maker = browse(script=script)
    finished(maker, guide, "cirrhosis-low-zinc", live_server.url)
    maker.get_by_text("A private link for a clinician").click()
    assert not SharedResult.objects.exists()
    maker.get_by_role("button", name="Make a private link").click()
    expect(maker.get_by_role("heading", level=1)).to_have_text("Your private link")
    address = maker.locator(".lead a").inner_text()
    expect(maker.locator("svg.code")).to_be_visible()

    clinician = browse(script=script)
    clinician.goto(address)
    expect(clinician).to_have_title("A shared result – the cramps guide")
    expect(clinician.locator("[data-intervention=zinc]")).to_have_attribute("data-status", "relevant")
    decided = clinician.locator("[data-trace=zinc-low-with-cirrhosis]")
    expect(decided).to_contain_text("Held, and decided")
    decided.locator(".cites a").first.press("Enter")
    expect(clinician.locator(".sentence:target")).to_contain_text("This evidence suggests that zinc may be effective")
    clinician.go_back()
    failed = clinician.locator("[data-trace=zinc-tested-normal]")
    expect(failed).not_to_be_visible()
    clinician.locator("details:has([data-trace=zinc-tested-normal]) > summary").click()
    expect(failed.locator(".untrue")).to_contain_text("Not true: Zinc test: “Yes, and it was not low”")

    clinician.get_by_role("link", name="delete it now").click()
    clinician.get_by_role("button", name="Delete it now").click()
    expect(clinician.get_by_role("heading", level=1)).to_have_text("The shared result is deleted")
    assert not SharedResult.objects.exists()


def test_a_link_is_made_by_keyboard_alone(browse: Browse, guide: Guide, live_server: Page) -> None:
    page = browse(width=1280)
    finished(page, guide, "healthy-night-cramps", live_server.url)
    page.get_by_text("A private link for a clinician").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your private link")


def test_what_was_deleted_looks_to_the_maker_like_any_address_that_is_none(
    browse: Browse, guide: Guide, published: Live
) -> None:
    page = browse(forgive="404")
    address = share(guide, published, "healthy-night-cramps")
    sharing.delete(address.split("/")[2], at=datetime.now(UTC))
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")


def test_no_address_of_a_shared_result_is_handed_on(browse: Browse, guide: Guide, published: Live) -> None:
    page = browse()
    address = share(guide, published, "healthy-night-cramps")
    referrers: list[str] = []
    page.on("request", lambda request: referrers.append(request.all_headers().get("referer", "")))
    page.goto(address)
    page.locator("[data-trace=zinc-average-person] .cites a").first.press("Enter")
    page.wait_for_url(re.compile("/article/"))
    assert len(referrers) > 3
    assert not [referrer for referrer in referrers if "/shared/" in referrer]
    assert page.evaluate("document.referrer") == ""


def test_the_trace_stands_beside_the_result_where_there_is_room(
    browse: Browse, guide: Guide, published: Live, width: int
) -> None:
    page = browse(width=width)
    page.goto(share(guide, published, "healthy-night-cramps"))
    told, trace = (page.locator(name).bounding_box() for name in (".told", ".trace"))
    assert told and trace
    if width == 1280:
        assert trace["x"] > told["x"] + told["width"]
        assert abs(trace["y"] - told["y"]) < 100
    else:
        assert trace["y"] >= told["y"] + told["height"]
