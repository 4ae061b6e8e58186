"""What machines ask for, and the pages for when something is wrong."""

import sys
from collections.abc import Callable
from functools import wraps

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.cache import add_never_cache_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from guidance import interchange, limits, openapi, readiness, releases
from guidance.releases import Live
from guidance.rules.flow import AnswerError
from guidance.views import lasting, pages

AWAY_SECONDS = 30
"""After how long it is worth asking again where the database did not answer."""


def for_machines(method: str) -> Callable[[pages.View], pages.View]:
    """One method, the current release, no cookies, nothing kept; every refusal an error object. No cache keeps
    what does not say for how long."""

    def decorate(view: pages.View) -> pages.View:
        @csrf_exempt
        @wraps(view)
        def for_machine(request: HttpRequest) -> HttpResponse:
            response = answer(request)
            if not response.has_header("Cache-Control"):
                add_never_cache_headers(response)
            return response

        def answer(request: HttpRequest) -> HttpResponse:
            if request.method != method:
                response = _refused(405, f"Use {method} here, not {request.method}.", "method")
                response["Allow"] = method
                return response
            try:
                return view(request, releases.current())
            except releases.NoRelease:
                return _refused(503, "No guide is published yet. Try again later.", "release")

        return for_machine

    return decorate


@for_machines("POST")
def assess(request: HttpRequest, live: Live) -> HttpResponse:
    if settings.API_REQUESTS and not limits.allowed(request, "assess", times=settings.API_REQUESTS, seconds=60):
        response = _refused(429, f"Ask at most {settings.API_REQUESTS} times a minute. Wait for the next.", "address")
        response["Retry-After"] = str(limits.remaining(60))
        return response
    try:
        return JsonResponse(interchange.answer(live, request.body))
    except AnswerError as error:
        return JsonResponse(interchange.refusal(error), status=422)
    except UnreadablePostError:
        return _refused(400, "The body broke off before its end. Send it again.", "body")


@for_machines("GET")
def guide(request: HttpRequest, live: Live) -> HttpResponse:
    return HttpResponse(live.document, content_type="application/json")


@for_machines("GET")
@lasting.lasting
def description(request: HttpRequest, live: Live) -> HttpResponse:
    return HttpResponse(_described(live), content_type="application/json")


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    faults = readiness.faults()
    words = "\n".join(faults) or "ready"
    return HttpResponse(f"{words}\n", content_type="text/plain", status=503 if faults else 200)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    too_big = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    if request.path.startswith("/api/"):
        if too_big:
            return _refused(413, "This body is too big for an answers object.", "body")
        return _refused(400, "This request cannot be read. Send one answers object in JSON, in UTF-8.", "request")
    return pages.render(request, "400.html", {"too_big": too_big}, live=_live(request), status=413 if too_big else 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return pages.render(request, "403.html", live=_live(request), status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return pages.render(request, "404.html", live=_live(request), status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """Touches nothing that may have failed: no row, no cookie.

    Every exception that nothing else answers ends here while it is being handled, whether a view raised it or what
    stands around views, such as the reading of a session. So here, in one place, a database that is away is told apart.
    """
    if readiness.database_away(sys.exception()):
        return _database_away(request)
    return pages.render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return pages.render(request, "403_csrf.html", live=_live(request), status=403)


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: dict[str, str] | None) -> HttpResponse:
    """In the place of a login, after too many wrong passwords; said the same whether there is such an account."""
    seconds = int(settings.AXES_COOLOFF_TIME.total_seconds())
    response = pages.render(request, "429.html", {"minutes": seconds // 60}, live=_live(request), status=429)
    response["Retry-After"] = str(seconds)
    return response


def _database_away(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        response: HttpResponse = _refused(503, "The database does not answer. Nothing was kept. Ask again.", "database")
    else:
        in_workshop = request.path.startswith("/admin/")
        response = pages.render(request, "503.html", {"in_workshop": in_workshop}, status=503)
    response["Retry-After"] = str(AWAY_SECONDS)
    return response


def _live(request: HttpRequest) -> Live | None:
    try:
        return pages.live(request)
    except releases.NoRelease:
        return None


@lasting.per_release
def _described(live: Live) -> bytes:
    return msgspec.json.encode(openapi.document(live.guide, live.number))


def _refused(status: int, error: str, where: str) -> JsonResponse:
    return JsonResponse({"error": error, "where": where}, status=status)
