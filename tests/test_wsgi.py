"""What strangers put into the headers that Django reads before any page of ours could answer."""

from collections.abc import Iterator

import pytest

from cramps import wsgi
from guidance.releases import Live
from tests.fuzz import promises
from tests.fuzz.browser import Answer, Browser, one_connection

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"


def ask(method: str, address: str, body: bytes = b"", kind: str = "", **headers: str) -> Answer:
    browser = Browser("192.0.2.1")
    return browser.ask(browser.environ(method, address, body, kind, headers))


@pytest.fixture(autouse=True)
def site(published: Live) -> Iterator[None]:
    with one_connection():
        yield


@pytest.mark.parametrize("codec", ["hex", "rot13", "unicode_escape", "idna", "undefined", "no-such", "utf-7", '"hex"'])
@pytest.mark.parametrize("kind", ["text/plain", FORM, "multipart/form-data; boundary=x"])
def test_no_name_of_an_encoding_breaks_a_page(kind: str, codec: str) -> None:
    for address in ("/?cleared=%5Cud800", "/check/who/?change", "/admin/login/?next=%FF"):
        answer = ask("POST", address, b"who=adult", f"{kind}; charset={codec}")
        assert answer.status in (200, 302, 400, 405)
        assert answer.headers["X-Frame-Options"] == "DENY"


def test_an_encoding_named_in_the_longer_way_breaks_no_page() -> None:
    assert ask("GET", "/", kind="text/plain; charset*=no-such''x").status == 200


def test_a_form_is_read_as_utf_8_whatever_it_says() -> None:
    assert ask("POST", "/check/who/", b"who=adult", f"{FORM}; charset=utf-16").status == 302


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("", ""),
        ("application/json", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("multipart/form-data; boundary=abc; charset=hex", "multipart/form-data; boundary=abc"),
        ('multipart/form-data; x=y; BOUNDARY="a;b"', 'multipart/form-data; boundary="a;b"'),
        ("multipart/form-data; boundary*=hex''x", "multipart/form-data"),
    ],
)
def test_of_a_content_type_the_boundary_alone_is_left(given: str, left: str) -> None:
    assert wsgi.without_charset(given) == left


@pytest.mark.parametrize("cookie", ['session="aaaaaaaa\\000"', "session=aaaaaaaa\0", 'journey="\\000"', 'csrf="\\012"'])
def test_no_letter_hidden_in_a_cookie_breaks_a_page(cookie: str) -> None:
    """PostgreSQL looks for no session whose name holds a NUL: the pages that ask who is there would fail."""
    for address in ("/releases/1/", "/rationale/explorer/", "/admin/", "/check/who/"):
        assert ask("GET", address, HTTP_COOKIE=cookie).status in (200, 302)


@pytest.mark.parametrize("length", ["many", "-1", "²", "1e3", ""])
def test_a_length_that_is_none_is_that_of_no_body(length: str) -> None:
    assert ask("POST", "/check/who/", b"who=adult", FORM, CONTENT_LENGTH=length).status == 200


@pytest.mark.parametrize("host", ["elsewhere.example", "", "a b"])
def test_a_refusal_that_comes_early_carries_every_header_too(host: str) -> None:
    answer = ask("GET", "/", HTTP_HOST=host)
    assert answer.status == 400
    assert {name: answer.headers[name] for name in promises.HEADERS} == promises.HEADERS
