"""What the container and the service rely on."""

import re
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cramps import alive
from tests.conftest import PROJECT
from tests.serving import Site


def test_a_living_site_is_alive_and_a_stopped_one_is_not(own_database: str, tmp_path: Path) -> None:
    site = Site(tmp_path, own_database)
    try:
        site.wait()
        assert alive.answers(site.port, "127.0.0.1")
        assert not alive.answers(site.port, "elsewhere.example")
    finally:
        site.stop()
    assert site.process.returncode == 0
    assert not alive.answers(site.port, "127.0.0.1")


def test_a_form_comes_through_on_a_connection_that_was_left_alone_for_a_while(
    own_database: str, tmp_path: Path
) -> None:
    site = Site(tmp_path, own_database)
    try:
        site.wait()
        connection = HTTPConnection("127.0.0.1", site.port, timeout=30)
        for seconds in (0, 4):
            time.sleep(seconds)
            connection.request("POST", "/api/assess", "{}")
            answer = connection.getresponse()
            assert (answer.status, b"is not answered" in answer.read()) == (422, True)
        connection.close()
    finally:
        site.stop()


def test_a_connection_outlives_the_end_that_the_proxy_holds() -> None:
    """What is not set in the Caddyfile is as Caddy has it: two minutes."""
    left_open = int(re.findall(r"^keepalive = (\d+)", (PROJECT / "gunicorn.conf.py").read_text(), re.MULTILINE)[0])
    assert "keepalive" not in (PROJECT / "deploy" / "Caddyfile").read_text()
    assert left_open > 120


def test_the_image_is_made_of_files_that_are_there_and_not_left_out() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (PROJECT / "Dockerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()}
    let_in = set(re.findall(r"^!(.+)$", (PROJECT / ".dockerignore").read_text(), re.MULTILINE))
    assert names == let_in
    assert all((PROJECT / name).exists() for name in names)


@pytest.mark.parametrize("file", ["compose.yaml", "docs/deployment.md"])
def test_only_variables_that_the_settings_read_are_set(file: str) -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (PROJECT / "cramps" / "settings.py").read_text()))
    set_here = set(re.findall(r"^\s*([A-Z_]{5,})[:=]", (PROJECT / file).read_text(), re.MULTILINE))
    others = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "DATABASE_PASSWORD"}
    assert set_here - others <= read
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "PROXIES"} <= set_here


def test_every_variable_is_explained_where_people_look() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (PROJECT / "cramps" / "settings.py").read_text()))
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", (PROJECT / "README.md").read_text(), re.MULTILINE))
    assert read == explained


def test_whoever_stops_it_waits_longer_than_it_takes() -> None:
    takes = int(re.findall(r"graceful_timeout = (\d+)", (PROJECT / "gunicorn.conf.py").read_text())[0])
    waits = re.findall(r"stop_grace_period: (\d+)s", (PROJECT / "compose.yaml").read_text())
    waits += re.findall(r"TimeoutStopSec=(\d+)", (PROJECT / "deploy" / "cramps.service").read_text())
    assert len(waits) == 3
    assert all(int(seconds) > takes for seconds in waits)
