"""The workbench: what the draft would change, what is wrong with it, and the steps from a draft to a release."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone

from guidance import drafts, releases, workbench
from guidance.admin import effects
from guidance.admin.bench_forms import ImportForm, ProposeForm, ReasonForm, ReplaceForm, SignOffForm
from guidance.admin.mending import Link, Places
from guidance.models import Proposal, Release
from guidance.releases import Live
from guidance.rules import explanation, loading
from guidance.rules.explanation import Answered
from guidance.rules.guide import Guide
from guidance.rules.problem import ERROR, Problem
from guidance.templatetags.comparing import together
from guidance.workbench import Opened

LOOK = "guidance.view_draft"
CHANGE = "guidance.change_draft"
PROPOSE = "guidance.add_proposal"
REJECT = "guidance.change_proposal"
PUBLISH = "guidance.add_release"
SIGN_OFF = "guidance.add_releasereview"

APART = ("proposal", "release", "releasereview")
"""Rows that are no part of the draft."""

RECENT = 15
"""How many of the latest changes to the draft stand on the page."""

OPEN = 3
"""How many problems of one kind stand open on the page."""


class Found(NamedTuple):
    """A problem with what helps to mend it."""

    problem: Problem
    link: Link | None
    answered: tuple[Answered, ...]
    """The answer set that shows it."""


class Alike(NamedTuple):
    """Problems of one kind: a few of them open on the page, the rest one click away."""

    code: str
    first: tuple[Found, ...]
    rest: tuple[Found, ...]


def needs(permission: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page of the workshop for those who have this permission, behind its login."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded: Callable[..., HttpResponse] = admin.site.admin_view(checked)
        return guarded

    return decorate


@needs(LOOK)
def bench(request: HttpRequest, **more: Any) -> HttpResponse:
    live = workbench.live()
    context: dict[str, Any] = {
        "open": Proposal.objects.filter(state=Proposal.State.OPEN).defer("document"),
        "newest": live.number if live else 0,
        "releases": releases.history(),
        "recent": _recent(live),
        "live": live,
    }
    try:
        subject = workbench.draft()
    except drafts.NoDraft as error:
        return page(request, "workbench", "Workbench", {**context, "missing": str(error), **more})
    except loading.GuideError as error:
        places = Places(_unsound())
        context["faults"] = [(fault, places.mending(fault)) for fault in error.faults]
        return page(request, "workbench", "Workbench", {**context, **more})
    context |= looked_at(subject, live, Places(subject.guide))
    warnings = bool(context["report"].warnings)
    context["propose"] = ProposeForm(initial={"digest": subject.digest}, warnings=warnings)
    return page(request, "workbench", "Workbench", {**context, **more})


@needs(LOOK)
def proposal(request: HttpRequest, number: int, **more: Any) -> HttpResponse:
    found = get_object_or_404(Proposal, pk=number)
    is_open = found.state == Proposal.State.OPEN
    own = found.proposed_by == str(request.user)
    stale = is_open and workbench.stale(found)
    context: dict[str, Any] = {
        "proposal": found,
        "own": own,
        "stale": stale,
        "release": Release.objects.filter(proposal=found).defer("document").first(),
        "may_publish": is_open and not stale and may(request, PUBLISH) and (not own or settings.GUIDE_SELF_PUBLISH),
        "may_reject": is_open and may(request, REJECT),
        "may_withdraw": is_open and own and may(request, PROPOSE),
        "reject": ReasonForm(),
        "withdraw": ReasonForm(needed=False),
    }
    try:
        subject = workbench.opened(found.document.encode())
    except loading.GuideError as error:
        context["faults"] = [(fault, None) for fault in error.faults]
    else:
        context |= looked_at(subject, _before(found), None)
        context["problems"] = _alike(_found(_frozen(found), subject.guide, None))
    return page(request, "workbench_proposal", f"Proposal {number}", {**context, **more})


@needs(LOOK)
def release(request: HttpRequest, number: int, **more: Any) -> HttpResponse:
    found = get_object_or_404(Release.objects.defer("document"), pk=number)
    live = workbench.live()
    context = {
        "release": found,
        "reviews": found.reviews.all(),
        "newest": live.number if live else 0,
        "own": found.proposed_by == str(request.user) and not settings.GUIDE_SELF_PUBLISH,
        "kept": workbench.kept(),
        "start": ReplaceForm(),
        "back": ReasonForm(),
        "sign_off": SignOffForm(initial={"reviewed_on": timezone.localdate()}),
        "signs_as": signs_as(request),
    }
    return page(request, "workbench_release", f"Release {number}", {**context, **more})


@needs(CHANGE)
def import_document(request: HttpRequest, **more: Any) -> HttpResponse:
    return page(
        request, "workbench_import", "Import a document", {"import": ImportForm(), "kept": workbench.kept(), **more}
    )


@needs(LOOK)
def export_document(request: HttpRequest) -> HttpResponse:
    """The draft as it stands, sound or not: what was written is never stuck here."""
    try:
        document = loading.dump(drafts.assemble())
    except drafts.NoDraft as error:
        raise Http404 from error
    response = HttpResponse(document, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="cramps-guide-draft.json"'
    return response


def looked_at(subject: Opened, live: Live | None, places: Places | None) -> dict[str, Any]:
    """What there is to say of a document beside the release it would replace. Links go where ``places`` has a page."""
    report = workbench.report(subject, today=timezone.localdate())
    context: dict[str, Any] = {
        "subject": subject,
        "report": report,
        "problems": _alike(_found(report.problems, subject.guide, places)),
        "before": live,
    }
    if live is not None:
        change = workbench.change(live, subject)
        laid_out = effects.laid_out(live.guide, subject.guide, change.effects)
        sides = [(side, places.of(side.noun, side.key) if places else None) for side in together(change.differences)]
        context |= {"sides": sides, "effect": laid_out}
    return context


def page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    """A page of the workbench, with what the person may do there."""
    shared = {
        **admin.site.each_context(request),
        "title": title,
        "self_publish": settings.GUIDE_SELF_PUBLISH,
        "may_change": may(request, CHANGE),
        "may_propose": may(request, PROPOSE),
        "may_put_live": may(request, PUBLISH),
        "may_sign_off": may(request, SIGN_OFF),
    }
    return TemplateResponse(request, f"admin/guidance/{template}.html", {**shared, **context})


def may(request: HttpRequest, permission: str) -> bool:
    return request.user.has_perm(permission)


def _before(proposal: Proposal) -> Live | None:
    """What a proposal is compared with: what visitors read while it is open, what they read then once it is decided."""
    if proposal.state == Proposal.State.OPEN:
        return workbench.live()
    try:
        return releases.get(proposal.base)
    except releases.NoRelease:
        return None


def _found(problems: Iterable[Problem], guide: Guide, places: Places | None) -> Iterator[Found]:
    for problem in problems:
        link = places.mending(problem.place, problem.code) if places else None
        answered = explanation.answered(guide, problem.example) if problem.example else ()
        yield Found(problem, link, answered)


def _alike(problems: Iterable[Found]) -> list[Alike]:
    """Problems by kind: errors first, and after what else is wrong the cases, which fail because of it."""
    kinds: dict[tuple[bool, bool, str], list[Found]] = {}
    for found in problems:
        code = found.problem.code
        kinds.setdefault((found.problem.severity != ERROR, code.startswith("case-"), code), []).append(found)
    ordered = sorted(kinds.items(), key=lambda kind: kind[0][:2])
    return [Alike(code, tuple(found[:OPEN]), tuple(found[OPEN:])) for (_, _, code), found in ordered]


def _frozen(proposal: Proposal) -> list[Problem]:
    """The problems as they were when it was proposed, whatever the checks would find today."""
    return [Problem(**problem) for problem in proposal.problems]


def _recent(live: Live | None) -> Iterable[LogEntry]:
    """The latest changes to rows of the draft that visitors do not read yet."""
    entries = LogEntry.objects.filter(content_type__app_label="guidance").exclude(content_type__model__in=APART)
    if live is not None:
        entries = entries.filter(action_time__gt=live.published_at)
    return entries.select_related("user", "content_type").order_by("-action_time")[:RECENT]


def signs_as(request: HttpRequest) -> str:
    return request.user.get_full_name() or str(request.user)  # type: ignore[union-attr]


def _unsound() -> Guide | None:
    try:
        return drafts.assemble()
    except ValueError:
        return None
