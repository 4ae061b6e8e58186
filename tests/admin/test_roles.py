"""What each role finds in the workshop. Which of its addresses are open to whom: see `tests.test_addresses`."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import NoReverseMatch, reverse

from guidance import models
from guidance.releases import Live
from tests.admin.conftest import SignIn
from tests.admin.pages import text

pytestmark = pytest.mark.django_db


def test_reviewers_read_every_field_they_may_not_change(published: Live, sign_in: SignIn) -> None:
    rule = models.Rule.objects.get(key="zinc-low-alone")
    page = text(sign_in("Reviewers").get(reverse("admin:guidance_rule_change", args=[rule.pk])))
    assert "On: zinc" in page
    assert "zinc-test.low" in page
    assert rule.rationale[:40] in page
    assert "Save" not in page


def test_a_shared_result_is_counted_and_never_shown(published: Live, sign_in: SignIn) -> None:
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


def test_rows_are_gathered_by_subject_under_our_own_name(published: Live, sign_in: SignIn) -> None:
    page = text(sign_in("Editors").get("/admin/"))
    assert "The cramps guide: workshop" in page
    places = [page.index(subject) for subject in ("What is decided", "What is asked", "What it stands on")]
    assert places == sorted(places)
