import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.test import Client

from cramps.logs import Lines, WithoutTokens, redact, request_line
from guidance.rules.guide import Guide
from tests.serving import Site, Visitor
from tests.visiting import answers_of

TOKEN = "sesame-Open_sesame-128"


@pytest.mark.parametrize(
    "line",
    [
        f"Not Found: /shared/{TOKEN}/",
        f'"GET /shared/{TOKEN}/delete/ HTTP/1.1" 200',
        f"https://cramps.example/shared/{TOKEN}",
        f"/shared/{TOKEN}?x=1",
        f"//shared//{TOKEN}",
        f"next=%2Fshared%2F{TOKEN}%2F",
        f"'/shared/{TOKEN}'",
        f"/SHARED/{TOKEN}/",
    ],
)
def test_a_token_is_taken_out_wherever_it_stands_in_a_line(line: str) -> None:
    assert TOKEN not in redact(line)
    assert "…" in redact(line)


def test_every_other_line_is_left_as_it_is() -> None:
    for line in ("Not Found: /releases/9/", "GET /share/ HTTP/1.1", "A result was shared.", "/shared/"):
        assert redact(line) == line


def test_a_token_is_taken_out_of_arguments_and_tracebacks() -> None:
    try:
        raise RuntimeError(f"/shared/{TOKEN}/ broke")
    except RuntimeError:
        record = logging.LogRecord("any", logging.ERROR, "", 1, "at %s", (f"/shared/{TOKEN}/",), sys.exc_info())
    assert WithoutTokens().filter(record)
    line = logging.Formatter().format(record)
    assert TOKEN not in line
    assert "RuntimeError: /shared/…/ broke" in line


def test_a_line_whose_arguments_do_not_fit_fails_no_page() -> None:
    record = logging.LogRecord("any", logging.ERROR, "", 1, "%d of %d", ("one",), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "%d of %d"


def test_every_handler_of_the_site_takes_tokens_out(settings: Any) -> None:
    assert settings.LOGGING["handlers"]
    for handler in settings.LOGGING["handlers"].values():
        assert "without_tokens" in handler["filters"]


def line_of(error: BaseException) -> dict[str, Any]:
    try:
        raise error
    except type(error):
        record = logging.LogRecord(
            "any", logging.ERROR, "", 1, "Broke: %s", ("/check/liver-signs/?a=b",), sys.exc_info()
        )
    found: dict[str, Any] = json.loads(Lines().format(record))
    return found


def test_of_an_exception_a_line_says_what_kind_and_where_and_not_what_it_repeats() -> None:
    line = line_of(ValueError("cirrhosis is no number"))
    assert "cirrhosis" not in json.dumps(line)
    assert line["exception"] == ["builtins.ValueError"]
    assert line["trace"][0].startswith("tests/test_logs.py:")
    assert line["message"] == "Broke: /check/…/?…"


def test_a_refused_form_is_logged_without_the_page_it_came_from(db: None, caplog: pytest.LogCaptureFixture) -> None:
    stranger = Client(enforce_csrf_checks=True)
    for headers in ({"referer": "https://elsewhere.example/my/page"}, {"origin": "https://elsewhere.example"}):
        assert stranger.post("/clear/", secure=True, headers=headers).status_code == 403
    said = [redact(record.getMessage()) for record in caplog.records]
    assert len(said) == 2
    assert all("checking failed - … does not match" in line and "elsewhere" not in line for line in said)


@pytest.mark.parametrize("letter", ["\n", "\x0b", "\x85", "\u2028", "\u202e", "\ud800", "\U000e0001"])
def test_nothing_that_was_sent_ends_a_line_or_turns_it(letter: str) -> None:
    record = logging.LogRecord("any", logging.WARNING, "", 1, "Not Found: /a%sb/…", (letter,), None)
    line = Lines().format(record)
    assert len(line.splitlines()) == 1
    assert line.isprintable()
    assert json.loads(line)["message"] == f"Not Found: /a{letter}b/…"
    assert "/…" in line


@pytest.mark.parametrize("kind", [OperationalError, ImproperlyConfigured])
def test_an_exception_about_the_machine_may_say_it(kind: type[Exception]) -> None:
    assert line_of(kind("disk full"))["exception"] == [f"{kind.__module__}.{kind.__qualname__}: disk full"]


def test_an_exception_names_what_it_came_of() -> None:
    error = RuntimeError("outer")
    error.__cause__ = KeyError("who")
    assert line_of(error)["exception"] == ["builtins.RuntimeError", "builtins.KeyError"]


@pytest.mark.parametrize(
    ("detail", "four", "six"),
    [("none", "…", "…"), ("network", "192.0.2.0/24", "2001:db8:1::/48"), ("full", "192.0.2.77", "2001:db8:1:2::3")],
)
def test_a_line_holds_as_much_of_an_address_as_the_setting_allows(
    settings: Any, detail: str, four: str, six: str
) -> None:
    settings.LOG_ADDRESSES = detail
    assert redact("from ip=192.0.2.77: it broke off") == f"from ip={four}: it broke off"
    assert redact("from [2001:db8:1:2::3] at 18:12:47.909") == f"from [{six}] at 18:12:47.909"
    assert redact("Listening at: http://127.0.0.1:8000, [::1]") == "Listening at: http://127.0.0.1:8000, [::1]"
    line = request_line(200, 9, 0.0015, {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "REMOTE_ADDR": "192.0.2.77"})
    assert line.pop("address", "…") == four
    assert line == {"method": "GET", "path": "/", "status": 200, "bytes": 9, "milliseconds": 1.5}


def test_behind_a_proxy_the_address_is_the_one_it_wrote_down(settings: Any) -> None:
    settings.LOG_ADDRESSES, settings.PROXIES = "full", 1
    passed_on = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1, 192.0.2.77"}
    assert request_line(200, 0, 0, passed_on)["address"] == "192.0.2.77"


ANSWERS = [
    {"who": "child", "emergency": ["chest"]},
    {"who": "pregnant", "emergency": ["none"], "pregnancy-signs": ["rib-pain", "sudden-swelling"]},
]


@pytest.mark.parametrize("detail", ["none", "network"])
def test_whole_journeys_leave_nothing_about_anyone_in_any_line(
    own_database: str, guide: Guide, tmp_path: Path, detail: str
) -> None:
    variables = {"PROXIES": "1", "LOG_ADDRESSES": detail, "API_REQUESTS": "1"}
    site = Site(tmp_path, own_database, **variables)
    tokens = []
    try:
        site.wait()
        for answers in (*ANSWERS, answers_of(guide, "cirrhosis-low-zinc"), answers_of(guide, "diarrhoea")):
            visitor = Visitor(site, X_Forwarded_For="198.51.100.9, 192.0.2.77", User_Agent="a-browser-of-someone")
            tokens += journey_and_all_around_it(visitor, answers)
    finally:
        site.stop()

    lines = [json.loads(line) for line in site.log.read_text().splitlines()]
    requests = [line for line in lines if line["logger"] == "gunicorn.access"]
    assert len(requests) > 60
    assert len(tokens) >= 2
    assert {line["path"] for line in requests} >= {"/check/…/", "/result/", "/shared/…/", "/shared/…/delete/"}
    assert {200, 302, 404, 403, 413, 422, 429} <= {line["status"] for line in requests}
    known = {"192.0.2.0/24", "127.0.0.1"} if detail == "network" else {None}
    assert {line.get("address") for line in requests} == known

    log = "\n".join(json.dumps(line) for line in lines if "Current configuration" not in line["message"])
    for question in guide.questions:
        for word in (question.key, *(option.key for option in question.options)):
            assert not re.search(rf"\b{word}\b", log), word
    for word in (*tokens, *SAID_IN_PASSING, "192.0.2.77", "198.51.100.9", "a-browser-of-someone", "sessionid"):
        assert word not in log, word


SAID_IN_PASSING = ("my-own-words", "my-own-query", "my-own-cookie")


def journey_and_all_around_it(visitor: Visitor, answers: dict[str, Any]) -> list[str]:
    """A whole journey, shared and deleted, with everything that goes wrong on the way; the tokens that were made."""
    visitor.open("/?who=my-own-query")
    page = visitor.walk(answers).page
    visitor.send("/check/who/", {"who": "my-own-words"})
    visitor.send("/check/who/?change&who=my-own-query", {"who": answers["who"]})
    visitor.site.ask("POST", "/check/who/", "who=my-own-words", Content_Type="application/x-www-form-urlencoded")
    visitor.site.ask("PUT", "/result/", Cookie="journey=my-own-cookie")
    visitor.open("/answers/?my-own-query")
    visitor.send("/check/my-own-words/", {"my-own-words": "my-own-words"})
    visitor.send("/check/who/", {"who": "my-own-words" * 50_000})
    for _ in range(2):
        visitor.site.ask("POST", "/api/assess?my-own-query", '{"who": "my-own-words"}', **visitor.headers)
    offered = re.search(r'name="offer" value="([^"]+)"', page)
    if offered is None:  # an emergency is no moment for a link
        return []
    link = visitor.send("/share/", {"offer": offered[1]}).headers["Location"]
    token = link.split("/")[2]
    for address in (
        link,
        f"/shared/{token}/",
        f"/shared/{token}/?my-own-query",
        f"/shared/{token}",
        "/shared/my-own-words/",
    ):
        visitor.open(address)
    visitor.send(f"/shared/{token}/delete/", {})
    visitor.open(f"/shared/{token}/")
    visitor.send("/clear/", {})
    return [token]
