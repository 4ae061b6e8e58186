"""What everyone may read of every release."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from guidance import drafts, models, releases
from guidance.releases import Live
from guidance.templatetags import lasting
from tests.admin.pages import text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def second(published: Live) -> Live:
    """A second release: a rule reads otherwise, one question has another hint."""
    lasting._kept.cache_clear()  # every test publishes it under the same number, with the same digest, at the same time
    models.Rule.objects.filter(key="zinc-tested-normal").update(heading="Your zinc is really not low")
    models.Question.objects.filter(key="who").update(hint="<b>Choose</b> one")
    proposal = releases.propose(None, by="Ana Author", at=NOW, acknowledgement="All read.", summary="Says it better.")
    releases.publish(proposal, by="Rita Reviewer", at=NOW)
    return releases.current()


def test_the_list_names_every_release_newest_first(second: Live, client: Client):
    page = text(client.get("/releases/"))
    assert page.index("Release 2") < page.index("Release 1")
    assert "in use" in page and "Says it better." in page and "Not clinically reviewed." in page


def test_a_release_says_in_words_what_changed_since_the_one_before(second: Live, client: Client):
    response = client.get("/releases/2/")
    page = text(response)
    assert "What changed since release 1" in page
    assert "Rule zinc-tested-normal" in page and "The heading changed." in page
    assert "Question who" in page
    assert "Your zinc is <ins>really</ins> not low" in response.content.decode()
    assert "<b>Choose</b>" not in response.content.decode()
    assert "This is the first release." in text(client.get("/releases/1/"))


def test_a_release_shows_its_digest_its_report_and_what_was_said_to_it(second: Live, client: Client):
    page = text(client.get("/releases/2/"))
    assert second.digest in page and "1 March 2026, 12:00 UTC" in page
    assert "All read." in page
    found = models.Release.objects.get(pk=2).problems
    assert found and all(problem["message"] in page for problem in found)


def test_names_are_for_those_who_work_on_the_guide(second: Live, roles: None, client: Client):
    page = text(client.get("/releases/2/"))
    assert "Proposed by one person, published by another" in page
    assert "Ana Author" not in page and "Rita Reviewer" not in page
    user = User.objects.create_user("editor", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    page = text(client.get("/releases/2/"))
    assert "Ana Author, then Rita Reviewer" in page


def test_one_person_who_did_both_is_said_to_have_done_both(second: Live, client: Client):
    models.Rule.objects.filter(key="zinc-tested-normal").update(heading="Otherwise")
    releases.set_up(by="set-up", at=NOW, acknowledgement="Read.")
    assert "Proposed and published by one person" in text(client.get("/releases/3/"))


def test_a_clinical_review_is_shown_with_its_role_and_without_the_name(second: Live, client: Client):
    signed: dict[str, Any] = {"role": "Hepatologist", "statement": "Read whole.\nAgreed.", "on": date(2026, 3, 2)}
    releases.sign_off(2, reviewer="C. Linician", **signed)
    page = text(client.get("/releases/2/"))
    assert "Read whole. Agreed." in page and "Hepatologist, 2 March 2026" in page
    assert "C. Linician" not in page
    assert "Not clinically reviewed" in text(client.get("/releases/1/"))


def test_the_document_is_downloaded_to_the_byte(second: Live, client: Client):
    response = client.get("/releases/2/guide.json")
    assert response.content == second.document
    assert response["Content-Disposition"] == 'attachment; filename="cramps-guide-release-2.json"'
    assert client.get("/releases/1/guide.json").content == releases.get(1).document


@pytest.mark.parametrize("address", ["/releases/", "/releases/1/", "/releases/2/", "/releases/2/guide.json"])
def test_a_cache_in_front_may_keep_what_everyone_reads(second: Live, client: Client, address: str):
    first = client.get(address)
    assert first["Cache-Control"] == "public, max-age=0, s-maxage=60" and not first.cookies
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("address", ["/releases/", "/releases/1/", "/releases/2/"])
def test_every_page_of_a_release_is_another_after_the_next_release_and_after_a_review(
    second: Live, client: Client, address: str
):
    tags = [client.get(address)["ETag"]]
    releases.sign_off(1, reviewer="C", role="Physician", statement="Read.", on=date(2026, 3, 2))
    tags.append(client.get(address)["ETag"])
    releases.go_back(1, by="Rita Reviewer", at=NOW, reason="It frightened.")
    tags.append(client.get(address)["ETag"])
    assert len(set(tags)) == 3
    assert "No, release 3 is" in text(client.get("/releases/2/"))
    assert "Signed off by a clinical reviewer" in text(client.get("/releases/1/"))


def test_what_is_shown_to_those_who_are_logged_in_is_kept_by_no_cache(second: Live, roles: None, client: Client):
    public = client.get("/releases/2/")
    user = User.objects.create_user("editor", is_staff=True)
    user.groups.add(Group.objects.get(name="Editors"))
    client.force_login(user)
    page = client.get("/releases/2/", headers={"If-None-Match": public["ETag"]})
    assert "Ana Author" in text(page)
    assert page["Cache-Control"] == "private, no-store" and "ETag" not in page
    assert all("Cookie" in found["Vary"] for found in (public, page))
    assert "Ana Author" not in text(Client().get("/releases/2/"))


def test_going_back_is_told_like_any_other_release(second: Live, client: Client):
    releases.go_back(1, by="Rita Reviewer", at=NOW, reason="It frightened.")
    page = text(client.get("/releases/3/"))
    assert "Back to release 1: It frightened." in page
    assert "The heading changed." in page
    assert drafts.assemble() == second.guide


@pytest.mark.parametrize("address", ["/releases/9/", "/releases/9/guide.json", "/releases/0/"])
def test_a_release_that_never_was_is_not_found(published: Live, client: Client, address: str):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/releases/", "/releases/1/", "/releases/1/guide.json"])
def test_releases_are_only_read(published: Live, client: Client, address: str):
    assert client.post(address).status_code == 405


@pytest.mark.parametrize("address", ["/releases/", "/releases/2/", "/releases/2/guide.json"])
def test_everyone_may_read_releases(second: Live, address: str):
    someone = User.objects.create_user("someone")
    for user in (None, someone, User.objects.create_superuser("boss")):
        client = Client()
        if user:
            client.force_login(user)
        assert client.get(address).status_code == 200


def test_a_release_whose_forerunner_cannot_be_read_says_so(second: Live, client: Client, monkeypatch: Any):
    def broken(number: int) -> Live:
        raise releases.BrokenRelease("It cannot be read.")

    from guidance.views import releases as views

    views._differences.cache_clear()
    monkeypatch.setattr(releases, "get", broken)
    assert "can no longer be read" in text(client.get("/releases/2/"))


def test_texts_with_little_in_common_are_shown_without_marks(second: Live, client: Client):
    models.Rule.objects.filter(key="zinc-tested-normal").update(heading="Something else")
    releases.set_up(by="set-up", at=NOW, acknowledgement="Read.")
    page = client.get("/releases/3/").content.decode()
    assert "Something else" in page and "<ins>" not in page


def test_before_the_first_release_the_list_is_calm(client: Client):
    assert client.get("/releases/").status_code == 503
