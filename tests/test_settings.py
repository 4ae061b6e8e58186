"""What the environment makes of the settings, each in a process of its own; and what every answer carries."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from cramps import environment, logs
from cramps.static import CollectedStorage

PROJECT = Path(__file__).resolve().parent.parent
PRODUCTION = {"DEBUG": "false", "SECRET_KEY": "a key for tests only, " * 3, "ALLOWED_HOSTS": "cramps.example"}
READ = """
import json, sys
from cramps import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}))
"""


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    surroundings = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=PROJECT, env=surroundings | variables, capture_output=True, text=True)


def read(*names: str, **variables: str) -> dict[str, object]:
    answer: dict[str, object] = json.loads(run("-c", READ, *names, **variables).stdout)
    return answer


def test_a_missing_key_stops_the_start_and_says_what_to_set() -> None:
    stopped = run("-c", READ, DEBUG="false", ALLOWED_HOSTS="cramps.example")
    assert stopped.returncode != 0
    assert "SECRET_KEY is not set. Set it to a long random text" in stopped.stderr


def test_missing_hosts_stop_the_start_and_say_what_to_set() -> None:
    stopped = run("-c", READ, SECRET_KEY="k3y")
    assert stopped.returncode != 0
    assert "ALLOWED_HOSTS is not set. Set it to the host names" in stopped.stderr


def test_a_flag_that_is_neither_on_nor_off_stops_the_start_and_names_itself() -> None:
    stopped = run("-c", READ, DEBUG="perhaps")
    assert stopped.returncode != 0
    assert "DEBUG is 'perhaps'. Set it to true or false." in stopped.stderr


def test_under_production_settings_django_finds_nothing_to_warn_of() -> None:
    checked = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr


def test_in_production_cookies_are_secure_and_one_person_does_not_publish_alone() -> None:
    assert read(
        "SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "SECURE_SSL_REDIRECT", "GUIDE_SELF_PUBLISH",
        **PRODUCTION,
    ) == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SECURE_SSL_REDIRECT": True,
        "GUIDE_SELF_PUBLISH": False,
    }  # fmt: skip


def test_over_plain_http_cookies_reach_the_browser() -> None:
    found = read("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", **PRODUCTION, PLAIN_HTTP="true")
    assert set(found.values()) == {False}


def test_for_development_nothing_but_debug_needs_setting() -> None:
    found = read("DEBUG", "SECURE_SSL_REDIRECT", DEBUG="true")
    assert found == {"DEBUG": True, "SECURE_SSL_REDIRECT": False}


def test_a_database_address_is_all_it_takes_to_change_the_database() -> None:
    [name] = read("DATABASES", **PRODUCTION, DATABASE_URL="postgres://who:what@where:5433/cramps").values()
    assert isinstance(name, dict)
    assert name["default"]["ENGINE"] == "django.db.backends.postgresql"
    assert (name["default"]["HOST"], name["default"]["PORT"]) == ("where", 5433)


class TestTheLocalFile:
    @pytest.fixture
    def local(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name in ("SECRET_KEY", "DEBUG", "PORT", "ALLOWED_HOSTS"):
            monkeypatch.delenv(name, raising=False)
        path = tmp_path / "local.env"
        path.write_text("# for this machine\nSECRET_KEY=made=here\n\nALLOWED_HOSTS=127.0.0.1, localhost\n")
        return path

    def test_it_speaks_where_the_environment_is_silent(self, local: Path) -> None:
        env = environment.read(local)
        assert env.text("SECRET_KEY") == "made=here"
        assert env.words("ALLOWED_HOSTS") == ["127.0.0.1", "localhost"]

    def test_the_environment_wins_over_it(self, local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ALLOWED_HOSTS", "elsewhere.example")
        assert environment.read(local).words("ALLOWED_HOSTS") == ["elsewhere.example"]

    @pytest.mark.parametrize("name", ["SECRET_KEY", "DEBUG"])
    def test_it_is_not_read_where_the_environment_says_what_place_this_is(
        self, local: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        monkeypatch.setenv(name, "false")
        assert environment.read(local).words("ALLOWED_HOSTS") == []

    def test_without_it_the_environment_stands_alone(self, local: Path) -> None:
        local.unlink()
        assert environment.read(local).text("SECRET_KEY", "none") == "none"


def test_flags_are_read_as_people_write_them() -> None:
    env = environment.Environment({"A": "Yes", "B": "0", "C": "", "D": "sometimes"})
    assert [env.flag("A"), env.flag("B"), env.flag("C"), env.flag("E", default=True)] == [True, False, False, True]
    with pytest.raises(ImproperlyConfigured, match="D is 'sometimes'"):
        env.flag("D")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/healthz", "/admin/login/", "/nowhere/"])
def test_every_answer_carries_the_strict_headers(client: Client, address: str) -> None:
    headers = client.get(address).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_a_log_line_names_the_page_and_not_what_was_asked_of_it(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(logs.Lines())
    client.post("/nowhere/?timing=night", {"illness": "cirrhosis"})
    assert "/nowhere/" in caplog.text
    assert "night" not in caplog.text
    assert "cirrhosis" not in caplog.text


def test_a_file_that_was_not_collected_keeps_its_plain_name(tmp_path: Path) -> None:
    storage = CollectedStorage(location=tmp_path, base_url="/static/")
    assert storage.url("never-collected.css") == "/static/never-collected.css"
