"""The workshop's door: locked after wrong passwords, and where the setting demands it, with a second key."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from guidance.releases import Live

PASSWORD = "a long and honest password"


@pytest.fixture
def editor(db: None) -> User:
    return User.objects.create_superuser("editor", password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD, *, name: str = "editor", **others: Any) -> HttpResponse:
    address = others.pop("REMOTE_ADDR", "192.0.2.1")
    form = {"username": name, "password": password, "next": "/admin/"} | others
    return client.post("/admin/login/", form, REMOTE_ADDR=address)  # type: ignore[return-value]


def is_in(client: Client) -> bool:
    return client.get("/admin/").status_code == 200


# Wrong passwords


def test_the_right_password_opens_the_workshop(client: Client, editor: User) -> None:
    assert log_in(client).status_code == 302
    assert is_in(client)


def test_after_five_wrong_passwords_the_right_one_is_refused_too(client: Client, editor: User, published: Live) -> None:
    statuses = [log_in(client, "wrong").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 429]
    refused = log_in(client)
    assert refused.status_code == 429
    assert "closed for 15 minutes" in refused.content.decode()
    assert refused["Retry-After"] == "900"
    assert not is_in(client)


def test_nobody_elsewhere_and_no_other_name_is_locked_out(client: Client, editor: User) -> None:
    for _ in range(6):
        log_in(client, "wrong")
    assert log_in(Client(), REMOTE_ADDR="192.0.2.2").status_code == 302
    User.objects.create_superuser("reviewer", password=PASSWORD)
    assert log_in(Client(), name="reviewer").status_code == 302


def test_a_name_that_is_none_is_locked_out_alike(client: Client, editor: User) -> None:
    assert [log_in(client, "wrong", name="nobody").status_code for _ in range(6)][-2:] == [429, 429]


def test_the_lock_ends_by_itself(client: Client, editor: User) -> None:
    for _ in range(5):
        log_in(client, "wrong")
    attempt = AccessAttempt.objects.get()
    AccessAttempt.objects.update(attempt_time=attempt.attempt_time - timedelta(minutes=16))
    assert log_in(client).status_code == 302


def test_a_login_forgets_the_failures_before_it_and_no_row_holds_a_password(client: Client, editor: User) -> None:
    log_in(client, "my other password")
    assert "my other password" not in str(AccessAttempt.objects.values())
    log_in(client)
    assert not AccessAttempt.objects.exists()


def test_a_connection_without_an_address_can_log_in(client: Client, editor: User) -> None:
    assert log_in(client, REMOTE_ADDR="").status_code == 302


# The second factor


@pytest.fixture
def demanded(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = True


@pytest.fixture
def device(editor: User) -> TOTPDevice:
    call_command("second_factor", "editor", stdout=StringIO())
    return TOTPDevice.objects.get(user=editor)


def code(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06d}"


def test_where_it_is_not_demanded_nobody_is_asked(client: Client, editor: User) -> None:
    assert "otp_token" not in client.get("/admin/login/").content.decode()


@pytest.mark.usefixtures("demanded")
class TestDemanded:
    def test_password_and_code_open_the_workshop(self, client: Client, device: TOTPDevice) -> None:
        assert 'name="otp_token"' in client.get("/admin/login/").content.decode()
        assert log_in(client, otp_token=code(device)).status_code == 302
        assert is_in(client)

    def test_a_code_opens_once(self, client: Client, device: TOTPDevice) -> None:
        given = code(device)
        assert log_in(client, otp_token=given).status_code == 302
        assert log_in(Client(), otp_token=given).status_code == 200

    @pytest.mark.parametrize("given", [{}, {"otp_token": ""}, {"otp_token": "000"}, {"otp_token": "no code"}])
    def test_a_password_alone_does_not(self, client: Client, device: TOTPDevice, given: dict[str, str]) -> None:
        refused = log_in(client, **given)
        assert refused.status_code == 200
        assert "code" in refused.content.decode()
        assert PASSWORD not in refused.content.decode()
        assert not is_in(client)

    def test_a_code_of_somebody_else_does_not(self, client: Client, device: TOTPDevice) -> None:
        User.objects.create_superuser("reviewer", password=PASSWORD)
        refused = log_in(client, name="reviewer", otp_token=code(device))
        assert "No app is set up" in refused.content.decode()
        assert not is_in(client)

    def test_a_session_from_before_is_not_enough(self, client: Client, editor: User) -> None:
        client.force_login(editor)
        assert not is_in(client)
        assert client.get("/admin/guidance/rule/").status_code == 302


def test_setting_it_up_anew_ends_the_old_one(device: TOTPDevice) -> None:
    out = StringIO()
    call_command("second_factor", "editor", stdout=out)
    new = TOTPDevice.objects.get()
    assert new.key != device.key
    assert new.config_url in out.getvalue()


def test_there_is_no_second_factor_without_an_account(db: None) -> None:
    with pytest.raises(CommandError, match="no account 'nobody'"):
        call_command("second_factor", "nobody")
