"""The steps on the workbench, each a button, and the addresses of its pages.

A step that is refused comes back to its page with what was typed and why; opened by its address, it is only its page.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import models as django_models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from cramps.workshop import Workshop
from guidance import models, releases, workbench
from guidance.admin import workbench as pages
from guidance.admin.bench_forms import BenchForm, ImportForm, ProposeForm, ReasonForm, ReplaceForm, SignOffForm
from guidance.drafts import NoDraft
from guidance.models import Proposal, Release
from guidance.releases import NoRelease, Refused
from guidance.rules import loading

Step = Callable[..., HttpResponse]


def step(permission: str, back: str) -> Callable[[Step], Step]:
    """A step for those with this permission. ``back`` names the page it is on."""

    def decorate(view: Step) -> Step:
        @pages.needs(permission)
        @wraps(view)
        def posted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return HttpResponseRedirect(reverse(f"admin:{back}", args=args, kwargs=kwargs))
            return view(request, *args, **kwargs)

        return posted

    return decorate


@step(pages.PROPOSE, "workbench")
def propose(request: HttpRequest) -> HttpResponse:
    form = ProposeForm(request.POST, warnings="acknowledgement" in request.POST)
    if form.is_valid():
        try:
            made = workbench.propose(
                form.cleaned_data["digest"],
                by=_who(request),
                at=timezone.now(),
                summary=form.cleaned_data["summary"],
                acknowledgement=form.cleaned_data.get("acknowledgement", ""),
            )
        except workbench.Changed as changed:
            # What is proposed is what was looked at: the page now shows the draft as it is, and the form is for that.
            form.data = {**request.POST.dict(), "digest": workbench.digest()}
            _refuse(form, changed)
        except (Refused, NoDraft, loading.GuideError) as refused:
            _refuse(form, refused)
        else:
            _log(request, made, ADDITION, "Proposed the draft.")
            messages.success(request, f"Proposal {made.pk} is made. A reviewer can publish it now.")
            return redirect("admin:workbench-proposal", made.pk)
    return pages.bench(request, propose=form, refused=form)


@step(pages.PUBLISH, "workbench-proposal")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    proposal = get_object_or_404(Proposal, pk=number)
    try:
        made = releases.publish(proposal, by=_who(request), at=timezone.now())
    except ValueError as refused:  # the step refused, or the document no longer what was proposed
        messages.error(request, str(refused))
        return redirect("admin:workbench-proposal", number)
    _log(request, made, ADDITION, f"Published proposal {number} as release {made.number}.")
    messages.success(request, f"Release {made.number} is published: visitors read it now.")
    return redirect("admin:workbench")


@step(pages.REJECT, "workbench-proposal")
def reject(request: HttpRequest, number: int) -> HttpResponse:
    return _decide(request, number, "reject", ReasonForm(request.POST), releases.reject, "Rejected")


@step(pages.PROPOSE, "workbench-proposal")
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    return _decide(request, number, "withdraw", ReasonForm(request.POST, needed=False), releases.withdraw, "Withdrawn")


@step(pages.CHANGE, "workbench-import")
def import_document(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if form.is_valid():
        guide = form.cleaned_data["document"]
        try:
            workbench.replace(guide, sure=form.cleaned_data["sure"])
        except (Refused, loading.GuideError) as refused:
            _refuse(form, refused)
        else:
            _log(request, models.Draft.objects.get(), CHANGE, "Imported a document in the place of the whole draft.")
            said = f"The draft holds {len(guide.questions)} questions and {len(guide.rules)} rules now."
            messages.success(request, said)
            return redirect("admin:workbench")
    return pages.import_document(request, **{"import": form}, refused=form)


@step(pages.CHANGE, "workbench-release")
def start_from(request: HttpRequest, number: int) -> HttpResponse:
    form = ReplaceForm(request.POST)
    form.is_valid()
    try:
        workbench.replace(_release(number).guide, sure=form.cleaned_data["sure"])
    except (Refused, NoRelease, loading.GuideError) as refused:
        _refuse(form, refused)
        return pages.release(request, number, start=form, refused=form)
    _log(
        request,
        models.Draft.objects.get(),
        CHANGE,
        f"Started again from release {number}, in the place of the whole draft.",
    )
    messages.success(request, f"The draft is release {number} now. Nothing is published by that.")
    return redirect("admin:workbench")


@step(pages.PUBLISH, "workbench-release")
def go_back(request: HttpRequest, number: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            made = releases.go_back(number, by=_who(request), at=timezone.now(), reason=form.cleaned_data["reason"])
        except (Refused, NoRelease, loading.GuideError) as refused:
            messages.error(request, str(refused))
        else:
            _log(request, made, ADDITION, f"Went back to release {number} as release {made.number}.")
            messages.success(request, f"Visitors read release {number} again. It is release {made.number} now.")
            return redirect("admin:workbench")
    get_object_or_404(Release, pk=number)
    return pages.release(request, number, back=form, refused=form)


@step(pages.SIGN_OFF, "workbench-release")
def sign_off(request: HttpRequest, number: int) -> HttpResponse:
    form = SignOffForm(request.POST)
    release = get_object_or_404(Release, pk=number)
    if form.is_valid():
        given = form.cleaned_data
        try:
            releases.sign_off(
                number,
                reviewer=pages.signs_as(request),
                role=given["role"],
                statement=given["statement"],
                on=given["reviewed_on"],
            )
        except (Refused, NoRelease) as refused:
            _refuse(form, refused)
        else:
            _log(request, release, CHANGE, "Signed off after a clinical review.")
            messages.success(
                request, f"Your review of release {number} stands. Every page says that it was signed off."
            )
            return redirect("admin:workbench-release", number)
    return pages.release(request, number, sign_off=form, refused=form)


def _decide(
    request: HttpRequest,
    number: int,
    name: str,
    form: ReasonForm,
    decide: Callable[..., Proposal],
    done: str,
) -> HttpResponse:
    proposal = get_object_or_404(Proposal, pk=number)
    if form.is_valid():
        try:
            decide(proposal, by=_who(request), at=timezone.now(), reason=form.cleaned_data["reason"])
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            _log(request, proposal, CHANGE, f"{done}. {form.cleaned_data['reason']}".strip())
            messages.success(request, f"Proposal {number} is {done.lower()}.")
            return redirect("admin:workbench")
    return pages.proposal(request, number, **{name: form}, refused=form)


def _release(number: int) -> releases.Live:
    get_object_or_404(Release, pk=number)
    return releases.get(number)


def _refuse(form: BenchForm, refused: Exception) -> None:
    form.add_error(None, list(refused.faults) if isinstance(refused, loading.GuideError) else str(refused))


def _who(request: HttpRequest) -> str:
    return str(request.user)


def _log(request: HttpRequest, row: django_models.Model, flag: int, message: str) -> None:
    assert request.user.pk is not None  # the workshop lets nobody else in
    LogEntry.objects.log_actions(request.user.pk, [row], flag, message, single_object=True)


cast(Workshop, admin.site).pages += [
    path("workbench/", pages.bench, name="workbench"),
    path("workbench/propose/", propose, name="workbench-propose"),
    path("workbench/import/", pages.import_document, name="workbench-import"),
    path("workbench/import/document/", import_document, name="workbench-import-document"),
    path("workbench/export/", pages.export_document, name="workbench-export"),
    path("workbench/proposals/<int:number>/", pages.proposal, name="workbench-proposal"),
    path("workbench/proposals/<int:number>/publish/", publish, name="workbench-publish"),
    path("workbench/proposals/<int:number>/reject/", reject, name="workbench-reject"),
    path("workbench/proposals/<int:number>/withdraw/", withdraw, name="workbench-withdraw"),
    path("workbench/releases/<int:number>/", pages.release, name="workbench-release"),
    path("workbench/releases/<int:number>/start/", start_from, name="workbench-start"),
    path("workbench/releases/<int:number>/back/", go_back, name="workbench-back"),
    path("workbench/releases/<int:number>/review/", sign_off, name="workbench-review"),
]
