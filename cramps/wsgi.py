"""What the server calls. The headers that Django reads before any middleware runs are made readable for it here."""

import os
import re
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cramps.settings")

BOUNDARY = re.compile(r';\s*boundary\s*=\s*("[^"]*"|[^;"\s]+)', re.IGNORECASE)

site = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["CONTENT_TYPE"] = without_charset(environ.get("CONTENT_TYPE") or "")
    return site(environ, start_response)


def without_charset(content_type: str) -> str:
    """A content type with no parameter but a form's boundary. Everything is read as UTF-8 here: Django would take any
    codec of Python's that a stranger names, fail outside every page where it is none of text, and where it is
    ``unicode_escape`` read letters that no row can hold."""
    kind, _, parameters = content_type.partition(";")
    boundary = BOUNDARY.search(f";{parameters}")
    return f"{kind}; boundary={boundary[1]}" if boundary else kind
