"""What depends on the release alone: worked out once a process, kept by browsers and caches until the next one."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.crypto import get_random_string
from django.views.decorators.http import condition

from guidance.releases import Live
from guidance.templatetags import lasting as parts
from guidance.views import pages

Found = TypeVar("Found")

TOKEN = get_random_string(32)
"""Stands where the token of a request will stand."""

KEPT = 4
"""Releases, drafts among them, whose findings are kept at a time."""

SHARED_SECONDS = 60
"""How long a cache in front may answer without asking. A browser always asks."""


def per_release(work_out: Callable[[Live], Found]) -> Callable[[Live], Found]:
    """Work something out from a release only once, however many ask at the same time."""
    kept: dict[tuple[int, str], Found] = {}
    lock = Lock()

    @wraps(work_out)
    def known(live: Live) -> Found:
        name = (live.number, live.digest)
        with lock:
            if name not in kept:
                if len(kept) >= KEPT:
                    kept.pop(next(iter(kept)))
                kept[name] = work_out(live)
            return kept[name]

    return known


def lasting(view: pages.View) -> pages.View:
    """A page for everyone that changes only with the release, or with the program. It reads no cookie."""

    @wraps(view)
    def with_tag(request: HttpRequest, live: Live, *args: Any, **kwargs: Any) -> HttpResponse:
        if pages.preview(request):
            return view(request, live, *args, **kwargs)
        part = "part" if request.headers.get("HX-Request") else "whole"
        reviewed = "reviewed" if live.reviewed else "not-reviewed"
        tag = f'"{live.number}-{live.digest[:16]}-{reviewed}-{program()}-{part}"'
        tagged = condition(etag_func=lambda *_, **__: tag)(view)
        response: HttpResponse = tagged(request, live, *args, **kwargs)
        if response.status_code in (200, 304):
            patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_SECONDS)
            response["Vary"] = "HX-Request"
        return response

    return with_tag


def page(request: HttpRequest, template: str, values: Mapping[str, Any], *, live: Live) -> HttpResponse:
    """`pages.render` for a page that is the same for everybody for whom these values are: rendered once for them.

    The values are of the guide or plain, and compared with those it was rendered for. Nothing else of the request
    reaches the page, but for a CSRF token, put where the forms want it.
    """
    if pages.preview(request):
        return pages.render(request, template, values, live=live)
    kept = parts.of(live)
    frame = {"part": pages.is_part(request), "live": live, "lasting": kept, "csrf_token": TOKEN}
    pieces = parts.known(
        kept,
        (template, frame["part"], *values.items()),
        lambda: render_to_string(template, {**frame, **values}).split(TOKEN),
    )
    response = HttpResponse(get_token(request).join(pieces) if len(pieces) > 1 else pieces[0])
    patch_vary_headers(response, pages.VARY)
    return response


@cache
def program() -> str:
    """A name for the templates, styles and code of this process."""
    files = [
        path
        for folder in ("templates", "static", "guidance")
        for path in sorted(Path(settings.BASE_DIR, folder).rglob("*"))
        if path.suffix in {".html", ".css", ".js", ".svg", ".py"}
    ]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]
