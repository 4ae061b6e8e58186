"""The site as it is served, in processes of its own: gunicorn with both its logs on, over a database of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.conftest import PROJECT, SHIPPED


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    page: str


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
        environment |= variables
        self.environment = environment
        manage = [sys.executable, "manage.py"]
        subprocess.run([*manage, "prepare", str(SHIPPED), "-v0"], cwd=PROJECT, env=environment, check=True)
        gunicorn = [
            sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}", "--access-logfile", "-",
            "--error-logfile", "-", "--log-level", "debug", "--capture-output", "--worker-class", "gthread",
            "--workers", "2", "--threads", "4", "cramps.wsgi",
        ]  # fmt: skip
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(gunicorn, cwd=PROJECT, env=environment, stdout=log, stderr=log)

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            assert time.monotonic() < deadline and self.process.poll() is None, self.log.read_text()
            try:
                if self.ask("GET", "/readyz").status == 200:
                    return
            except OSError:
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        answer = Answer(response.status, dict(response.getheaders()), response.read().decode())
        connection.close()
        return answer


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

    def _ask(self, method: str, path: str, body: str = "", **headers: str) -> Answer:
        cookie = (
            {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        )
        answer = self.site.ask(method, path, body, **cookie, **headers, **self.headers)
        for name in ("journey", "csrf"):
            if found := re.search(rf"{name}=([^;]+)", answer.headers.get("Set-Cookie", "")):
                self.cookies[name] = found[1]
        if found := re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.page):
            self.csrf = found[1]
        return answer
