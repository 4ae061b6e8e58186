"""A visitor's way: start, one question a page, answers, result."""

from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from guidance import journey, scratch, sharing
from guidance.forms import QuestionForm
from guidance.journey import Journey, Notice
from guidance.releases import Live
from guidance.rules import engine, explanation, flow
from guidance.rules.explanation import Condition, Explanation
from guidance.rules.guide import Guide, Level, Option, Question, Reference, Rule, Section
from guidance.rules.lasting import per_guide
from guidance.templatetags.guide import in_order, outside
from guidance.views import lasting, pages, system


class Row(NamedTuple):
    """A question on the list of answers. No option where it is asked and not answered yet."""

    question: Question
    options: tuple[Option, ...]


class Help(NamedTuple):
    """An alert of the guide and the signs it is for."""

    rule: Rule
    conditions: tuple[Condition, ...]


def of_the_journey(*methods: str) -> Callable[[pages.View], pages.View]:
    """A page that reads the visitor's answers: the current release and the journey are handed to it."""

    def decorate(view: pages.View) -> pages.View:
        @pages.private
        @pages.methods(*methods)
        @pages.published
        @wraps(view)
        def with_journey(request: HttpRequest, live: Live, **kwargs: Any) -> HttpResponse:
            return view(request, live, journey.read(request, live.guide, live.digest), **kwargs)

        return with_journey

    return decorate


@of_the_journey("GET", "HEAD")
def start(request: HttpRequest, live: Live, kept: Journey) -> HttpResponse:
    always = [question for question in live.guide.questions if not question.asked]
    context = {
        "cleared": "cleared" in request.GET,
        "emergency": _first_of_all(live.guide),
        "fewest": len(always),
        "most": len(live.guide.questions),
    }
    if kept == Journey({}):
        return lasting.page(request, "guidance/start.html", context, live=live)
    return pages.render(request, "guidance/start.html", {**context, "kept": kept}, live=live)


@of_the_journey("GET", "HEAD")
def check(request: HttpRequest, live: Live, kept: Journey) -> HttpResponse:
    return HttpResponseRedirect(_onward(flow.path(live.guide, kept.answers)))


@of_the_journey("GET", "HEAD", "POST")
def question(request: HttpRequest, live: Live, kept: Journey, key: str) -> HttpResponse:
    asked = next((question for question in live.guide.questions if question.key == key), None)
    if asked is None:
        return system.not_found(request)
    if kept.lost and asked is not live.guide.questions[0]:
        kept = Journey({}, Notice.LOST)
    form = QuestionForm(asked, request.POST if request.method == "POST" else None, answer=kept.answers.get(key))
    changing = "change" in request.GET
    if form.is_valid():
        return _answered(live, kept, key, form.answer, changing=changing)
    context = {"form": form.shown, "question": asked, "changing": changing, **_place(live.guide, kept, asked)}
    if form.untouched and not kept.notice:
        return lasting.page(request, "guidance/question.html", context, live=live)
    return pages.render(request, "guidance/question.html", {**context, "kept": kept}, live=live)


@of_the_journey("GET", "HEAD")
def answers(request: HttpRequest, live: Live, kept: Journey) -> HttpResponse:
    path = flow.path(live.guide, kept.answers)
    given = {row.question.key: row.options for row in explanation.answered(live.guide, kept.answers)}
    context = {
        "kept": kept,
        "sections": _sections(live.guide, path.asked, given),
        "set_aside": _rows(live.guide, path.set_aside, given),
        "missing": path.missing,
        "next": _onward(path),
    }
    return pages.render(request, "guidance/answers.html", context, live=live)


@of_the_journey("GET", "HEAD")
def result(request: HttpRequest, live: Live, kept: Journey) -> HttpResponse:
    path = flow.path(live.guide, kept.answers)
    if path.missing:
        return HttpResponseRedirect(_onward(path))
    assessment = engine.assess(live.guide, kept.answers)
    explained = explanation.explain(live.guide, assessment)
    template = "guidance/get_help.html" if explained.get_help else "guidance/result.html"
    offer = None if pages.preview(request) else sharing.offer(live)
    context = {**told(live.guide, explained), "kept": kept, "offer": offer, "days": settings.SHARED_RESULT_DAYS}
    return pages.render(request, template, context, live=live)


def told(guide: Guide, explained: Explanation) -> dict[str, Any]:
    """What the parts of a result page read, whoever it is shown to."""
    return {"explained": explained, "help": _help(guide), "sources": in_order(_cited(explained))}


@pages.private
@pages.methods("POST")
def clear(request: HttpRequest) -> HttpResponse:
    response = redirect(f"{reverse('guidance:start')}?cleared")
    journey.forget(response)
    scratch.forget(response)
    return response


@pages.methods("GET", "HEAD")
@pages.published
def accessibility(request: HttpRequest, live: Live) -> HttpResponse:
    return lasting.page(request, "guidance/accessibility.html", {}, live=live)


def _answered(live: Live, kept: Journey, key: str, answer: str | list[str], *, changing: bool) -> HttpResponse:
    """Keep the answer and go on: back to the list where one was changed, unless that opened or ended something."""
    before = flow.path(live.guide, kept.answers)
    kept = kept.answering(key, answer)
    after = flow.path(live.guide, kept.answers)
    changed = changing and key not in before.missing and set(after.missing) <= set(before.missing)
    listed = changed and after.stopped_at is None
    response = HttpResponseRedirect(pages.address("answers") if listed else _onward(after))
    journey.keep(response, kept, live.digest)
    return response


def _onward(path: flow.Path) -> str:
    """The address of the next question, or of the result where nothing is missing."""
    return pages.address("question", path.missing[0]) if path.missing else pages.address("result")


def _place(guide: Guide, kept: Journey, question: Question) -> dict[str, Any]:
    """Where a question stands: its section, which of how many, and what was asked before it."""
    order = [other.key for other in guide.questions]
    asked = flow.path(guide, kept.answers).asked
    before = [key for key in asked if order.index(key) < order.index(question.key)]
    sections = [section.key for section in guide.sections]
    return {
        "section": next(section for section in guide.sections if section.key == question.section),
        "part_number": sections.index(question.section) + 1,
        "parts": len(sections),
        "before": before[-1] if before else None,
    }


def _sections(
    guide: Guide, asked: tuple[str, ...], given: Mapping[str, tuple[Option, ...]]
) -> list[tuple[Section, list[Row]]]:
    rows = _rows(guide, asked, given)
    found = [(section, [row for row in rows if row.question.section == section.key]) for section in guide.sections]
    return [(section, rows) for section, rows in found if rows]


def _rows(guide: Guide, keys: tuple[str, ...], given: Mapping[str, tuple[Option, ...]]) -> list[Row]:
    return [Row(question, given.get(question.key, ())) for question in guide.questions if question.key in keys]


@per_guide
def _help(guide: Guide) -> tuple[Help, ...]:
    """The alerts of the guide, soonest first, each with the signs it is for."""
    return tuple(
        Help(rule, explanation.conditions(guide, rule.criteria))
        for level in Level
        for rule in guide.rules
        if rule.level is level
    )


@per_guide
def _first_of_all(guide: Guide) -> tuple[Help, ...]:
    """The emergencies that everybody is asked about."""
    return tuple(
        help
        for help in _help(guide)
        if help.rule.level is Level.EMERGENCY
        and not any(part.question.asked for condition in help.conditions for part in condition.parts)
    )


def _cited(explained: Explanation) -> Iterator[Reference]:
    """Every outside reference on a result page, in the order the page comes to it."""
    beside = (reason for found in explained.findings for reason in (*found.cautions, *found.reasons, *found.notes))
    for reason in (*explained.alerts, *beside, *explained.notes):
        yield from outside(reason)
    for _, references in explained.omissions:
        yield from references
