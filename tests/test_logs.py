import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from cramps.logs import WithoutTokens, redact
from tests.conftest import PROJECT, SHIPPED

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


class Site:
    """Gunicorn with both its logs on, over a database of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "site.log"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "cramps.settings",
            "SECRET_KEY": "for tests only",
            "DEBUG": "false",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PLAIN_HTTP": "true",
            "DATABASE_URL": f"sqlite:///{folder / 'site.sqlite3'}",
        }
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "prepare", str(SHIPPED), "-v0"], cwd=PROJECT, env=environment, check=True)
        gunicorn = [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--access-logfile", "-",
            "--error-logfile", "-", "--log-level", "debug", "--capture-output", "cramps.wsgi",
        ]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(gunicorn, cwd=PROJECT, env=environment, stdout=log, stderr=log)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    try:
        deadline = time.monotonic() + 30
        while "Booting worker" not in site.log.read_text():
            assert time.monotonic() < deadline and site.process.poll() is None, site.log.read_text()
            time.sleep(0.1)
        yield site
    finally:
        site.process.send_signal(signal.SIGTERM)
        site.process.wait(30)


def test_no_token_reaches_a_log_of_the_running_site(site: Site) -> None:
    cookies: dict[str, str] = {}

    def visit(method: str, path: str, body: str = "") -> tuple[int, str, str]:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        form = {"Content_Type": "application/x-www-form-urlencoded"} if body else {}
        status, headers, page = site.ask(method, path, body, **sent, **form)
        for name in ("journey", "csrf"):
            if found := re.search(rf"{name}=([^;]+)", headers.get("Set-Cookie", "")):
                cookies[name] = found[1]
        return status, headers.get("Location", ""), page

    def field(name: str, page: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', page)
        assert found, page
        return f"{name}={found[1]}"

    _, _, page = visit("GET", "/check/who/")
    csrf = field("csrfmiddlewaretoken", page)
    visit("POST", "/check/who/", f"who=adult&{csrf}")
    visit("POST", "/check/emergency/", f"emergency=none&{csrf}")
    visit("POST", "/check/same-day/", f"same-day=leg-swollen&{csrf}")
    _, _, page = visit("GET", "/result/")
    status, link, _ = visit("POST", "/share/", f"{field('offer', page)}&{csrf}")
    assert status == 302
    token = link.split("/")[2]
    assert visit("GET", f"/shared/{token}/")[0] == 200
    assert site.ask("GET", "/article/", Referer=f"http://127.0.0.1/shared/{token}/")[0] == 200
    assert visit("PUT", f"/shared/{token}/")[0] == 403
    assert visit("GET", f"/shared/{token}")[0] == 301
    assert visit("GET", f"/shared/{token}/nothing/")[0] == 404
    assert site.ask("GET", f"/shared/{token}/", Host="elsewhere.example")[0] == 400
    assert visit("POST", f"/shared/{token}/delete/")[0] == 302
    assert visit("GET", f"/shared/{token}/")[0] == 404
    log = site.log.read_text()
    assert log.count("/shared/…") >= 8
    assert '"GET /shared/…/ HTTP/1.1" 200' in log
    assert "Not Found: /shared/…/" in log
    assert token not in log
