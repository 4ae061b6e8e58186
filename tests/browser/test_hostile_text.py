"""Writing with script in it, in a real browser: nothing runs, nothing asks, and the policy has nothing to stop."""

import re
from datetime import date

import pytest
from django.contrib.auth.models import Group, User
from msgspec import structs
from playwright.sync_api import Page, expect

from guidance import drafts, models, releases
from guidance.rules.guide import Guide
from tests import hostile
from tests.browser.conftest import Browse
from tests.browser.test_editing import sign_in
from tests.browser.test_publishing import walk
from tests.sent import PASSWORD
from tests.visiting import answers_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def spoiled(db: None, guide: Guide) -> Guide:
    spoiled = hostile.guide(guide)
    other = structs.replace(spoiled.rules[0], heading=f"Other {hostile.TEXT}")
    drafts.fill(spoiled)
    hostile.publish(spoiled)
    hostile.publish(structs.replace(spoiled, rules=(other, *spoiled.rules[1:])))
    releases.sign_off(2, reviewer=hostile.TEXT, role=hostile.TEXT, statement=hostile.TEXT, on=date(2026, 1, 31))
    return spoiled


@pytest.fixture
def watched(browse: Browse) -> Page:
    """A page on which whatever a text tries would be noticed: a dialog, a new page, or the function it calls."""
    page = browse(width=1280)

    def ran() -> None:
        pytest.fail(f"{page.url} ran a text")

    page.context.expose_function("hostile", ran)
    page.on("dialog", lambda dialog: pytest.fail(f"{page.url} asks: {dialog.message}"))
    page.on("popup", lambda other: pytest.fail(f"{page.url} opens {other.url}"))
    return page


def meet(page: Page, *addresses: str) -> None:
    """Open each page, and touch what could carry a handler."""
    for address in addresses:
        page.goto(address)
        assert "hostile()" in page.content()
        found = page.evaluate(
            """() => [...document.querySelectorAll('*')].filter(element =>
                [...element.attributes].some(one => one.name.startsWith('on')) ||
                /^\\s*(javascript|data|vbscript):/i.test(element.getAttribute('href') || '')
            ).map(element => element.outerHTML.slice(0, 200))"""
        )
        assert found == [], address


def test_a_visitor_and_a_clinician_meet_it_and_nothing_runs(spoiled: Guide, watched: Page) -> None:
    walk(watched, answers_of(spoiled, "cirrhosis-low-zinc"))
    meet(
        watched, "/", "/check/timing/", "/answers/", "/result/", "/article/", "/rationale/", "/rationale/zinc/",
        "/rationale/rules/zinc-low-alone/", "/rationale/map/", "/rationale/explorer/", "/releases/2/",
    )  # fmt: skip
    watched.goto("/result/")
    watched.get_by_text("A private link for a clinician").click()
    watched.get_by_role("button", name="Make a private link").click()
    expect(watched).to_have_url(re.compile("/link/$"))
    meet(watched, watched.url.replace("link/", ""))


def test_an_editor_meets_it_and_nothing_runs(spoiled: Guide, roles: None, watched: Page) -> None:
    user = User.objects.create_user("ana", password=PASSWORD, is_staff=True)
    user.groups.set(Group.objects.all())
    sign_in(watched)
    rule = models.Rule.objects.get(key="zinc-low-alone").pk
    there = f"/admin/guidance/rule/{rule}/change/"
    watched.goto(there)
    watched.locator("#id_heading").fill(f"Mine {hostile.TEXT}")
    watched.locator("[name=_save]").click()
    meet(
        watched, there, f"/admin/guidance/rule/{rule}/history/",
        "/admin/guidance/question/", "/admin/admin/logentry/", "/admin/workbench/", "/admin/workbench/releases/2/",
        "/preview/draft/check/who/",
    )  # fmt: skip
