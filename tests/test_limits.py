"""What one visitor may send, and how often."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory

from guidance import limits
from guidance.releases import Live
from guidance.rules.guide import Guide
from tests.visiting import answers_of

MEGABYTE = b"a" * 1_000_000
FORM = "application/x-www-form-urlencoded"
COUNT = """
import sys
from django.conf import settings
settings.configure(SECRET_KEY="one site", PROXIES=0, COUNTS_FOLDER=sys.argv[1])
from django.test import RequestFactory
from guidance import limits
print(sum(limits.allowed(RequestFactory().get("/"), "act", times=250, seconds=10**9) for _ in range(100)))
"""


@pytest.fixture(autouse=True)
def counts(settings: Any, tmp_path: Path) -> Path:
    settings.COUNTS_FOLDER = str(tmp_path / "counts")
    return tmp_path / "counts"


def ask(client: Client, guide: Guide, **environment: str) -> int:
    answers = json.dumps(answers_of(guide, "healthy-night-cramps"))
    return client.post("/api/assess", answers, content_type="application/json", **environment).status_code  # type: ignore[arg-type]


# How much


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("address", ["/", "/check/who/", "/clear/", "/share/", "/admin/login/", "/nowhere/"])
def test_a_body_that_is_too_big_is_said_to_be_so_whoever_sends_it(published: Live, address: str, kind: str) -> None:
    stranger = Client(enforce_csrf_checks=True)
    body = MEGABYTE * 5 if address.startswith("/admin/") else MEGABYTE
    answer = stranger.generic("POST", address, body, content_type=kind)
    assert answer.status_code == 413
    assert "too much to send" in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_to_a_program_it_is_said_in_its_own_form(client: Client, published: Live) -> None:
    answer = client.post("/api/assess", MEGABYTE, content_type="application/json")
    assert (answer.status_code, answer.json()["where"]) == (413, "body")


def test_a_form_of_an_honest_size_goes_through(client: Client, published: Live) -> None:
    assert client.post("/check/who/", {"who": "adult", "note": "a" * 100_000}).status_code == 302


@pytest.mark.parametrize("length", ["", "many", "²"])
def test_a_length_that_is_no_number_is_no_fault_of_ours(client: Client, published: Live, length: str) -> None:
    assert client.post("/check/who/", {"who": "adult"}, CONTENT_LENGTH=length).status_code in (200, 302)


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x"])
def test_a_form_of_too_many_fields_is_refused_on_a_page(client: Client, published: Live, kind: str) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = b"&".join([b"a=1"] * 2500) if kind == FORM else part * 2500 + b"--x--\r\n"
    answer = client.generic("POST", "/check/who/", body, content_type=kind)
    assert answer.status_code == 413
    assert "too much to send" in answer.content.decode()


def test_so_is_an_address_of_too_many(client: Client, published: Live) -> None:
    answer = client.get("/?" + "&".join(["a"] * 2500))
    assert answer.status_code == 413
    assert "too much to send" in answer.content.decode()


# How often


def test_whoever_asks_too_often_is_told_to_wait_and_others_are_not(
    client: Client, guide: Guide, published: Live, settings: Any
) -> None:
    settings.API_REQUESTS = 3
    assert [ask(client, guide) for _ in range(5)] == [200, 200, 200, 429, 429]
    answer = client.post("/api/assess", "{}", content_type="application/json")
    assert answer.json()["where"] == "address"
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert ask(client, guide, REMOTE_ADDR="192.0.2.7") == 200


def test_the_next_window_begins_anew_and_the_last_is_gone(
    client: Client, guide: Guide, published: Live, settings: Any, monkeypatch: pytest.MonkeyPatch, counts: Path
) -> None:
    settings.API_REQUESTS = 1
    monkeypatch.setattr("guidance.limits.time.time", lambda: 6000.0)
    assert [ask(client, guide), ask(client, guide)] == [200, 429]
    monkeypatch.setattr("guidance.limits.time.time", lambda: 6060.0)
    assert ask(client, guide) == 200
    assert [file.name for file in counts.iterdir()] == ["assess-60-101"]


def test_whoever_comes_late_takes_no_count_away_from_the_next_window(
    client: Client, guide: Guide, published: Live, settings: Any, monkeypatch: pytest.MonkeyPatch, counts: Path
) -> None:
    settings.API_REQUESTS = 1
    monkeypatch.setattr("guidance.limits.time.time", lambda: 6060.0)
    assert ask(client, guide) == 200
    monkeypatch.setattr("guidance.limits.time.time", lambda: 6059.0)
    assert ask(client, guide) == 200
    monkeypatch.setattr("guidance.limits.time.time", lambda: 6060.0)
    assert ask(client, guide) == 429


def test_no_limit_is_a_setting_too(client: Client, guide: Guide, published: Live, settings: Any) -> None:
    settings.API_REQUESTS = 0
    assert {ask(client, guide) for _ in range(5)} == {200}


def test_counts_are_right_across_processes_and_threads(tmp_path: Path) -> None:
    def run(_: int) -> int:
        command = [sys.executable, "-c", COUNT, str(tmp_path / "shared")]
        return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 250


def test_what_is_kept_holds_no_address_and_never_grows(counts: Path) -> None:
    factory = RequestFactory()
    for host in range(200):
        limits.allowed(factory.get("/", REMOTE_ADDR=f"192.0.2.{host}"), "act", times=9, seconds=10**9)
    [file] = counts.iterdir()
    assert file.stat().st_size <= limits.COUNTERS * limits.WIDTH
    kept = file.read_bytes()
    assert b"192.0.2" not in kept
    assert sum(kept) == 200
    assert set(kept) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("unix:", "", False),
    ],
)
def test_one_visitor_is_one_address_or_one_network(one: str, other: str, same: bool) -> None:
    factory = RequestFactory()
    found = {limits.visitor(factory.get("/", REMOTE_ADDR=address)) for address in (one, other)}
    assert (len(found) == 1) is same


def test_where_nothing_can_be_counted_people_are_let_through(
    client: Client, guide: Guide, published: Live, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.COUNTS_FOLDER = str(tmp_path / "file" / "below")
    assert ask(client, guide) == 200
