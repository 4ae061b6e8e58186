"""An editor at work in a real browser: by keyboard alone, and without script."""

import re

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from guidance import models
from guidance.releases import Live
from tests.browser.conftest import Browse, tab_to
from tests.sent import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana(published: Live, roles: None) -> User:
    user = User.objects.create_user("ana", password=PASSWORD, is_staff=True)
    user.groups.set([Group.objects.get(name="Editors")])
    return user


def sign_in(page: Page) -> None:
    page.goto("/admin/")
    page.locator("#id_username").focus()
    page.keyboard.type("ana")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Workshop – workshop of the cramps guide")


def test_an_editor_writes_a_rule_by_keyboard_alone_and_sees_its_effect(ana: User, browse: Browse) -> None:
    page = browse(width=1280)
    sign_in(page)
    tab_to(page, "a[href='/admin/guidance/rule/add/']")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Add rule")

    tab_to(page, "#id_key")
    page.keyboard.type("zinc-low-and-short-of-fluid")
    tab_to(page, "#id_kind")
    page.keyboard.type("verdict")
    tab_to(page, "[name=interventions][value=zinc]")
    page.keyboard.press("Space")
    tab_to(page, "#id_verdict")
    page.keyboard.type("relevant")
    for field in ("heading", "text", "rationale"):
        tab_to(page, f"#id_{field}")
        page.keyboard.type(f"The {field} of a new rule.")
    for topic, option in (("Zinc test", "zinc-test.low"), ("Drinking", "hydration.short")):
        place = 0 if option == "zinc-test.low" else 1
        if place:
            tab_to(page, "#criteria-group .add-row a")
            page.keyboard.press("Enter")
            page.locator("#id_criteria-1-mode").focus()
        tab_to(page, f"#criteria-{place} summary")
        while page.evaluate("document.activeElement.textContent.trim()") != topic:
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        tab_to(page, f"[name=criteria-{place}-chosen][value='{option}']")
        page.keyboard.press("Space")
        expect(page.locator(f"#criteria-{place} summary", has_text=topic)).to_have_text(f"{topic} 1 ticked")
    tab_to(page, "#id_citations-0-sentence")
    page.keyboard.type("S26")
    expect(page.locator("#id_citations-0-quote")).to_have_value(
        "This evidence suggests that zinc may be effective specifically as a replacement therapy when a diagnosed "
        "deficiency coincides with cramping related to an underlying disease."
    )
    tab_to(page, "[name=_effect]")
    page.keyboard.press("Enter")

    effect = page.get_by_role("region", name="What it says now")
    expect(effect).to_contain_text("the verdict on Zinc is relevant")
    expect(effect).to_contain_text("Drinking: “")
    expect(effect).to_contain_text("There is 1 error elsewhere in the draft")
    expect(effect.get_by_text("to “Relevant, going by your answers” for").first).to_be_visible()
    tab_to(page, ".moves summary")
    page.keyboard.press("Enter")
    expect(effect.get_by_role("button", name="Open this example in the explorer").first).to_be_visible()
    tab_to(page, ".moves button")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/rationale/explorer/$"))
    rule = models.Rule.objects.get(key="zinc-low-and-short-of-fluid")
    assert [str(criterion) for criterion in rule.criteria.all()] == ["any of zinc-test.low", "any of hydration.short"]


def test_a_wrong_quote_is_refused_and_kept(ana: User, browse: Browse, script: bool) -> None:
    page = browse(script=script)
    sign_in(page)
    page.goto(f"/admin/guidance/rule/{models.Rule.objects.get(key='zinc-low-alone').pk}/change/")
    quote = page.locator("#id_citations-0-quote")
    wrong = quote.input_value().replace("suggests", "suggest")
    quote.fill(wrong)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_title("Error: zinc-low-alone – Change rule – workshop of the cramps guide")
    said = "The article does not say this to the letter. The nearest sentence is S26"
    expect(page.locator("#citations-group").get_by_text(said)).to_be_visible()
    if script:
        expect(page.locator(".refused")).to_be_focused()
    page.locator(".refused").get_by_role("link", name=f"Citation 1, quote: {said}").click()
    expect(page.locator("#id_citations-0-quote")).to_be_focused()
    expect(page.locator("#id_citations-0-quote")).to_have_value(wrong)

    page.locator("#id_citations-0-quote").fill("")
    page.locator("#id_citations-0-sentence").select_option("27")
    page.get_by_role("button", name="Save and see the effect").click()
    expect(page.get_by_role("heading", name="What it changes")).to_be_visible()
    assert models.Citation.objects.filter(rule__key="zinc-low-alone", sentence=27).exists()
