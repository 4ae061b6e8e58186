"""What all pages share: how they are rendered, who may keep them, and what stands behind a view before it starts."""

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render as render_template
from django.urls import get_script_prefix, reverse
from django.utils.cache import patch_vary_headers

from guidance import releases
from guidance.releases import Live
from guidance.templatetags import lasting

View = Callable[..., HttpResponse]

VARY = ("HX-Request", "Cookie")
"""What a page depends on besides its address."""


class Preview(NamedTuple):
    """What somebody of the workshop looks at as visitors would if it were published."""

    live: Live
    """It in the place of a release: the number is 0, the time now."""
    what: str
    """Such as "the draft"."""
    back: str
    """The address of its page in the workshop."""


def preview(request: HttpRequest) -> Preview | None:
    """What is looked at, where this request belongs to a preview."""
    found: Preview | None = getattr(request, "preview", None)
    return found


def live(request: HttpRequest) -> Live:
    """The release that this request reads: what is previewed, or the current one, asked for once. Or `NoRelease`."""
    looked_at = preview(request)
    if looked_at:
        return looked_at.live
    found: Live = getattr(request, "live", None) or releases.current()
    request.live = found  # type: ignore[attr-defined]
    return found


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    live: Live | None = None,
    status: int = 200,
) -> HttpResponse:
    """A whole page, or for htmx the part of it that changes. ``live`` is the release the page speaks for."""
    looked_at = preview(request)
    kept = None if looked_at else lasting.of(live)
    frame = {"part": is_part(request), "live": live, "preview": looked_at, "lasting": kept}
    response = render_template(request, template, {**frame, **(context or {})}, status=status)
    patch_vary_headers(response, VARY)
    return response


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks, and wants only what changes."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.history_restore_request


def address(name: str, *args: str | int) -> str:
    """The address of a page, under the preview where one is looked at. Each is worked out once."""
    return _address(get_script_prefix(), name, args)


@lru_cache(maxsize=1024)
def _address(prefix: str, name: str, args: tuple[str | int, ...]) -> str:
    return reverse(f"guidance:{name}", args=args)


def published(view: View) -> View:
    """Hand the release to the view, as `live` finds it; without one, say calmly that there is none yet."""

    @wraps(view)
    def with_release(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            found = live(request)
        except releases.NoRelease:
            return render(request, "guidance/no_release.html", status=503)
        return view(request, found, *args, **kwargs)

    return with_release


def private(view: View) -> View:
    """Health data may be on this page: no cache keeps it, not even the browser's."""

    @wraps(view)
    def unkept(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return unkept


def methods(*allowed: str) -> Callable[[View], View]:
    """Refuse every other method with a page that says what to do instead."""

    def decorate(view: View) -> View:
        @wraps(view)
        def with_method(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method in allowed:
                return view(request, *args, **kwargs)
            response = render(request, "405.html", status=405)
            response["Allow"] = ", ".join(allowed)
            return response

        return with_method

    return decorate
