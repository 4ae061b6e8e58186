"""Who may do what in the workshop: every page of every kind of row, for every role and for nobody."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from guidance import models, releases
from guidance.releases import Live
from tests.admin.conftest import SignIn
from tests.admin.pages import text

pytestmark = pytest.mark.django_db

DRAFT = (
    models.Section, models.Question, models.Intervention, models.Wording, models.Rule, models.Appraisal, models.Scope,
    models.Aside, models.Omission, models.Reference, models.Guarantee, models.Case, models.Source,
)  # fmt: skip
KEPT = (models.Proposal, models.Release, models.ReleaseReview)
OK, AWAY, FORBIDDEN = 200, 302, 403

MAY_LOOK = {"changelist": OK, "change": OK, "history": OK}
MAY_NOT_CHANGE = {"add": FORBIDDEN, "delete": FORBIDDEN}
EXPECTED: dict[str, dict[str, int]] = {
    "": dict.fromkeys(("changelist", "change", "history", "add", "delete"), FORBIDDEN),
    "Editors": MAY_LOOK | {"add": OK, "delete": OK},
    "Reviewers": MAY_LOOK | MAY_NOT_CHANGE,
}


@pytest.fixture
def everything(published: Live) -> None:
    releases.sign_off(1, reviewer="A clinician", role="Hepatologist", statement="Read.", on=datetime.now(UTC).date())


def address(model: Any, page: str) -> str:
    row = model._default_manager.first()
    arguments = [row.pk] if page in ("change", "history", "delete") else []
    return reverse(f"admin:guidance_{model._meta.model_name}_{page}", args=arguments)


@pytest.mark.parametrize("role", EXPECTED)
def test_rows_of_the_draft_are_changed_by_editors_and_seen_by_reviewers(
    everything: None, sign_in: SignIn, role: str
) -> None:
    client = sign_in(*([role] if role else []))
    for model in DRAFT:
        for page, status in EXPECTED[role].items():
            assert client.get(address(model, page)).status_code == status, (model, page)
        change = client.post(address(model, "change"), {})
        assert change.status_code == (OK if role == "Editors" else FORBIDDEN), model


@pytest.mark.parametrize("role", ["", "Editors", "Reviewers", "superuser"])
def test_what_was_published_is_changed_by_nobody(everything: None, sign_in: SignIn, role: str) -> None:
    client = sign_in(superuser=True) if role == "superuser" else sign_in(*([role] if role else []))
    for model in KEPT:
        for page in ("changelist", "change", "history"):
            assert client.get(address(model, page)).status_code == (OK if role else FORBIDDEN), (model, page)
        for page in ("add", "delete"):
            assert client.get(address(model, page)).status_code == FORBIDDEN, (model, page)
            assert client.post(address(model, page), {"post": "yes"}).status_code == FORBIDDEN, (model, page)
        assert client.post(address(model, "change"), {"summary": "Other"}).status_code == FORBIDDEN


def test_nobody_sees_anything_without_signing_in(everything: None) -> None:
    anonymous = Client()
    for model in (*DRAFT, *KEPT):
        for page in EXPECTED[""]:
            for response in (anonymous.get(address(model, page)), anonymous.post(address(model, page), {})):
                assert response.status_code == AWAY
                assert response["Location"].startswith("/admin/login/?next=")


def test_who_is_no_staff_is_sent_away(everything: None) -> None:
    client = Client()
    client.force_login(User.objects.create_user("visitor"))
    assert client.get(address(models.Rule, "changelist")).status_code == AWAY


def test_the_draft_is_neither_added_nor_deleted(everything: None, sign_in: SignIn) -> None:
    for client in (sign_in("Editors"), sign_in(superuser=True)):
        assert client.get(address(models.Draft, "change")).status_code == OK
        assert client.get(address(models.Draft, "add")).status_code == FORBIDDEN
        assert client.get(address(models.Draft, "delete")).status_code == FORBIDDEN
    assert sign_in("Reviewers").post(address(models.Draft, "change"), {"title": "Other"}).status_code == FORBIDDEN


def test_reviewers_read_every_field_they_may_not_change(everything: None, sign_in: SignIn) -> None:
    rule = models.Rule.objects.get(key="zinc-low-alone")
    page = text(sign_in("Reviewers").get(reverse("admin:guidance_rule_change", args=[rule.pk])))
    assert "On: zinc" in page
    assert "zinc-test.low" in page
    assert rule.rationale[:40] in page
    assert "Save" not in page


def test_a_shared_result_is_counted_and_never_shown(everything: None, sign_in: SignIn) -> None:
    now = datetime.now(UTC)
    for days in (-1, 1, 2):
        models.SharedResult.objects.create(
            token_sha256=f"{days + 5:064d}",
            answers={"who": "a-secret-answer"},
            release_id=1,
            created_at=now - timedelta(days=30),
            expires_at=now + timedelta(days=days),
        )
    client = sign_in(superuser=True)
    response = client.get(reverse("admin:guidance_sharedresult_changelist"))
    assert "Release Open Expired, to be removed 1 2 1" in text(response)
    for page in (response, client.get("/admin/guidance/sharedresult/1/change/")):
        assert "a-secret-answer" not in page.content.decode()
        assert f"{6:064d}" not in page.content.decode()
    assert client.get("/admin/guidance/sharedresult/1/change/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("admin:guidance_sharedresult_change", args=[1])
    assert sign_in().get(reverse("admin:guidance_sharedresult_changelist")).status_code == FORBIDDEN


def test_the_history_is_read_by_both_roles_and_changed_by_nobody(everything: None, sign_in: SignIn) -> None:
    there = reverse("admin:admin_logentry_changelist")
    assert [sign_in(role).get(there).status_code for role in ("Editors", "Reviewers")] == [OK, OK]
    assert sign_in().get(there).status_code == FORBIDDEN
    assert sign_in(superuser=True).post(there, {"action": "delete_selected"}).status_code in (AWAY, OK, FORBIDDEN)
    assert sign_in(superuser=True).get(reverse("admin:admin_logentry_add")).status_code == FORBIDDEN


def test_every_kind_of_row_is_under_test() -> None:
    ours = {model for model in admin.site._registry if model._meta.app_label == "guidance"}
    assert ours == {*DRAFT, *KEPT, models.Draft, models.SharedResult}


def test_the_roles_hold_what_proposing_and_publishing_need(roles: None) -> None:
    may = {group.name: set(group.permissions.values_list("codename", flat=True)) for group in Group.objects.all()}
    assert {"add_proposal", "change_rule", "delete_criterion", "view_release"} <= may["Editors"]
    assert {"change_proposal", "add_release", "add_releasereview", "view_rule"} <= may["Reviewers"]
    assert not {"add_release", "add_releasereview", "change_proposal"} & may["Editors"]
    assert not {name for name in may["Reviewers"] if name.endswith(("_rule", "_draft", "_question"))} - {
        "view_rule",
        "view_draft",
        "view_question",
    }


def test_rows_are_gathered_by_subject_under_our_own_name(everything: None, sign_in: SignIn) -> None:
    page = text(sign_in("Editors").get("/admin/"))
    assert "The cramps guide: workshop" in page
    places = [page.index(subject) for subject in ("What is decided", "What is asked", "What it stands on")]
    assert places == sorted(places)
