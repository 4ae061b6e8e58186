import re
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError
from playwright.sync_api import Page, expect

from guidance import releases
from guidance.rules import quotes
from guidance.rules.guide import Guide
from tests.browser.conftest import Browse, tab_to
from tests.visiting import answers_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("published")]

Check = Callable[[Page], None]
ADDRESS = re.compile(r"/check/([a-z-]+)/")


def fits(page: Page) -> None:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    viewport = page.viewport_size
    assert viewport
    assert width <= viewport["width"], f"{page.url} scrolls sideways"


def answer(page: Page, question: str, chosen: str | list[str]) -> None:
    for option in [chosen] if isinstance(chosen, str) else chosen:
        page.check(f"#{question}-{option}")
    page.get_by_role("button", name="Continue").click()


def walk(page: Page, answers: dict[str, Any], look: Check = lambda page: None) -> None:
    """From the start page to the result, answering what is asked, with a look at every page on the way."""
    page.goto("/")
    look(page)
    asked = onward(page, page.get_by_role("link", name="Start").click)
    while asked:
        expect(page.locator(f"[name={asked}]").first).to_be_visible()
        look(page)
        asked = onward(page, partial(answer, page, asked, answers[asked]))
    expect(page.get_by_role("heading", level=1)).not_to_have_text(re.compile(r"\?$"))
    look(page)


def onward(page: Page, step: Callable[[], None]) -> str:
    """Take the step and wait for the next page: the key of the question it asks, or nothing on the result."""
    before = page.url
    step()
    page.wait_for_url(lambda url: url != before and not url.endswith("/check/"))
    asked = ADDRESS.search(page.url)
    return asked[1] if asked else ""


def test_a_visitor_walks_the_whole_way_on_a_phone(browse: Browse, guide: Guide, script: bool) -> None:
    page = browse(script=script)
    walk(page, answers_of(guide, "cirrhosis-low-zinc") | {"routine-signs": ["sleep"]}, fits)
    expect(page).to_have_title("Your result – the cramps guide")
    for key, status in {"zinc": "relevant", "magnesium": "ask-first", "potassium": "not-indicated"}.items():
        expect(page.locator(f"[data-intervention={key}]")).to_have_attribute("data-status", status)
    expect(page.locator("[data-alert=routine]")).to_be_visible()
    folded = page.locator("[data-intervention=magnesium] blockquote").first
    expect(folded).not_to_be_visible()
    page.locator("[data-intervention=magnesium] .folded > summary").click()
    expect(folded).to_be_visible()
    page.get_by_role("button", name="Clear my answers").click()
    expect(page.get_by_text("Your answers are cleared")).to_be_visible()


def test_a_warning_sign_leads_to_help_and_back_to_its_question(browse: Browse, guide: Guide, script: bool) -> None:
    page = browse(script=script)
    walk(page, answers_of(guide, "calf-swelling"))
    card = page.locator("[data-alert=urgent]")
    expect(card.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[data-status=get-help]")).to_have_count(4)
    card.get_by_role("link", name="Check this answer").click()
    expect(page.locator("#same-day-leg-swollen")).to_be_checked()


def test_a_swap_moves_the_focus_the_title_and_the_address_without_a_reload(browse: Browse) -> None:
    page = browse()
    page.goto("/check/who/")
    page.evaluate("window.still = true")
    answer(page, "who", "adult")
    expect(page).to_have_url(re.compile("/check/emergency/$"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    heading = page.get_by_role("heading", level=1).inner_text()
    expect(page).to_have_title(f"{heading} – the cramps guide")
    assert page.evaluate("window.still") is True
    assert page.evaluate("window.scrollY") == 0


def test_back_shows_the_question_before_with_its_answer(browse: Browse, script: bool) -> None:
    page = browse(script=script)
    page.goto("/check/who/")
    answer(page, "who", "older")
    expect(page).to_have_url(re.compile("/check/emergency/$"))
    page.go_back()
    expect(page).to_have_url(re.compile("/check/who/$"))
    expect(page.locator("#who-older")).to_be_checked()
    page.go_forward()
    expect(page.locator("#emergency-none")).to_be_visible()
    page.get_by_role("link", name="Back to the question before").click()
    expect(page.locator("#who-older")).to_be_checked()


def test_an_error_is_said_above_and_beside_and_leads_to_the_field(browse: Browse, script: bool) -> None:
    page = browse(script=script)
    page.goto("/check/emergency/")
    page.get_by_role("button", name="Continue").click()
    summary = page.locator(".errors")
    expect(summary).to_be_visible()
    expect(page).to_have_title(re.compile("^Error: "))
    if script:
        expect(summary).to_be_focused()
    expect(page.get_by_role("group")).to_have_accessible_description(re.compile("Choose at least one answer"))
    summary.get_by_role("link").click()
    expect(page.locator("#emergency-chest")).to_be_focused()


def test_an_option_that_stands_alone_unticks_the_others(browse: Browse) -> None:
    page = browse()
    page.goto("/check/emergency/")
    page.check("#emergency-chest")
    page.check("#emergency-saddle")
    page.check("#emergency-none")
    expect(page.locator("input:checked")).to_have_count(1)
    page.check("#emergency-chest")
    expect(page.locator("#emergency-none")).not_to_be_checked()


def test_without_script_an_option_that_stands_alone_with_others_is_an_error(browse: Browse) -> None:
    page = browse(script=False)
    page.goto("/check/emergency/")
    answer(page, "emergency", ["chest", "none"])
    expect(page.locator(".errors")).to_contain_text("cannot go with another answer")
    expect(page.locator("input:checked")).to_have_count(2)


def test_a_quote_opens_the_article_at_its_sentence_and_leads_back(browse: Browse, guide: Guide, script: bool) -> None:
    page = browse(script=script)
    walk(page, answers_of(guide, "healthy-night-cramps"))
    article = {sentence.number: sentence.text for sentence in quotes.sentences(guide.source.text)}
    shown = page.locator("[data-intervention=zinc] blockquote")
    assert shown.count() >= 3
    for place in range(shown.count()):
        unfold(page, "zinc")
        quote = shown.nth(place).inner_text()
        shown.nth(place).get_by_role("link").click()
        page.wait_for_url(re.compile(r"/article/#s\d+$"))
        number = int(page.url.rpartition("#s")[2])
        assert article[number] == quote
        sentence = page.locator(":target")
        expect(sentence).to_contain_text(quote)
        expect(sentence).to_be_in_viewport()
        plain = page.locator(".sentence:not(:target)").first
        background = "(element) => getComputedStyle(element).backgroundColor"
        assert sentence.evaluate(background) != plain.evaluate(background)
        page.get_by_role("link", name="Back to your result").click()
        expect(page).to_have_url(re.compile("/result/$"))


def unfold(page: Page, intervention: str) -> None:
    """Open what is folded away of the sentences behind a verdict."""
    folded = page.locator(f"[data-intervention={intervention}] .more:not([open]) > summary")
    while folded.count():
        folded.first.click()


def test_a_change_comes_back_to_the_list(browse: Browse, guide: Guide, script: bool) -> None:
    page = browse(script=script)
    walk(page, answers_of(guide, "cirrhosis-low-zinc"))
    page.get_by_role("link", name="Back to your answers").click()
    page.get_by_role("link", name="Change Illness behind the cramps").click()
    answer(page, "illness", "none")
    expect(page.get_by_role("heading", name="Set aside")).to_be_visible()
    page.get_by_role("link", name="See your result").click()
    expect(page.locator("[data-intervention=zinc]")).to_have_attribute("data-status", "possible")


def test_two_tabs_do_not_fight(browse: Browse) -> None:
    one = browse()
    one.goto("/check/who/")
    other = one.context.new_page()
    other.goto("/check/who/")
    answer(one, "who", "child")
    expect(one).to_have_url(re.compile("/check/emergency/$"))
    answer(other, "who", "adult")
    expect(other).to_have_url(re.compile("/check/emergency/$"))
    answer(one, "emergency", ["none"])
    expect(one).to_have_url(re.compile("/check/same-day/$"))
    one.goto("/answers/")
    expect(one.get_by_text("An adult aged 18 to 64")).to_be_visible()


def test_the_whole_way_is_walked_by_keyboard_alone(browse: Browse, guide: Guide) -> None:
    page = browse(width=1280)
    answers = answers_of(guide, "cirrhosis-low-zinc")
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the main part")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, ".primary")
    asked = onward(page, partial(page.keyboard.press, "Enter"))
    while asked:
        expect(page.locator(f"[name={asked}]").first).to_be_visible()
        choose(page, asked, answers[asked])
        tab_to(page, ".primary")
        asked = onward(page, partial(page.keyboard.press, "Enter"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, "[data-intervention=magnesium] .folded > summary")
    page.keyboard.press("Enter")
    tab_to(page, "[data-intervention=magnesium] blockquote a")
    page.keyboard.press("Enter")
    expect(page.locator(".sentence:target")).to_be_in_viewport()
    tab_to(page, ".back a", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/result/$"))
    tab_to(page, ".clear button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your answers are cleared")).to_be_visible()


def choose(page: Page, question: str, chosen: str | list[str]) -> None:
    """Pick an answer by keyboard: boxes are met by Tab, the options of one choice by the arrows."""
    if isinstance(chosen, list):
        for option in chosen:
            tab_to(page, f"#{question}-{option}")
            page.keyboard.press("Space")
        return
    tab_to(page, f"[name={question}]")
    page.keyboard.press("Space")
    while not page.locator(f"#{question}-{chosen}").is_checked():
        page.keyboard.press("ArrowDown")


def test_a_lost_connection_is_said_and_the_button_works_again(browse: Browse) -> None:
    page = browse(forgive="ERR_INTERNET_DISCONNECTED|htmx:")
    page.goto("/check/who/")
    page.context.set_offline(True)
    answer(page, "who", "adult")
    expect(page.get_by_role("alert")).to_contain_text("The page did not come")
    page.context.set_offline(False)
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile("/check/emergency/$"))
    expect(page.locator("#connection")).not_to_be_visible()


def test_a_lost_connection_is_said_where_the_button_is(browse: Browse) -> None:
    page = browse(forgive="ERR_INTERNET_DISCONNECTED|htmx:")
    page.goto("/check/emergency/")
    page.context.set_offline(True)
    answer(page, "emergency", ["none"])
    expect(page.locator("#connection")).to_be_in_viewport()
    expect(page.locator("#emergency-none")).to_be_checked()


def test_a_page_that_takes_too_long_is_given_up_and_said(browse: Browse) -> None:
    page = browse(forgive="htmx:|ERR_FAILED|ERR_ABORTED")
    page.goto("/check/who/")
    assert page.evaluate("htmx.config.timeout") == 20_000
    page.evaluate("htmx.config.timeout = 200")
    page.route("**/check/who/", lambda route: None)
    answer(page, "who", "adult")
    expect(page.get_by_role("alert")).to_contain_text("The page did not come")
    page.unroute("**/check/who/")
    page.evaluate("htmx.config.timeout = 20000")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile("/check/emergency/$"))


def test_a_page_that_is_not_ours_takes_the_place_of_nothing(browse: Browse) -> None:
    page = browse(forgive="502|htmx:")
    page.goto("/check/who/")
    page.route("**/check/who/", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    answer(page, "who", "adult")
    expect(page.get_by_role("alert")).to_contain_text("The page did not come")
    expect(page.locator("#who-adult")).to_be_checked()
    page.unroute("**/check/who/")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile("/check/emergency/$"))


def test_while_the_database_is_away_the_page_says_so_and_loading_it_again_goes_on(
    browse: Browse, axe: Check, script: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browse(script=script, forgive="503|htmx:")
    page.goto("/check/who/")
    answer(page, "who", "adult")
    expect(page).to_have_url(re.compile("/check/emergency/$"))
    with monkeypatch.context() as away:
        away.setattr(releases, "current", Mock(side_effect=OperationalError("gone")))
        answer(page, "emergency", ["none"])
        expect(page.get_by_role("heading", level=1)).to_have_text("The guide cannot be read just now")
        expect(page).to_have_title("The guide cannot be read just now – the cramps guide")
        if script:
            axe(page)
        fits(page)
    page.goto(page.url)
    answer(page, "emergency", ["none"])
    expect(page).to_have_url(re.compile("/check/same-day/$"))


# Once the next page stands, click where the last one was clicked.
AGAIN = """([x, y]) => document.addEventListener("htmx:afterSettle", () => {
  const click = new MouseEvent("click", { bubbles: true, cancelable: true, detail: 1, clientX: x, clientY: y });
  document.elementFromPoint(x, y).dispatchEvent(click);
}, { once: true })"""


def test_the_second_half_of_a_double_tap_answers_nothing(browse: Browse) -> None:
    page = browse(width=1280)
    page.goto("/check/who/")
    page.check("#who-adult")
    page.evaluate("window.still = true")
    button = page.get_by_role("button", name="Continue").bounding_box()
    assert button
    place = (button["x"] + 20, button["y"] + 20)
    page.evaluate(AGAIN, place)
    page.mouse.click(*place)
    expect(page).to_have_url(re.compile("/check/emergency/$"))
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.locator("input:checked")).to_have_count(0)
    expect(page.locator(".errors")).to_have_count(0)
    page.wait_for_timeout(600)
    page.mouse.click(*place)
    expect(page.locator("input:checked")).to_have_count(1)


def test_targets_are_large_enough_for_a_thumb(browse: Browse) -> None:
    page = browse()
    page.goto("/check/emergency/")
    for row in page.locator(".option").all():
        box, field = row.bounding_box(), row.locator("input").bounding_box()
        assert box
        assert field
        assert box["height"] >= 44
        assert min(field["width"], field["height"]) >= 24
    page.locator(".option").nth(2).click(position={"x": 300, "y": 6})
    expect(page.locator("#emergency-saddle")).to_be_checked()
