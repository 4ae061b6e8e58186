"""A site as it is served, in processes of its own, and a browser that asks it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, Request, build_opener

PROJECT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
"""Of the clock that counts what a process computes, a second."""


class Sent(NamedTuple):
    """A request as a browser sends it."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    def raw(self) -> str:
        headers = {"Host": "127.0.0.1"} | self.headers
        if self.body:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", self.body])


class Server:
    """A WSGI application behind gunicorn, with the workers of ``make run``, on a port of its own."""

    def __init__(self, application: str, log: Path, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"http://127.0.0.1:{free.getsockname()[1]}"
        gunicorn = [
            sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--workers", "2", "--threads", "4",
            "--bind", self.address.removeprefix("http://"), "--log-level", "warning", application,
        ]  # fmt: skip
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                gunicorn, cwd=PROJECT, env=os.environ | environment, stdout=file, stderr=file
            )

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                build_opener().open(self.address).close()
            except URLError as error:
                if isinstance(error.reason, str):  # an answer, if not a page
                    return self
                time.sleep(0.1)
            else:
                return self
        raise RuntimeError(f"It does not answer:\n{self.log.read_text()}")

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def cpu(self) -> float:
        """Seconds that the workers have computed since they were started."""
        workers = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        spent = (Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[11:13] for worker in workers)
        return sum(int(user) + int(system) for user, system in spent) / TICKS


class Browser:
    """It keeps cookies, follows redirects and sends forms with their token."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookies = CookieJar()
        self.opener = build_opener(HTTPCookieProcessor(self.cookies))
        self.page = ""
        self.path = ""
        """Of the page that is open."""

    def open(self, path: str) -> Sent:
        """Open a page; the request that did, to be sent again."""
        return self.ask("GET", path)

    def send(self, form: dict[str, Any]) -> Sent:
        """Send a form to the address of the page that is open, as its own form does."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        assert token, self.page
        body = urlencode({**form, "csrfmiddlewaretoken": token[1]}, doseq=True)
        return self.ask("POST", self.path, body, kind="application/x-www-form-urlencoded")

    def ask(self, method: str, path: str, body: str = "", *, kind: str = "") -> Sent:
        headers = {"Content-Type": kind} if kind else {}
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)
        request = Request(f"{self.server.address}{path}", body.encode() or None, headers, method=method)  # noqa: S310
        with self.opener.open(request) as answer:
            self.page, self.path = answer.read().decode(), urlsplit(answer.url).path
        return Sent(method, path, headers | ({"Cookie": cookies} if cookies else {}), body)
