"""The draft, or a proposal, as a visitor would see it: for staff, beside their own journey, and kept by nobody."""

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.test import Client
from django.urls import get_script_prefix

from guidance import drafts, journey, models, releases
from guidance.models import Proposal
from guidance.releases import Live
from guidance.views import preview
from tests.admin.pages import text
from tests.visiting import answers_of, walk

pytestmark = pytest.mark.django_db

DRAFT = "/preview/draft/"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def staff(published: Live, roles: None) -> Client:
    """A reviewer's browser; the draft says something that the release does not."""
    user = User.objects.create_user("reviewer", is_staff=True)
    user.groups.add(Group.objects.get(name="Reviewers"))
    models.Question.objects.filter(key="who").update(label="Who is this for, then?")
    models.Wording.objects.filter(status="possible").update(label="Only the draft says so")
    client = Client()
    client.force_login(user)
    return client


def case(live: Live) -> dict[str, Any]:
    return answers_of(live.guide, live.guide.cases[0].key)


def through(client: Client, answers: dict[str, Any], mounted: str = DRAFT) -> HttpResponse:
    """Answer in the preview what is asked, page by page; the result."""
    address = client.get(f"{mounted}check/")["Location"]
    while match := re.fullmatch(rf"{mounted}check/([a-z-]+)/", address):
        response = client.post(address, {match[1]: answers[match[1]]})
        assert response.status_code == 302, response.content.decode()
        address = response["Location"]
    assert address == f"{mounted}result/"
    return client.get(address)  # type: ignore[return-value]


def test_a_preview_shows_the_draft_and_the_site_still_the_release(staff: Client):
    assert "Who is this for, then?" in text(staff.get(f"{DRAFT}check/who/"))
    assert "Who is this for, then?" not in text(staff.get("/check/who/"))


def test_the_whole_journey_runs_over_the_draft(staff: Client, published: Live):
    result = through(staff, case(published))
    assert "Only the draft says so" in text(result)
    for page in ("", "answers/", "result/", "article/", "check/who/", "rationale/", "rationale/map/"):
        response = staff.get(DRAFT + page)
        assert response.status_code == 200, page
        assert "Preview of the draft. Visitors do not see this." in text(response), page
        assert re.search(r"<title>Preview: ", response.content.decode()), page
        assert "no-store" in response["Cache-Control"] and "private" in response["Cache-Control"], page
        assert response["X-Robots-Tag"] == "noindex", page


def test_every_link_of_the_journey_stays_in_the_preview(staff: Client, published: Live):
    through(staff, case(published))
    for page in ("", "answers/", "result/", "check/who/", "article/"):
        content = staff.get(DRAFT + page).content.decode()
        journey_links = re.findall(
            r'(?:href|action)="(/(?:preview/draft/)?(?:check|answers|result|clear|article)/[^"]*)"', content
        )
        assert all(link.startswith(DRAFT) for link in journey_links), page
        assert 'href="/admin/workbench/"' in content
        assert 'href="/static/guidance.css"' in content


def test_a_preview_says_that_nothing_of_it_was_released(staff: Client, published: Live):
    page = text(through(staff, case(published)))
    assert "This is a preview of the draft, which was not released." in page
    assert not re.search(r"[Rr]elease 0", page)


def test_a_preview_leaves_the_journey_of_its_reader_alone(staff: Client, published: Live):
    own = answers_of(published.guide, published.guide.cases[1].key)
    walk(staff, own)
    before = staff.cookies[journey.COOKIE].value
    told = text(staff.get("/result/"))
    through(staff, case(published))
    assert staff.cookies[journey.COOKIE].value == before
    assert staff.cookies[preview.COOKIE].value
    assert text(staff.get("/result/")) == told
    staff.post(f"{DRAFT}clear/")
    assert staff.cookies[preview.COOKIE].value == ""
    assert staff.cookies[journey.COOKIE].value == before


def test_the_cookie_of_a_preview_is_as_guarded_as_that_of_a_visitor(staff: Client):
    staff.post(f"{DRAFT}check/who/", {"who": "adult"})
    cookie = staff.cookies[preview.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"


def test_a_journey_of_the_visitor_does_not_leak_into_the_preview(staff: Client, published: Live):
    walk(staff, case(published))
    assert staff.get(f"{DRAFT}result/")["Location"] == f"{DRAFT}check/who/"


def test_answers_are_opened_by_post_and_never_stand_in_an_address(staff: Client, published: Live):
    sent = case(published)
    response = staff.post(f"{DRAFT}open/", sent)
    assert response["Location"] == f"{DRAFT}check/"
    opened = staff.get(f"{DRAFT}check/", follow=True)
    assert opened.redirect_chain == [(f"{DRAFT}result/", 302)]
    assert staff.get(f"{DRAFT}open/", sent)["Location"] == DRAFT


@pytest.mark.parametrize(
    "sent", [{"who": "nobody"}, {"emergency": ["none", "chest"]}, {"emergency": ["chest", "chest"]}]
)
def test_answers_that_cannot_be_given_are_not_opened(staff: Client, sent: dict[str, Any]):
    response = staff.post(f"{DRAFT}open/", sent)
    assert response.status_code == 400
    assert preview.COOKIE not in response.cookies


def test_what_the_guide_does_not_ask_is_left_out(staff: Client):
    staff.post(f"{DRAFT}open/", {"who": "adult", "shoe-size": "44", "csrfmiddlewaretoken": "x"})
    assert "Back to the question before" in text(staff.get(f"{DRAFT}check/emergency/"))


def test_a_proposal_is_previewed_as_it_was_frozen(staff: Client, published: Live):
    proposal = releases.propose(None, by="editor", at=NOW, acknowledgement="Read.")
    models.Question.objects.filter(key="who").update(label="Changed since")
    mounted = f"/preview/proposals/{proposal.pk}/"
    page = staff.get(f"{mounted}check/who/")
    assert "Who is this for, then?" in text(page)
    assert f"Preview of proposal {proposal.pk}." in text(page)
    assert f'href="/admin/workbench/proposals/{proposal.pk}/"' in page.content.decode()
    assert "Only the draft says so" in text(through(staff, case(published), mounted))


def test_what_is_no_part_of_a_journey_leads_out_of_the_preview(staff: Client):
    assert staff.get(f"{DRAFT}releases/1/")["Location"] == "/releases/1/"
    assert staff.get(f"{DRAFT}admin/workbench/")["Location"] == "/admin/workbench/"
    for address in ("nowhere/", "check/nowhere/", "/elsewhere.example/", "//elsewhere.example/"):
        assert staff.get(DRAFT + address).status_code == 404, address
    for address in ("share/", "api/assess", "admin/workbench/propose/", "preview/draft/clear/"):
        assert staff.post(DRAFT + address).status_code == 404, address


def test_a_page_that_is_not_there_says_so_within_the_preview(staff: Client):
    page = staff.get(f"{DRAFT}check/nowhere/")
    assert "Preview of the draft." in text(page)
    assert f'href="{DRAFT}check/"' in page.content.decode()


def test_a_result_in_a_preview_is_not_offered_for_sharing(staff: Client, published: Live):
    assert "private link" not in text(through(staff, case(published))).replace("unless you make a private link", "")


def test_a_page_that_was_not_changed_is_sent_whole_all_the_same(staff: Client):
    tag = staff.get("/rationale/")["ETag"]
    response = staff.get(f"{DRAFT}rationale/", headers={"If-None-Match": tag})
    assert response.status_code == 200 and "ETag" not in response


def test_the_addresses_of_others_stay_as_they_are(staff: Client, published: Live, monkeypatch: pytest.MonkeyPatch):
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr("guidance.views.preview.resolve", crash)
    staff.raise_request_exception = False
    assert staff.get(DRAFT).status_code == 500
    assert get_script_prefix() == "/"


def test_a_draft_that_is_no_sound_guide_cannot_be_previewed_and_says_why(staff: Client):
    rule = models.Rule.objects.get(key="zinc-tested-normal")
    models.RuleIntervention.objects.filter(rule=rule).delete()
    response = staff.get(f"{DRAFT}check/")
    assert response.status_code == 409
    assert "a verdict rule is on exactly one intervention" in text(response)


def test_without_a_draft_there_is_nothing_to_preview(staff: Client):
    models.Draft.objects.all().delete()
    assert staff.get(DRAFT).status_code == 404
    assert staff.get("/preview/proposals/77/").status_code == 404


def test_a_gap_in_the_draft_is_shown_as_it_would_be_told(staff: Client, published: Live):
    gone = {"potassium-not-indicated", "potassium-known-low"}
    rules = tuple(rule for rule in published.guide.rules if rule.key not in gone)
    drafts.fill(msgspec.structs.replace(published.guide, rules=rules))
    page = through(staff, case(published)).content.decode()
    assert 'data-intervention="potassium" data-status="cannot-tell"' in page


@pytest.mark.parametrize("address", [DRAFT, f"{DRAFT}check/who/", f"{DRAFT}open/", "/preview/proposals/{}/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_preview_is_for_those_who_may_see_the_draft(published: Live, roles: None, address: str, method: str):
    address = address.format(Proposal.objects.get().pk)

    def status(client: Client) -> int:
        return int(getattr(client, method)(address).status_code)

    assert status(Client()) == 302
    assert getattr(Client(), method)(address)["Location"].startswith("/admin/login/")
    outsider, plain = Client(), Client()
    outsider.force_login(User.objects.create_user("outsider"))
    assert status(outsider) == 302
    plain.force_login(User.objects.create_user("plain", is_staff=True))
    assert status(plain) == 403
    for role in ("Editors", "Reviewers"):
        user = User.objects.create_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        assert status(client) in {200, 302, 405}
        assert not client.get(address).headers.get("Location", "").startswith("/admin/login/")
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    assert status(boss) in {200, 302, 405}


def test_a_form_in_a_preview_needs_its_token(staff: Client):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="reviewer"))
    assert strict.post(f"{DRAFT}check/who/", {"who": "adult"}).status_code == 403


def test_a_preview_writes_no_row(staff: Client, published: Live):
    before = Proposal.objects.count(), models.SharedResult.objects.count()
    through(staff, case(published))
    assert (Proposal.objects.count(), models.SharedResult.objects.count()) == before
