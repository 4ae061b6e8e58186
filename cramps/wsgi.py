"""What the server calls. The headers that Django reads before any middleware runs are made readable for it here."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cramps.settings")

BOUNDARY = re.compile(r';\s*boundary\s*=\s*("[^"]*"|[^;"\s]+)', re.IGNORECASE)
UNREADABLE = re.compile(r"[\\\x00-\x1f\x7f]")

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["CONTENT_TYPE"] = without_charset(environ.get("CONTENT_TYPE") or "")
    environ["CONTENT_LENGTH"] = a_number(environ.get("CONTENT_LENGTH") or "")
    environ["HTTP_COOKIE"] = without_escapes(environ.get("HTTP_COOKIE") or "")
    return site(environ, start_response)


def without_charset(content_type: str) -> str:
    """A content type with no parameter but a form's boundary. Everything is read as UTF-8 here: Django would take any
    codec of Python's that a stranger names, fail outside every page where it is none of text, and where it is
    ``unicode_escape`` read letters that no row can hold."""
    kind, _, parameters = content_type.partition(";")
    boundary = BOUNDARY.search(f";{parameters}")
    return f"{kind}; boundary={boundary[1]}" if boundary else kind


def a_number(length: str) -> str:
    """The length of a body. One that is none, and that a server let through, is that of no body."""
    return length if length.isascii() and length.isdecimal() else "0"


def without_escapes(cookies: str) -> str:
    """Cookies as they are sent, where Python would read letters out of backslashes: PostgreSQL looks for no session
    whose name holds a NUL. No cookie of ours needs one."""
    return UNREADABLE.sub("", cookies)
