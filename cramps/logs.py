"""Logs as lines of JSON, and what must not reach one: answers, the token in the address of a shared result, which opens
it for whoever reads the line, and where somebody came from, beyond what the setting LOG_ADDRESSES allows."""

import ipaddress
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError

SECRET = re.compile(r"((?:/|%2F)(?:shared|check)(?:/|%2F)+)[^/\s\"'?&#]+", re.IGNORECASE)
"""A token; and the key of a question, for some questions are put only to people with one illness."""
QUERY = re.compile(r"(/[^\s\"'?]*)\?[^\s\"']*")
CAME_FROM = re.compile(r"(checking failed - ).*(?= does not match)")
"""The page or site that a forged form came from, as Django names it."""
ADDRESS = re.compile(r"[0-9a-f]*(?:[:.]+[0-9a-f]+)+(?:::)?|[0-9a-f:]+::", re.IGNORECASE)
FORMATTER = logging.Formatter()
TELLING = (OperationalError, ImproperlyConfigured)
"""Whose words are about the machine. Those of any other exception may repeat what a visitor sent, and are left out."""


class WithoutTokens(logging.Filter):
    """Takes tokens, queries and addresses out of a record's message and traceback, whoever formats it afterwards."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # its arguments do not fit: a filter that fails would fail the page
            message = str(record.msg)
        record.msg, record.args = redact(message), None
        if record.exc_info:
            record.exc_text = redact(record.exc_text or FORMATTER.formatException(record.exc_info))
        return True


class Lines(logging.Formatter):
    """One record, one line: when, how bad, who says it, what; of an exception what kind and where."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
            **getattr(record, "request_line", {}),
        }
        kind, error, trace = record.exc_info or (None, None, None)
        if kind is not None:
            line |= {"exception": list(_kinds(error)), "trace": list(_places(trace))}
        return printable(json.dumps(line, ensure_ascii=False))


def request_line(status: int, size: int | None, seconds: float, environ: Mapping[str, Any]) -> dict[str, Any]:
    """What an access log says of one request: no query, no cookie, no body, no browser, no page it came from."""
    line = {
        "method": environ.get("REQUEST_METHOD"),
        "path": redact(str(environ.get("PATH_INFO", ""))),
        "status": status,
        "bytes": size,
        "milliseconds": round(seconds * 1000, 1),
    }
    if _detail() != "none":
        line["address"] = shown(_from(environ))
    return line


def printable(text: str) -> str:
    """JSON in which whatever would end a line, turn its direction or fit into no encoding is written in escapes."""
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in text)


def redact(text: str) -> str:
    without_queries = QUERY.sub(r"\1?…", SECRET.sub(r"\1…", CAME_FROM.sub(r"\1…", text)))
    return ADDRESS.sub(lambda found: shown(found[0]), without_queries)


def shown(address: str) -> str:
    """As much of an address as may be kept. What is none stays as it is, and so does this machine's own."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.is_loopback or found.is_unspecified or _detail() == "full":
        return address
    if _detail() == "network":
        return str(ipaddress.ip_network((found, 24 if found.version == 4 else 48), strict=False))
    return "…"


def _detail() -> str:
    try:
        return str(settings.LOG_ADDRESSES)
    except ImproperlyConfigured:  # the start is being stopped, and a log says so
        return "none"


def _from(environ: Mapping[str, Any]) -> str:
    passed_on = str(environ.get("HTTP_X_FORWARDED_FOR") or "").split(",")
    if settings.PROXIES and len(passed_on) >= settings.PROXIES and passed_on[-settings.PROXIES].strip():
        return passed_on[-settings.PROXIES].strip()
    return str(environ.get("REMOTE_ADDR", ""))


def _kinds(error: BaseException | None) -> Iterator[str]:
    """The exception and those it came of, the last one first."""
    while error is not None:
        words = f": {redact(str(error)).strip()}" if isinstance(error, TELLING) else ""
        yield f"{type(error).__module__}.{type(error).__qualname__}{words}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _places(trace: TracebackType | None) -> Iterator[str]:
    for frame, number in traceback.walk_tb(trace):
        name = frame.f_code.co_filename
        for folder in sorted(filter(None, sys.path), key=len, reverse=True):
            name = name.removeprefix(f"{folder}/")
        yield f"{name}:{number} {frame.f_code.co_name}"
