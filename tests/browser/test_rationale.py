"""The clinicians' pages in a real browser: read, used and printed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from guidance.rules.guide import Guide
from tests.browser.conftest import Browse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("published")]

Check = Callable[[Page], None]


def told(page: Page, intervention: str) -> Any:
    return page.locator(f"#explored [data-intervention={intervention}]")


def test_the_explorer_answers_at_once_with_script_and_by_its_button_without(
    browse: Browse, axe: Check, script: bool
) -> None:
    page = browse(script=script, width=1280)
    page.goto("/rationale/explorer/")
    expect(told(page, "zinc")).to_have_attribute("data-status", "not-supported")
    page.get_by_text("Illness and tests", exact=True).click()
    page.check("#zinc-test-low")
    if not script:
        page.get_by_role("button", name="Show what the rules say").click()
    expect(told(page, "zinc")).to_have_attribute("data-status", "possible")
    expect(page.locator("#told")).to_contain_text("Zinc: possible")
    expect(page).to_have_url(re.compile(r"/rationale/explorer/$"))
    expect(page.locator("#zinc-test-low")).to_be_checked()
    if script:
        axe(page)


def test_the_explorer_says_what_is_missing_and_goes_on_when_it_is_mended(browse: Browse, axe: Check) -> None:
    page = browse(width=1280)
    page.goto("/rationale/explorer/")
    page.get_by_text("Food, health and medicines", exact=True).click()
    page.uncheck("#conditions-none")
    expect(page.locator("#explored .errors")).to_contain_text("Choose at least one answer")
    axe(page)
    page.check("#conditions-kidney")
    expect(told(page, "magnesium")).to_have_attribute("data-status", "ask-first")


def test_an_option_that_stands_alone_lets_go_of_the_others(browse: Browse) -> None:
    page = browse(width=1280)
    page.goto("/rationale/explorer/")
    page.get_by_text("Food, health and medicines", exact=True).click()
    page.check("#conditions-kidney")
    expect(page.locator("#conditions-none")).not_to_be_checked()
    expect(told(page, "fluids")).to_have_attribute("data-status", "ask-first")


def test_going_to_a_rule_and_back_keeps_what_was_tried(browse: Browse) -> None:
    page = browse(width=1280)
    page.goto("/rationale/explorer/")
    page.get_by_text("Illness and tests", exact=True).click()
    page.check("#zinc-test-low")
    expect(told(page, "zinc")).to_have_attribute("data-status", "possible")
    page.locator("#of-zinc").get_by_role("link", name="Low zinc, but no known illness").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Low zinc")
    page.go_back()
    expect(told(page, "zinc")).to_have_attribute("data-status", "possible")


def test_from_a_rule_to_the_sentence_that_decided_in_one_step(browse: Browse, script: bool) -> None:
    page = browse(script=script)
    page.goto("/rationale/rules/zinc-low-with-cirrhosis/")
    page.locator("blockquote a").first.click()
    expect(page).to_have_url(re.compile(r"/article/#s26$"))
    colour = page.locator("#s26").evaluate("sentence => getComputedStyle(sentence).backgroundColor") if script else ""
    assert colour != "rgba(0, 0, 0, 0)"


def test_what_the_guide_makes_of_a_sentence_is_folded_under_the_article_and_at_hand(
    browse: Browse, script: bool
) -> None:
    page = browse(script=script)
    page.goto("/article/")
    account = page.locator("#use-26")
    rule = account.get_by_role("link", name="Low zinc with cirrhosis", exact=True)
    expect(account.locator("summary")).to_contain_text("7 verdict rules. Why we ask. Research: a little broad.")
    expect(rule).not_to_be_visible()
    page.get_by_role("link", name="Sentence 26: what the guide makes of it").click()
    expect(account).to_be_in_viewport()
    if not script:
        account.locator("summary").click()
    expect(rule).to_be_visible()
    account.get_by_role("link", name="Read sentence 26 in the article").click()
    expect(page.locator("#s26")).to_be_in_viewport()


def test_a_source_that_is_folded_away_is_shown_when_its_number_is_pressed(browse: Browse) -> None:
    page = browse()
    page.goto("/article/")
    page.locator("#use-26 summary").click()
    number = page.locator("#use-26 .sources a").first
    source = page.locator(str(number.get_attribute("href")))
    expect(source).not_to_be_visible()
    number.click()
    expect(source).to_be_in_viewport()


def test_a_rule_is_tried_in_the_questions(browse: Browse, script: bool) -> None:
    page = browse(script=script)
    page.goto("/rationale/rules/fluids-dehydration/")
    page.get_by_role("link", name="Try it").click()
    page.get_by_role("button", name="Use these answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answers")
    page.get_by_role("link", name="See your result").click()
    expect(page.locator("[data-intervention=fluids]").first).to_have_attribute("data-status", "relevant")


def test_the_map_leads_from_the_drawing_to_the_list_by_keyboard(browse: Browse, guide: Guide) -> None:
    page = browse()
    page.goto("/rationale/map/")
    for question in guide.questions:
        page.locator(f"a[data-node={question.key}]").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"#question-{question.key}$"))
        expect(page.locator(f"#question-{question.key}")).to_be_in_viewport()


def test_no_word_of_the_map_leaves_its_box(browse: Browse) -> None:
    page = browse()
    page.goto("/rationale/map/")
    outside = page.evaluate(
        """[...document.querySelectorAll('.map a')].flatMap(box => {
            const edge = box.querySelector('rect').getBoundingClientRect();
            return [...box.querySelectorAll('text')]
                .filter(text => text.getBoundingClientRect().right > edge.right - 1)
                .map(text => text.textContent);
        })"""
    )
    assert outside == []
