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
    """A page for everyone that changes only with the release, its reviews or the program: nothing that a request says
    but its address reaches it, not a cookie and not a query. So it is rendered once."""

    @wraps(view)
    def with_tag(request: HttpRequest, live: Live, *args: Any, **kwargs: Any) -> HttpResponse:
        if pages.preview(request):
            return view(request, live, *args, **kwargs)
        tag = f'"{live.number}-{live.digest[:16]}-{live.reviewed:d}-{live.last_review}-{program()}-{_size(request)}"'
        tagged = condition(etag_func=lambda *_, **__: tag)(_kept(view))
        response: HttpResponse = tagged(request, live, *args, **kwargs)
        if response.status_code in (200, 304):
            shared(response)
            response["Vary"] = "HX-Request"
        return response

    return with_tag


def unless(cookie: str) -> Callable[[pages.View], pages.View]:
    """`lasting`, for everyone without this cookie. Who has it may be shown more, which no cache keeps."""

    def decorate(view: pages.View) -> pages.View:
        everyone, private = lasting(view), pages.private(view)

        @wraps(view)
        def with_or_without(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            response = (private if cookie in request.COOKIES else everyone)(request, *args, **kwargs)
            patch_vary_headers(response, pages.VARY)
            return response

        return with_or_without

    return decorate


def shared(response: HttpResponse) -> None:
    """Let a cache in front answer with this for a while, and a browser once it has asked."""
    patch_cache_control(response, public=True, max_age=0, s_maxage=SHARED_SECONDS)


def _kept(view: pages.View) -> pages.View:
    """The page as it was rendered before, where it was."""

    @wraps(view)
    def once(request: HttpRequest, live: Live, *args: Any, **kwargs: Any) -> HttpResponse:
        kept, name = parts.of(live), (request.path_info, _size(request))
        if name in kept:
            content, kind = kept[name]
            return HttpResponse(content, content_type=kind)
        response = view(request, live, *args, **kwargs)
        if response.status_code == 200:
            parts.known(kept, name, lambda: (response.content, response["Content-Type"]))
        return response

    return once


def _size(request: HttpRequest) -> str:
    return "part" if pages.is_part(request) else "whole"


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
