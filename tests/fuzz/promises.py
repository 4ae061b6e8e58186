"""What the site promises of every answer it gives, whoever asks whatever how."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.conf import settings
from django.db import connection
from django.urls import Resolver404, resolve

from cramps import logs
from guidance.models import Release
from tests import hostile
from tests.fuzz.browser import Answer
from tests.fuzz.drawn import SAID
from tests.fuzz.marked import MARK

HEADERS = {
    "Content-Security-Policy": "; ".join(" ".join([name, *sources]) for name, sources in settings.SECURE_CSP.items()),
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in settings.PERMISSIONS_POLICY),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PRIVATE = {
    *("check", "question", "answers", "result", "clear", "share", "shared", "shared-link", "shared-delete"),
    *("explorer", "explorer-use", "explorer-afresh", "try-rule", "case", "assess", "guide"),
    *("preview-draft", "preview-draft-page", "preview-proposal", "preview-proposal-page"),
}
"""Addresses that may answer with something about a visitor, or that nothing but the site itself should answer."""
ANSWERED = {200, 302, 404, 405, 409, 422, 429}
WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+[\"`]?(\w+)", re.IGNORECASE)


class Asked(NamedTuple):
    """One request and what came of it."""

    method: str
    address: str
    answer: Answer
    log: str
    written: tuple[str, ...]
    """The tables that rows were written to."""
    signed_in: bool

    @property
    def path(self) -> str:
        return unquote(self.address.partition("?")[0], errors="replace")

    @property
    def name(self) -> str:
        try:
            return resolve(self.path).url_name or ""
        except Resolver404:
            return ""


def broken(asked: Asked, tokens: set[str]) -> Iterator[str]:
    """Every promise that this answer breaks."""
    status, headers, page = asked.answer.status, asked.answer.headers, asked.answer.page
    if status >= 500 and (status != 503 or Release.objects.exists()):
        yield f"it answers {status}"
    for name, value in HEADERS.items():
        if headers[name] != value:
            yield f"{name} is {headers[name]!r}"
    if headers["Referrer-Policy"] not in ("same-origin", "no-referrer"):
        yield f"Referrer-Policy is {headers['Referrer-Policy']!r}"
    yield from _cookies(asked)
    yield from _caching(asked)
    if found := hostile.RAW.search(page):
        yield f"a text came out as it is: {page[max(0, found.start() - 150) : found.end() + 50]}"
    location = re.sub(r"/check/[\w-]+/(\?change)?$", "", asked.answer.location)
    if MARK.search(location) and not MARK.search(asked.address):
        yield f"it leads to {location}"
    yield from _log(asked, tokens)
    yield from _rows(asked)


def _cookies(asked: Asked) -> Iterator[str]:
    for name, morsel in asked.answer.cookies.items():
        if not morsel.value:
            continue
        if not morsel["httponly"] or morsel["samesite"] != "Lax":
            yield f"the cookie {name} can be read by a script or sent from elsewhere"
        if name in ("session", "messages") and not asked.signed_in and not asked.path.startswith("/admin/login"):
            yield f"a visitor is given the cookie {name}"


def _caching(asked: Asked) -> Iterator[str]:
    caching = asked.answer.headers["Cache-Control"] or ""
    private = asked.name in PRIVATE and asked.answer.status in ANSWERED
    # A page that sets nothing but the cookie against forged forms may be kept by the browser it was sent to.
    given = {name for name, morsel in asked.answer.cookies.items() if morsel.value} - {"csrf"}
    if (private or given) and "no-store" not in caching:
        yield f"a cache may keep it: {caching!r}"


def _log(asked: Asked, tokens: set[str]) -> Iterator[str]:
    for line in asked.log.splitlines():
        json.loads(line)
        said = MARK.search(line) or re.search(SAID, line)
        if said or any(token in line for token in tokens):
            yield f"a log says: {line}"


def _rows(asked: Asked) -> Iterator[str]:
    if asked.signed_in:
        return
    allowed = set()
    if asked.method == "POST" and asked.name in ("share", "shared-delete"):
        allowed = {"guidance_sharedresult"}
    if asked.path.startswith("/admin/login"):
        allowed = {"axes_accessattempt", "django_session"}
    if wrong := set(asked.written) - allowed:
        yield f"rows are written about a visitor: {wrong}"


class Watched(NamedTuple):
    log: io.StringIO
    written: list[str]

    def since(self) -> tuple[str, tuple[str, ...]]:
        """What was logged and written since this was asked last."""
        log, written = self.log.getvalue(), tuple(self.written)
        self.log.seek(0)
        self.log.truncate()
        self.written.clear()
        return log, written


@contextmanager
def watching() -> Iterator[Watched]:
    """Read every line of the log as the site's own handler would write it, and every row that is written."""
    watched = Watched(io.StringIO(), [])
    handler = logging.StreamHandler(watched.log)
    handler.setFormatter(logs.Lines())
    handler.addFilter(logs.WithoutTokens())

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if found := WRITE.match(sql):
            watched.written.append(found[1])
        return execute(sql, *rest)

    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with connection.execute_wrapper(note):
            yield watched
    finally:
        root.removeHandler(handler)
