"""The site as visitors would see it if something were published that is not: for staff, and never kept by anyone.

The visitor's own views answer. Around them the preview puts another guide in the place of the release, an address of
its own before every link, and a cookie of its own in the place of the visitor's.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, get_script_prefix, resolve, reverse, set_script_prefix
from django.utils import timezone
from django.views.decorators.cache import never_cache

from guidance import drafts, journey, workbench
from guidance.journey import Journey
from guidance.models import Proposal
from guidance.releases import Live
from guidance.rules import flow, loading
from guidance.rules.guide import Choice
from guidance.views import pages, system

COOKIE = f"{journey.COOKIE}-preview"

SHOWN = frozenset(
    {"start", "check", "question", "answers", "result", "clear", "article"}
    | {"rationale", "rationale-intervention", "rule", "try-rule", "guarantees", "cases", "case", "map"}
    | {"explorer", "explorer-use", "explorer-afresh"}
)
"""The pages that a preview shows. Every other address leads out of it, to the site as it is; nothing is shared here."""


def for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for those who may see the draft; nothing of it is kept or found by a search."""

    @never_cache
    @staff_member_required
    @permission_required("guidance.view_draft", raise_exception=True)
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return guarded


@for_staff
def draft(request: HttpRequest, path: str = "") -> HttpResponse:
    back = reverse("admin:workbench")
    try:
        opened = workbench.draft()
    except drafts.NoDraft:
        return pages.render(request, "guidance/no_preview.html", {"back": back}, status=404)
    except loading.GuideError as error:
        return pages.render(request, "guidance/no_preview.html", {"back": back, "faults": error.faults}, status=409)
    return _shown(request, opened, "the draft", back, reverse("guidance:preview-draft"), path)


@for_staff
def proposal(request: HttpRequest, number: int, path: str = "") -> HttpResponse:
    found = Proposal.objects.filter(pk=number).first()
    if found is None:
        return system.not_found(request)
    back = reverse("admin:workbench-proposal", args=[number])
    try:
        opened = workbench.opened(found.document.encode())
    except loading.GuideError as error:
        return pages.render(request, "guidance/no_preview.html", {"back": back, "faults": error.faults}, status=409)
    mounted = reverse("guidance:preview-proposal", args=[number])
    return _shown(request, opened, f"proposal {number}", back, mounted, path)


def _shown(
    request: HttpRequest, opened: workbench.Opened, what: str, back: str, mounted: str, path: str
) -> HttpResponse:
    live = Live(0, opened.digest, opened.document, opened.guide, "", "", "", timezone.now(), False)
    request.preview = pages.Preview(live, what, back)  # type: ignore[attr-defined]
    view = _with_own_cookie(_opened if path == "open/" else _answered)
    outside = get_script_prefix()
    set_script_prefix(mounted)
    try:
        return view(request, path, outside)
    finally:
        set_script_prefix(outside)


def _answered(request: HttpRequest, path: str, outside: str) -> HttpResponse:
    """What the visitor's view for this path answers."""
    try:
        match = resolve(f"/{path}")
    except Resolver404:
        return system.not_found(request)
    if match.app_names == ["guidance"] and match.url_name in SHOWN:
        request.resolver_match = match
        # The page may be another one by now, though its address and the release it once spoke for are not.
        for condition in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"):
            request.META.pop(condition, None)
        try:
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        except Http404:
            return system.not_found(request)
        return response
    if request.method in {"GET", "HEAD"}:
        return redirect(f"{outside}{path}")
    return system.not_found(request)


def _opened(request: HttpRequest, path: str, outside: str) -> HttpResponse:
    """Start a journey with the answers that were sent, as far as this guide has their questions."""
    if request.method != "POST":
        return redirect("guidance:start")
    live = pages.live(request)
    answers = {}
    for question in live.guide.questions:
        if values := request.POST.getlist(question.key):
            answers[question.key] = values[0] if question.choice is Choice.ONE else values
    try:
        flow.path(live.guide, answers)
    except flow.AnswerError:
        return pages.render(request, "400.html", live=live, status=400)
    response = redirect("guidance:check")
    journey.keep(response, Journey(answers), live.digest)
    return response


def _with_own_cookie(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whatever the view reads and writes as the visitor's journey is another cookie; their own stays as it is."""

    @wraps(view)
    def swapped(request: HttpRequest, *args: Any) -> HttpResponse:
        others = {name: value for name, value in request.COOKIES.items() if name not in {journey.COOKIE, COOKIE}}
        own = {journey.COOKIE: request.COOKIES[COOKIE]} if COOKIE in request.COOKIES else {}
        request.COOKIES = others | own
        response = view(request, *args)
        if written := response.cookies.pop(journey.COOKIE, None):
            written.set(COOKIE, written.value, written.coded_value)
            response.cookies[COOKIE] = written
        return response

    return swapped
