"""Whoever asks the site, with cookies: through the application that the server calls, and nothing of Django's tests."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes
from wsgiref.headers import Headers

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from cramps.wsgi import application


class Answer(NamedTuple):
    status: int
    headers: Headers
    cookies: SimpleCookie
    """Those that came with it."""
    content: bytes

    @property
    def location(self) -> str:
        return self.headers.get("Location", "") or ""

    @property
    def page(self) -> str:
        """The text, where it is a page that was not compressed."""
        html = self.headers.get("Content-Type", "").startswith("text/html")
        return self.content.decode() if html and "Content-Encoding" not in self.headers else ""


SECRET = "s" * 32
"""Of the cookie against forged forms: sent along as a script of the site would, unless a stranger has no idea of it."""


class Browser:
    def __init__(self, address: str, **cookies: str) -> None:
        self.address = address
        self.cookies = {"csrf": SECRET, **cookies}

    def environ(self, method: str, address: str, body: bytes, kind: str, more: dict[str, str]) -> dict[str, Any]:
        """A request as the server hands it on. ``more`` has what is said otherwise."""
        path, _, query = address.partition("#")[0].partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": "testserver",
            "HTTP_X_CSRFTOKEN": SECRET,
            **({"HTTP_COOKIE": cookies} if cookies else {}),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **more,
        }

    def ask(self, environ: dict[str, Any]) -> Answer:
        started: list[Any] = []
        response = application(dict(environ), lambda *arguments: started.extend(arguments))
        try:
            content = b"".join(response)
        finally:
            if hasattr(response, "close"):
                response.close()
        headers = Headers(started[1])
        cookies = SimpleCookie()
        for value in headers.get_all("Set-Cookie"):
            cookies.load(value)
        for name, morsel in cookies.items():
            if morsel["max-age"] in ("0", 0):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.coded_value
        return Answer(int(started[0].split()[0]), headers, cookies, content)


@contextmanager
def one_connection() -> Iterator[None]:
    """Requests that leave the connection open: all rows belong to one transaction, which is taken back at the end."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
