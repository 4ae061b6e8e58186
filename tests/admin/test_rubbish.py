"""What no page of the workshop sends, and Django's admin would hand to the database: refused, and no page fails."""

import pytest
from django.test import Client
from django.urls import reverse

from guidance import models
from guidance.rules.guide import Guide
from tests.admin.conftest import SignIn
from tests.admin.pages import form

LISTS = ["guidance_rule", "guidance_proposal", "admin_logentry", "auth_user"]
KEYS = ["abc", "9" * 30, "-1", "1 OR 1", "²", "٣", "\0", "1.5"]


@pytest.fixture
def everyone(draft: Guide, sign_in: SignIn) -> Client:
    return sign_in("Editors", superuser=True)


@pytest.mark.parametrize("key", KEYS)
def test_a_row_is_chosen_by_its_key_alone(everyone: Client, key: str) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [key], "index": "0"}
    for name in ("guidance_rule", "auth_user"):
        there = reverse(f"admin:{name}_changelist")
        assert everyone.post(there, chosen).status_code == 400
        assert everyone.post(there, chosen | {"post": "yes"}).status_code == 400


@pytest.mark.parametrize("key", KEYS)
def test_a_row_among_others_is_known_by_its_key_alone(everyone: Client, key: str) -> None:
    there = reverse("admin:guidance_rule_changelist")
    rows = form(everyone.get(there), "changelist")
    assert everyone.post(there, rows | {"form-0-id": [key], "_save": ["Save"]}).status_code == 400
    there = reverse("admin:guidance_rule_change", args=[models.Rule.objects.latest("pk").pk])
    rows = form(everyone.get(there), "rule")
    assert everyone.post(there, rows | {"criteria-0-id": [key]}).status_code == 400


def test_a_row_that_is_gone_is_no_rubbish(everyone: Client) -> None:
    there = reverse("admin:guidance_rule_changelist")
    chosen = {"action": "delete_selected", "_selected_action": ["999999"], "index": "0"}
    assert everyone.post(there, chosen).status_code == 200


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "asked", ["pk__in=9", "position__range=", "id__regex=(", "review_by__year=-1", "user__password__x=1"]
)
def test_a_list_is_filtered_by_its_own_filters_alone(everyone: Client, name: str, asked: str) -> None:
    assert everyone.get(f"{reverse(f'admin:{name}_changelist')}?{asked}").status_code == 400


def test_its_own_filters_filter_it(everyone: Client) -> None:
    for address in ("guidance/proposal/?state__exact=open", "auth/user/?is_staff__exact=1&groups__id__exact=1"):
        assert everyone.get(f"/admin/{address}").status_code == 200
    since = "?action_time__gte=2026-01-01T00:00Z&action_time__lt=2026-02-01T00:00Z&user__id__exact=1"
    assert everyone.get(f"/admin/admin/logentry/{since}").status_code == 200
