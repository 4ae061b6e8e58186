"""What a visitor's phone has to fetch, weighed as gunicorn sends it: compressed, headers included."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from guidance.rules.guide import Guide
from tests.conftest import PROJECT
from tests.serving import Site, Visitor
from tests.visiting import answers_of

KILOBYTE = 1000
FIRST = 35 * KILOBYTE
LATER = 6 * KILOBYTE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weight")


@pytest.fixture
def site(folder: Path, make_database: Callable[[], str]) -> Iterator[Site]:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.collected", "STATIC_FOLDER": str(folder / "static")}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    set_up = {"SECRET_KEY": "for tests only", "ALLOWED_HOSTS": "127.0.0.1", "PLAIN_HTTP": "true", "DEBUG": "false"}
    subprocess.run(collect, cwd=PROJECT, env=environment | set_up, check=True)
    site = Site(folder, make_database(), **environment)
    site.wait()
    yield site
    site.stop()


def fetch(site: Site, path: str, **headers: str) -> tuple[int, str, bytes]:
    """How many bytes come over the wire for this address, how they are compressed, and what came."""
    connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip, deflate, br"} | headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert response.status == 200
    size = sum(len(f"{name}: {value}\r\n") for name, value in response.getheaders()) + len(body)
    return size, response.headers.get("Content-Encoding", ""), body


def test_a_question_is_light_at_first_and_lighter_later(site: Site, guide: Guide) -> None:
    page = site.ask("GET", "/check/who/").page
    fetched = {"/check/who/": fetch(site, "/check/who/")}
    for path in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page)):
        fetched[path] = fetch(site, path)
    assert {path.rpartition(".")[2] for path in fetched} >= {"css", "js", "svg"}
    assert all(coding in ("br", "gzip") for _, coding, _ in fetched.values()), fetched.keys()
    sizes = {path: size for path, (size, _, _) in fetched.items()}
    assert sum(sizes.values()) <= FIRST, sizes
    for question in guide.questions:
        later, coding, _ = fetch(site, f"/check/{question.key}/", **{"HX-Request": "true"})
        assert coding == "gzip"
        assert later <= LATER, f"{question.key}: {later}"
        whole, _, _ = fetch(site, f"/check/{question.key}/")
        assert whole <= LATER, f"{question.key}, whole: {whole}"


def test_static_files_are_kept_for_good_under_names_that_change(site: Site) -> None:
    for path in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', site.ask("GET", "/").page)):
        assert "immutable" in site.ask("GET", path).headers["Cache-Control"]


def test_a_page_is_never_the_same_length_twice(site: Site, guide: Guide) -> None:
    visitor = Visitor(site)
    visitor.walk(answers_of(guide, "healthy-night-cramps"))
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    assert len({fetch(site, "/result/", Cookie=cookie)[0] for _ in range(8)}) > 1
