"""Take it with you: make a private link, open it, delete it. What it shows is health data, kept because she asked."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.csrf import csrf_exempt

from guidance import limits, sharing
from guidance.journey import Journey
from guidance.releases import Live, NoRelease
from guidance.rules import engine, explanation
from guidance.rules.engine import Assessment
from guidance.rules.explanation import Traced
from guidance.rules.flow import AnswerError
from guidance.rules.guide import Guide, Kind, Wording
from guidance.sharing import NotOffered, NotShared, Shared
from guidance.views import pages, system, visitor

LINKS_AN_HOUR = 60
"""From one address. A whole clinic may stand behind one."""


class Weighed(NamedTuple):
    """A rule in a trace and what became of it."""

    traced: Traced
    verdict: Wording | None
    decided: bool
    """It is a verdict rule, and its verdict won."""


class Group(NamedTuple):
    """Rules that belong together in a trace."""

    key: str
    heading: str
    held: tuple[Weighed, ...]
    failed: tuple[Weighed, ...]


@visitor.of_the_journey("POST")
def make(request: HttpRequest, live: Live, kept: Journey) -> HttpResponse:
    """The only act of a visitor that stores anything."""
    if not limits.allowed(request, "make-link", times=LINKS_AN_HOUR, seconds=3600):
        response = pages.render(request, "guidance/shared_too_often.html", live=live, status=429)
        response["Retry-After"] = "3600"
        return response
    try:
        token = sharing.keep(request.POST.get("offer", ""), kept.answers, at=timezone.now())
    except (NotOffered, NoRelease, AnswerError):
        return redirect("guidance:result")
    return redirect("guidance:shared-link", token)


def of_the_link(*methods: str) -> Callable[[pages.View], pages.View]:
    """A page for whoever holds the link: the result is handed to it, or the page of an address that is none.

    Nothing keeps it, finds it, or learns its address by being linked from it.
    """

    def decorate(view: pages.View) -> pages.View:
        @pages.private
        @wraps(view)
        def confidential(request: HttpRequest, token: str) -> HttpResponse:
            response = opened(request, token=token)
            response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
            response["Referrer-Policy"] = "no-referrer"
            return response

        @pages.methods(*methods)
        @pages.published
        def opened(request: HttpRequest, live: Live, token: str) -> HttpResponse:
            try:
                return view(request, live, sharing.open(token, at=timezone.now()), token)
            except NotShared:
                return system.not_found(request)

        return confidential

    return decorate


@of_the_link("GET", "HEAD")
def shared(request: HttpRequest, live: Live, result: Shared, token: str) -> HttpResponse:
    guide = result.release.guide
    assessment = engine.assess(guide, result.answers)
    context = {
        **visitor.told(guide, explanation.explain(guide, assessment)),
        **_link(request, token),
        "result": result,
        "trace": _trace(guide, assessment),
        "linked": {rule.key for rule in live.guide.rules},
        "today": live,
        "retelling": sharing.today(result, live),
    }
    return pages.render(request, "guidance/shared.html", context, live=result.release)


@of_the_link("GET", "HEAD")
def link(request: HttpRequest, live: Live, result: Shared, token: str) -> HttpResponse:
    context = {**_link(request, token), "result": result}
    return pages.render(request, "guidance/shared_link.html", context, live=result.release)


# A page without referrer sends its forms with "Origin: null", which the CSRF check refuses. It would protect nothing
# here: the address is the only right to delete, and no cookie lends it to anyone.
@csrf_exempt
@of_the_link("GET", "HEAD", "POST")
def delete(request: HttpRequest, live: Live, result: Shared, token: str) -> HttpResponse:
    if request.method == "POST":
        sharing.delete(token, at=timezone.now())
        return redirect("guidance:shared-deleted")
    context = {"token": token, "result": result}
    return pages.render(request, "guidance/shared_delete.html", context, live=result.release)


@pages.methods("GET", "HEAD")
@pages.published
def deleted(request: HttpRequest, live: Live) -> HttpResponse:
    return pages.render(request, "guidance/shared_deleted.html", live=live)


def _link(request: HttpRequest, token: str) -> dict[str, Any]:
    address = request.build_absolute_uri(reverse("guidance:shared", args=[token]))
    return {"token": token, "address": address, "code": _code(address), "days": settings.SHARED_RESULT_DAYS}


def _code(address: str) -> SafeString:
    """The address as a QR code: an SVG without any style, dark on light in every colour scheme."""
    made = segno.make(address, micro=False, error="m")
    return mark_safe(made.svg_inline(omitsize=True, svgclass="code", lineclass=None, light="#fff"))  # noqa: S308 - ours


def _trace(guide: Guide, assessment: Assessment) -> dict[str, Any]:
    """Every rule of the guide once, by what it is for: those that held, and those that did not, nearest first."""
    trace = explanation.trace(guide, assessment)
    deciding = {key for outcome in assessment.outcomes.values() for key in outcome.rules}

    def weighed(traced: Traced) -> Weighed:
        verdict = traced.rule.verdict
        wording = guide.wording(engine.STATUS_OF[verdict]) if verdict else None
        return Weighed(traced, wording, traced.rule.key in deciding)

    def group(key: str, heading: str, kind: Kind, on: str = "") -> Group:
        rules = [traced for traced in trace if traced.rule.kind is kind and (not on or on in traced.rule.on)]
        failed = sorted((traced for traced in rules if not traced.held), key=lambda traced: len(traced.failed))
        return Group(key, heading, tuple(weighed(t) for t in rules if t.held), tuple(weighed(t) for t in failed))

    groups = (
        group("alerts", "Alerts", Kind.ALERT),
        *(group(f"verdicts-{i.key}", f"{i.label}: verdicts", Kind.VERDICT, i.key) for i in guide.interventions),
        group("cautions", "Cautions", Kind.CAUTION),
        group("notes", "Notes", Kind.NOTE),
    )
    return {
        "groups": [group for group in groups if group.held or group.failed],
        "rules": len(trace),
        "holding": assessment.holding.bit_count(),
    }
