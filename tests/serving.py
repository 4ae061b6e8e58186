"""The site as it is served, in processes of its own: gunicorn with both its logs on, over a database of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from subprocess import PIPE
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.conftest import PROJECT, SHIPPED


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    page: str
    cookies: dict[str, str]
    """Those that were set; one that was taken away is `""`."""


SHARED = """
import django, json; django.setup()
from guidance.models import SharedResult
print(json.dumps(list(SharedResult.objects.values("token_sha256", "answers", "release_id", "created_at", "expires_at")),
                 default=str))
"""

PASSWORD = "a long one for tests"
ACCOUNT = """
import django, sys; django.setup()
from django.contrib.auth.models import Group, User
name, password, role = sys.argv[1:]
user = User.objects.create_user(name, password=password, is_staff=True)
user.groups.set([Group.objects.get(name=role)])
"""


class Site:
    def __init__(self, folder: Path, database: str, **variables: str) -> None:
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
            "DATABASE_URL": database,
            "COUNTS_FOLDER": str(folder / "counts"),
        }
        self.environment = environment | variables
        self.python("manage.py", "prepare", str(SHIPPED), "-v0")
        gunicorn = [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--access-logfile", "-",
            "--error-logfile", "-", "--log-level", "debug", "--capture-output", "--worker-class", "gthread",
            "--workers", "2", "--threads", "4", "cramps.wsgi",
        ]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(gunicorn, cwd=PROJECT, env=self.environment, stdout=log, stderr=log)

    def wait(self, path: str = "/readyz") -> None:
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            with suppress(OSError, HTTPException):
                if self.ask("GET", path).status == 200:
                    return
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def python(self, *arguments: str) -> str:
        """What Python prints, started beside the site and for the same database."""
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=PROJECT, env=self.environment, check=True, stdout=PIPE, text=True).stdout

    def shared(self) -> list[dict[str, Any]]:
        """Every row of a shared result."""
        found: list[dict[str, Any]] = json.loads(self.python("-c", SHARED))
        return found

    def workers(self) -> list[int]:
        """The processes that answer, by number, as Linux lists them."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in children.read_text().split()]

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        cookies = dict(re.findall(r"^([^=]+)=([^;]+)", line)[0] for line in response.headers.get_all("Set-Cookie", []))
        answer = Answer(response.status, dict(response.getheaders()), response.read().decode(), cookies)
        connection.close()
        return answer


def statuses(page: str) -> dict[str, str]:
    """What a page says of each intervention."""
    return dict(re.findall(r'data-intervention="([^"]+)"\s+data-status="([^"]+)"', page))


def offer(page: str) -> str:
    """What comes with the button that makes a private link; empty where there is none."""
    found = re.search(r'name="offer" value="([^"]+)"', page)
    return found[1] if found else ""


class Visitor:
    """A browser's part: it keeps cookies and sends forms."""

    def __init__(self, site: Site, **headers: str) -> None:
        self.site = site
        self.headers = headers
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def open(self, path: str) -> Answer:
        return self._ask("GET", path)

    def send(self, path: str, form: dict[str, Any]) -> Answer:
        body = urlencode(form | {"csrfmiddlewaretoken": self.csrf}, doseq=True)
        return self._ask("POST", path, body, Content_Type="application/x-www-form-urlencoded")

    def walk(self, answers: dict[str, Any]) -> Answer:
        """Answer what is asked until the questions end; the page of the result."""
        address = self.open("/check/").headers["Location"]
        while address.startswith("/check/"):
            self.open(address)
            key = address.split("/")[2]
            answer = self.send(address, {key: answers[key]})
            assert answer.status == 302, answer.page
            address = answer.headers["Location"]
        return self.open(address)

    def sign_in(self, name: str, role: str) -> None:
        """Get an account with this role, and open the workshop with it."""
        self.site.python("-c", ACCOUNT, name, PASSWORD, role)
        self.open("/admin/login/")
        entered = self.send("/admin/login/", {"username": name, "password": PASSWORD})
        assert entered.status == 302, entered.page

    def _ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        cookie = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        answer = self.site.ask(method, path, body, **cookie, **headers, **self.headers)
        self.cookies = {name: value for name, value in (self.cookies | answer.cookies).items() if value != '""'}
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.page):
            self.csrf = found[1]
        return answer
