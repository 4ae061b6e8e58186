"""The releases: everything that was ever published, and what changed from each to the next."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from guidance import releases
from guidance.models import Release, ReleaseReview
from guidance.releases import Live
from guidance.rules import comparison
from guidance.rules.comparison import Difference
from guidance.views import lasting, pages, system


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def history(request: HttpRequest, live: Live) -> HttpResponse:
    return pages.render(request, "guidance/releases.html", {"releases": releases.history()}, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.unless(settings.SESSION_COOKIE_NAME)
def release(request: HttpRequest, live: Live, number: int) -> HttpResponse:
    found = Release.objects.filter(pk=number).first()
    if found is None:
        return system.not_found(request)
    context = {
        "release": found,
        "reviews": ReleaseReview.objects.filter(release=found),
        "differences": _since_before(found),
        "before": found.number - 1,
        "newest": live.number,
        "named": request.user.is_active and request.user.has_perm("guidance.view_release"),
    }
    return pages.render(request, "guidance/release.html", context, live=live)


@pages.methods("GET", "HEAD")
def document(request: HttpRequest, number: int) -> HttpResponse:
    """The document to the byte, as it was published, even where it can no longer be read as a guide."""
    found = Release.objects.filter(pk=number).values_list("digest", "document").first()
    if found is None:
        return system.not_found(request)
    digest, text = found
    response = HttpResponse(text.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="cramps-guide-release-{number}.json"'
    response["ETag"] = f'"{digest}"'
    lasting.shared(response)
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def _since_before(release: Release) -> tuple[Difference, ...] | None:
    """What changed from the release before. None for the first, and where one of the two cannot be read."""
    try:
        return _differences(release.number - 1, release.number, release.digest)
    except releases.NoRelease:
        return None


@lru_cache(maxsize=64)
def _differences(before: int, number: int, digest: str) -> tuple[Difference, ...]:
    """Neither of two published documents ever changes, nor what lies between them."""
    return comparison.differences(releases.get(before).guide, releases.get(number).guide)
