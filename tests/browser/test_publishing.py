"""From a rule that an editor adds to what a visitor reads, and back again, in a real browser."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect

from guidance import models, releases
from guidance.models import Proposal
from guidance.releases import Live
from tests.browser.conftest import Browse, tab_to
from tests.sent import PASSWORD
from tests.visiting import answers_of

pytestmark = pytest.mark.django_db(transaction=True)

BENCH = "/admin/workbench/"


@pytest.fixture
def team(published: Live, roles: None) -> None:
    for name, role in (("ana", "Editors"), ("rita", "Reviewers")):
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
        user.groups.set([Group.objects.get(name=role)])


def sign_in(page: Page, name: str) -> None:
    page.goto("/admin/")
    page.locator("#id_username").focus()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Workshop – workshop of the cramps guide")


def walk(page: Page, answers: dict[str, Any], mounted: str = "/") -> None:
    """Answer what is asked as a visitor does; ends on the result."""
    page.goto(f"{mounted}check/")
    while match := re.search(r"/check/([a-z-]+)/$", page.url):
        given = answers[match[1]]
        for option in [given] if isinstance(given, str) else given:
            page.locator(f"[name={match[1]}][value={option}]").check()
        page.get_by_role("button", name="Continue").click()
        expect(page).not_to_have_url(re.compile(f"/check/{match[1]}/$"))
    expect(page).to_have_url(re.compile(r"/result/$"))


def magnesium(page: Page) -> Any:
    return page.locator("[data-intervention=magnesium]")


def add_rule(page: Page) -> None:
    page.goto("/admin/guidance/rule/add/")
    page.locator("#id_key").fill("magnesium-rare-after-effort")
    page.locator("#id_kind").select_option("verdict")
    page.locator("[name=interventions][value=magnesium]").check()
    page.locator("#id_verdict").select_option("possible")
    page.locator("#id_heading").fill("Rare cramps after hard effort")
    page.locator("#id_text").fill("Enough magnesium from food may be worth a thought.")
    page.locator("#id_rationale").fill("For a test of the way from a rule to a release.")
    for place, option in enumerate(("frequency.less", "timing.exercise", "exertion.effort")):
        if place:
            page.locator("#criteria-group .add-row a").click()
        page.locator(f"#criteria-{place} summary", has=page.locator("visible=true")).first.wait_for()
        box = page.locator(f"[name=criteria-{place}-chosen][value='{option}']")
        box.evaluate("box => box.closest('details').open = true")
        box.check()
    page.locator("#id_citations-0-sentence").select_option("29")
    page.get_by_role("button", name="Save and see the effect").click()


def test_from_a_new_rule_to_a_visitor_and_back(team: None, published: Live, browse: Browse) -> None:
    answers = answers_of(published.guide, "marathon-runner", exertion="effort")
    visitor = browse()
    walk(visitor, answers)
    expect(magnesium(visitor)).to_have_attribute("data-status", "not-indicated")

    # An editor adds a rule and sees what it does.
    editor = browse(width=1280)
    sign_in(editor, "ana")
    add_rule(editor)
    said = editor.get_by_role("region", name="What it says now")
    expect(said.get_by_text("Magnesium", exact=False).first).to_be_visible()
    expect(said).to_contain_text("answer sets")

    # The workbench names what is wrong with it, with an answer set to see it by.
    editor.goto("/admin/")
    tab_to(editor, ".to-workbench")
    editor.keyboard.press("Enter")
    expect(editor.locator("#content h1")).to_have_text("Workbench")
    problem = editor.locator(".problem.error").filter(has_text="magnesium-rare-after-effort").first
    expect(problem).to_be_visible()
    expect(editor.get_by_role("button", name="Propose the draft")).to_have_count(0)
    tab_to(editor, ".problem.error summary")
    editor.keyboard.press("Enter")
    tab_to(editor, ".problem.error details button")
    editor.keyboard.press("Enter")
    expect(editor).to_have_url(re.compile(r"/preview/draft/result/$"))
    expect(editor.locator(".preview")).to_contain_text("Preview of the draft. Visitors do not see this.")
    expect(editor).to_have_title(re.compile("^Preview: "))
    expect(magnesium(editor)).to_have_attribute("data-status", "possible")
    tab_to(editor, ".preview a")
    editor.keyboard.press("Enter")

    # It is mended on the page that the problem leads to.
    problem.get_by_role("link", name=re.compile("^Open rule magnesium")).click()
    expect(editor).to_have_url(re.compile(r"/admin/guidance/rule/\d+/change/$"))
    rule = models.Rule.objects.get(key="magnesium-rare-after-effort")
    editor.goto(f"/admin/guidance/rule/{rule.pk}/change/")
    gives_way = editor.locator("[name=gives_way][value=magnesium-rare-exercise]")
    gives_way.evaluate("box => { const group = box.closest('details'); if (group) group.open = true; }")
    gives_way.check()
    editor.get_by_role("button", name="Save", exact=True).click()
    editor.goto(BENCH)
    expect(editor.locator(".problem.error")).to_have_count(0)
    expect(editor.get_by_role("region", name="What differs from release 1")).to_contain_text(
        "The rule magnesium-rare-after-effort was added"
    )
    expect(editor.get_by_role("region", name="What visitors would be told")).to_contain_text("Magnesium")

    # It is proposed, in words; an editor cannot publish it.
    tab_to(editor, "[name=summary]")
    editor.keyboard.type("Rare cramps after hard effort.")
    tab_to(editor, "button.default")
    editor.keyboard.press("Enter")
    expect(editor).to_have_title(re.compile("^Error: Workbench"))
    tab_to(editor, ".refused a[href='#propose-acknowledgement']")
    editor.keyboard.press("Enter")
    expect(editor.locator(".fault", has_text="say in writing")).to_be_in_viewport()
    tab_to(editor, "[name=acknowledgement]")
    editor.keyboard.type("Read one by one.")
    tab_to(editor, "button.default")
    editor.keyboard.press("Enter")
    expect(editor.locator(".messagelist")).to_contain_text("A reviewer can publish it now.")
    expect(editor.get_by_role("button", name="Publish")).to_have_count(0)
    number = Proposal.objects.latest("pk").pk
    assert releases.current().number == 1

    # A reviewer looks at it as a visitor would, and publishes.
    reviewer = browse(width=1280)
    sign_in(reviewer, "rita")
    reviewer.goto(BENCH)
    reviewer.get_by_role("link", name=f"Proposal {number}").click()
    expect(reviewer.get_by_role("region", name="What differs from release 1")).to_contain_text("was added")
    reviewer.get_by_role("link", name="Preview it as a visitor").click()
    walk(reviewer, answers, f"/preview/proposals/{number}/")
    expect(magnesium(reviewer)).to_have_attribute("data-status", "possible")
    reviewer.get_by_role("link", name="Back to the workbench").click()
    tab_to(reviewer, "button.default")
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator(".messagelist")).to_contain_text("Release 2 is published: visitors read it now.")

    # The visitor is told so, under the number of the release.
    visitor.goto("/result/")
    expect(magnesium(visitor)).to_have_attribute("data-status", "possible")
    expect(magnesium(visitor)).to_contain_text("Enough magnesium from food may be worth a thought.")
    expect(visitor.locator(".colophon")).to_contain_text("release 2")
    expect(visitor.locator(".notice")).to_contain_text("A newer release of the guide came out")

    # The reviewer goes back, and so does the visitor.
    reviewer.get_by_role("link", name="Release 1", exact=True).first.click()
    tab_to(reviewer, "[name=reason]")
    reviewer.keyboard.type("It goes too far.")
    tab_to(reviewer, "#content-main section[aria-labelledby=back] button")
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator(".messagelist")).to_contain_text("Visitors read release 1 again. It is release 3 now.")
    visitor.goto("/result/")
    expect(magnesium(visitor)).to_have_attribute("data-status", "not-indicated")
    expect(visitor.locator(".colophon")).to_contain_text("release 3")
    visitor.goto("/releases/3/")
    expect(visitor.locator("main")).to_contain_text("Back to release 1: It goes too far.")
    assert releases.current().document == published.document


def test_the_preview_works_without_script(team: None, published: Live, browse: Browse) -> None:
    page = browse(script=False)
    sign_in(page, "ana")
    walk(page, answers_of(published.guide, "healthy-night-cramps"), "/preview/draft/")
    expect(page.locator(".preview")).to_be_visible()
    expect(page.locator("[data-intervention]")).to_have_count(4)
