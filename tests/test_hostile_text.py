"""Writing with script in it: shown as it was written on every page, and run on none."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from msgspec import structs

from guidance import drafts, models, releases
from guidance.rules import documents
from guidance.rules.guide import Guide
from tests import hostile
from tests.admin.pages import form, text
from tests.states import STATES, prepare, visit
from tests.visiting import answers_of, walk

pytestmark = pytest.mark.django_db

WRITTEN = "<script>hostile()</script>"


class Reading(HTMLParser):
    """What on a page could run a script or lead to one."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name.startswith("on") or name in ("style", "srcdoc"):
                self.faults.append(f"<{tag} {name}={value}>")
            if name in ("href", "src", "action", "formaction", "cite", "data", "xlink:href", "poster"):
                self._address(tag, value or "")
        found = dict(attributes)
        if tag == "script" and not re.match(r"/(static|admin/jsi18n)/", found.get("src") or ""):
            self.faults.append("a script in the page")
        if tag in ("base", "iframe", "object", "embed", "frame") or (tag == "meta" and "http-equiv" in found):
            self.faults.append(f"<{tag}>")

    def _address(self, tag: str, address: str) -> None:
        """No browser may read it as anything but a page of ours or of the web."""
        plain = re.sub(r"[\x00-\x20]", "", address)
        away = tag == "a" and (re.match(r"https?://[^/]", plain) or plain.startswith(("tel:", "mailto:")))
        if not away and (urlsplit(plain).scheme or urlsplit(plain).netloc):
            self.faults.append(f"<{tag}> leads to {address}")
        if "hostile.example" in address:
            self.faults.append(f"<{tag}> leads to {address}")


def faults(response: Any) -> list[str]:
    if not response["Content-Type"].startswith("text/html"):
        assert response["X-Content-Type-Options"] == "nosniff"
        return []
    page = response.content.decode()
    found = Reading(page).faults
    if raw := hostile.RAW.search(page):
        found.append(page[max(0, raw.start() - 80) : raw.end() + 40])
    if page.lower().count("</title>") - len(re.findall(r"<svg[^>]*>\s*<title", page)) > 1:
        found.append("two titles")
    return found


@pytest.fixture(scope="module")
def spoiled(guide: Guide) -> Guide:
    return hostile.guide(guide)


@pytest.fixture
def everywhere(spoiled: Guide, db: None) -> Guide:
    """Two releases, the second reviewed, a proposal and a draft that all hold such texts, each a little other."""
    first, *others = spoiled.rules
    reworded = [structs.replace(first, heading=f"{first.heading}{number}{hostile.TEXT}") for number in range(3)]
    second, third, draft = (structs.replace(spoiled, rules=(rule, *others)) for rule in reworded)
    hostile.publish(spoiled)
    hostile.publish(second)
    said = {"reviewer": hostile.TEXT, "role": hostile.TEXT, "statement": hostile.TEXT}
    releases.sign_off(2, **said, on=models.Release.objects.get(pk=2).published_at.date())
    hostile.propose(third, base=2)
    drafts.fill(draft)
    return second


@pytest.fixture
def editor(everywhere: Guide, roles: None) -> Client:
    user = User.objects.create_user("ana", first_name=hostile.TEXT[:150], last_name=hostile.TEXT[:150], is_staff=True)
    user.groups.set(Group.objects.all())
    client = Client()
    client.force_login(user)
    return client


def harmless(response: Any, *, written: bool = True) -> None:
    """The page runs nothing; where the text must be ``written`` on it, it is there to the letter."""
    assert faults(response) == []
    if written:
        assert WRITTEN in text(response)
        assert "{{7*7}}" in text(response)


# Visitors and clinicians


def test_no_page_of_a_visitor_or_clinician_runs_it(everywhere: Guide, client: Client) -> None:
    for state in STATES:
        response = visit(client, everywhere, state)
        assert faults(response) == [], state.name
        if response.status_code == 200 and state.name not in PLAIN:
            read = text(response)
            assert WRITTEN in read and "{{7*7}}" in read, state.name


PLAIN = {"shared-link", "shared-delete", "shared-deleted", "accessibility", "method", "too-big", "not-found", "article"}
"""Pages with no writing of the guide's on them; and the article, whose sentences hold less."""


def test_the_article_is_shown_to_the_letter(everywhere: Guide, client: Client) -> None:
    assert hostile.SENTENCE in text(client.get("/article/"))


def test_a_part_for_htmx_runs_it_no_more_than_a_page(everywhere: Guide, client: Client) -> None:
    walk(client, answers_of(everywhere, "cirrhosis-low-zinc"))
    for address in ("/", "/check/timing/", "/answers/", "/result/", "/rationale/explorer/", "/rationale/map/"):
        harmless(client.get(address, headers={"HX-Request": "true"}))


def test_every_rule_and_every_release_is_shown_and_runs_nothing(everywhere: Guide, client: Client) -> None:
    for rule in everywhere.rules:
        harmless(client.get(f"/rationale/rules/{rule.key}/"))
    for address in ("/releases/", "/releases/1/", "/releases/2/", "/releases/2/guide.json", "/api/guide"):
        harmless(client.get(address), written=address in ("/releases/2/",))


def test_an_older_shared_result_beside_the_release_of_today_runs_nothing(everywhere: Guide, client: Client) -> None:
    token = prepare(client, everywhere, next(state for state in STATES if state.name == "shared")).split("/")[2]
    hostile.publish(structs.replace(everywhere, rules=everywhere.rules[3:]))
    harmless(client.get(f"/shared/{token}/"))


def test_what_a_stranger_sends_comes_back_on_no_page_as_it_is(everywhere: Guide, client: Client) -> None:
    sent = dict.fromkeys(("who", "offer", "next", "csrfmiddlewaretoken", "username", "_seen", "q"), hostile.TEXT)
    for address in ("/check/who/", "/share/", "/rationale/explorer/", "/rationale/explorer/use/", "/admin/login/"):
        assert faults(client.post(address, sent, follow=True)) == []
        assert faults(Client(enforce_csrf_checks=True).post(address, sent)) == []
    for address in ("/", "/check/who/", "/result/", "/admin/login/", "/rationale/explorer/", f"/{hostile.SENTENCE}/"):
        assert faults(client.get(address, sent)) == []


# Addresses


@pytest.mark.parametrize("address", hostile.ADDRESSES)
def test_an_address_that_is_none_of_the_web_becomes_no_link_and_is_not_published(guide: Guide, address: str) -> None:
    reference = structs.replace(guide.references[0], doi="", address=address)
    source = structs.replace(guide.source, address=address)
    assert (reference.link, source.link) == ("", "")
    spoiled = structs.replace(guide, source=source, references=(reference, *guide.references[1:]))
    found = [problem.place for problem in documents.words(spoiled) if problem.code == "no-address"]
    assert found == [f"source {source.key}", f"references[0] {reference.key}"]


def test_an_identifier_stays_inside_the_address_of_its_register(guide: Guide) -> None:
    reference = structs.replace(guide.references[0], doi='10.1000/1"><script>#?../')
    assert reference.link == "https://doi.org/10.1000/1%22%3E%3Cscript%3E%23%3F../"


def test_every_link_of_the_guide_that_ships_stays_one(guide: Guide) -> None:
    assert all(reference.link for reference in guide.references if reference.doi or reference.address)


# The workshop


def pages_of_rows() -> Iterator[str]:
    for model in admin.site._registry:
        row = model._default_manager.last()
        if model._meta.app_label == "guidance" and row is not None:
            name = f"admin:guidance_{model._meta.model_name}"
            yield reverse(f"{name}_changelist")
            for page in ("change", "history", "delete"):
                yield reverse(f"{name}_{page}", args=[row.pk])


def test_no_page_of_rows_runs_it(editor: Client) -> None:
    written = 0
    for address in pages_of_rows():
        response = editor.get(address)
        assert faults(response) == [], address
        written += WRITTEN in text(response)
    assert written > 25


def test_no_page_of_the_workbench_runs_it(editor: Client) -> None:
    waiting = f"/admin/workbench/proposals/{models.Proposal.objects.latest('pk').pk}/"
    harmless(editor.get("/admin/workbench/"))
    harmless(editor.get(waiting))
    harmless(editor.get("/admin/workbench/releases/2/"))
    harmless(editor.get(reverse("admin:guidance_source_switch", args=[models.Source.objects.latest("pk").pk])))
    for address in ("/admin/workbench/propose/", "/admin/workbench/releases/2/review/"):
        sent = {"digest": hostile.TEXT, "summary": hostile.TEXT, "acknowledgement": hostile.TEXT, "role": hostile.TEXT}
        harmless(editor.post(address, sent, follow=True))
    harmless(editor.post(f"{waiting}reject/", {"reason": hostile.TEXT}, follow=True))


def test_a_document_that_is_none_is_refused_without_running_what_it_says(editor: Client) -> None:
    for content in (f'{{"title": "{WRITTEN}", "{WRITTEN}": 1}}', WRITTEN):
        sent = {"document": SimpleUploadedFile(f"{WRITTEN}.json", content.encode())}
        response = editor.post("/admin/workbench/import/document/", sent)
        assert response.status_code == 200
        assert faults(response) == []


def test_saving_it_writes_a_history_that_runs_nothing(editor: Client) -> None:
    rule = models.Rule.objects.get(key="zinc-low-alone")
    there = reverse("admin:guidance_rule_change", args=[rule.pk])
    changed = form(editor.get(there), "rule") | {"heading": [f"Other {hostile.TEXT}"], "citations-0-quote": [WRITTEN]}
    refused = editor.post(there, changed)
    assert refused.status_code == 200
    harmless(refused)
    saved = form(editor.get(there), "rule") | {"heading": [f"Other {hostile.TEXT}"], "_effect": ["1"]}
    assert editor.post(there, saved).status_code == 302
    assert LogEntry.objects.exists()
    for address in (there, reverse("admin:guidance_rule_history", args=[rule.pk]), "/admin/admin/logentry/", "/admin/"):
        harmless(editor.get(address), written=address != "/admin/")


def test_two_editors_meet_over_it_without_running_it(editor: Client) -> None:
    rule = models.Rule.objects.get(key="zinc-low-alone")
    there = reverse("admin:guidance_rule_change", args=[rule.pk])
    mine = form(editor.get(there), "rule")
    editor.post(there, mine | {"heading": [f"Theirs {hostile.TEXT}"]})
    met = editor.post(there, mine | {"heading": [f"Mine {hostile.TEXT}"]})
    assert "When you opened the page" in text(met)
    harmless(met)


def test_a_preview_and_the_draft_beside_a_release_run_nothing(editor: Client, everywhere: Guide) -> None:
    for mounted in ("/preview/draft/", f"/preview/proposals/{models.Proposal.objects.latest('pk').pk}/"):
        for page in ("", "check/who/", "article/", "rationale/", "rationale/zinc/", "rationale/map/"):
            harmless(editor.get(f"{mounted}{page}"), written=page != "article/")
    harmless(editor.post("/rationale/explorer/", answers_of(everywhere, "cirrhosis-low-zinc") | {"_draft": "on"}))
