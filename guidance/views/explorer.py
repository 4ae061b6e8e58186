"""Any answers, tried: what every rule makes of them, and what would change it. They stay in a cookie of their own."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from guidance import drafts, journey, scratch
from guidance.forms import QuestionForm
from guidance.journey import Journey
from guidance.releases import Live
from guidance.rules import engine, explanation, exploring, flow, loading, masks, trials
from guidance.rules.engine import Outcome
from guidance.rules.exploring import Explored
from guidance.rules.guide import Choice, Guide, Intervention, Question, Rule, Section
from guidance.views import pages

DRAFT = "_draft"
"""The one field that is no question; no key begins so."""


class Tried(NamedTuple):
    """What the form came to: the answers it gives, and what keeps them from being looked at."""

    forms: tuple[QuestionForm, ...]
    answers: dict[str, Any]
    faulty: tuple[QuestionForm, ...]
    """Asked, and not answered or not so that it can be taken."""


class Beside(NamedTuple):
    """The draft on the same answers."""

    faults: tuple[str, ...]
    """Why it cannot be looked at, or nothing."""
    outcomes: tuple[tuple[Intervention, Outcome | None, Outcome], ...] = ()
    """Each intervention of the draft: in the release, and in the draft."""
    only_live: tuple[Rule, ...] = ()
    """Rules that hold in the release and not in the draft."""
    only_draft: tuple[Rule, ...] = ()


@pages.private
@pages.methods("GET", "HEAD", "POST")
@pages.published
def explorer(request: HttpRequest, live: Live) -> HttpResponse:
    guide = live.guide
    tried = _tried(guide, _given(request, guide), posted=request.method == "POST")
    explored = None if tried.faulty else exploring.explore(guide, tried.answers)
    staff = bool(getattr(request.user, "is_staff", False))
    beside = _beside(guide, explored, tried.answers) if explored and staff and DRAFT in request.POST else None
    context = {
        "sections": _sections(guide, tried),
        "faulty": tried.faulty,
        "explored": explored,
        "staff": staff,
        "beside": beside,
        "with_draft": DRAFT in request.POST,
        "kept": explanation.answered(guide, journey.read(request, guide, live.digest).answers),
    }
    response = pages.render(request, "guidance/explorer.html", context, live=live)
    if request.method == "POST" and explored:
        scratch.keep(response, tried.answers)
    return response


@pages.private
@pages.methods("POST")
@pages.published
def use(request: HttpRequest, live: Live) -> HttpResponse:
    """Take the answers to the questions, as if the visitor had given them."""
    tried = _tried(live.guide, request.POST, posted=True)
    response = redirect("guidance:answers")
    journey.keep(response, Journey(tried.answers), live.digest)
    return response


@pages.private
@pages.methods("POST")
def afresh(request: HttpRequest) -> HttpResponse:
    """Forget what was tried."""
    response = redirect("guidance:explorer")
    scratch.forget(response)
    return response


def _given(request: HttpRequest, guide: Guide) -> Mapping[str, Any]:
    """What was sent, what was tried last, or the first case with every other question answered quietly."""
    if request.method == "POST":
        return request.POST
    quietly = {question.key: _quiet(question) for question in guide.questions}
    first = guide.cases[0].answers if guide.cases else {}
    return {**quietly, **(scratch.read(request, guide) or flow.possible(guide, first))}


def _tried(guide: Guide, given: Mapping[str, Any], *, posted: bool) -> Tried:
    forms = tuple(
        QuestionForm(question, given) if posted else QuestionForm(question, answer=given.get(question.key))
        for question in guide.questions
    )
    answers = {form.question.key: form.answer for form in forms if form.is_valid()} if posted else dict(given)
    missing = flow.path(guide, answers).missing
    return Tried(forms, answers, tuple(form for form in forms if form.question.key in missing))


def _quiet(question: Question) -> str | list[str]:
    key = trials.quiet(question)
    return key if question.choice is Choice.ONE else [key]


def _sections(guide: Guide, tried: Tried) -> list[tuple[Section, list[QuestionForm]]]:
    found = [
        (section, [form for form in tried.forms if form.question.section == section.key]) for section in guide.sections
    ]
    return [(section, forms) for section, forms in found if forms]


def _beside(guide: Guide, explored: Explored, answers: Mapping[str, Any]) -> Beside:
    """The draft on the same answers, as far as it knows them; it may be in the middle of being changed."""
    try:
        draft = loading.load(loading.dump(drafts.assemble()))
    except drafts.NoDraft:
        return Beside(("There is no draft.",))
    except loading.GuideError as error:
        return Beside(error.faults)
    known = flow.possible(draft, answers)
    missing = flow.path(draft, known).missing
    if missing:
        return Beside(tuple(f"The draft also asks “{key}”, which has no answer here." for key in missing))
    assessment = engine.assess(draft, known)
    before = explored.assessment
    held = set(masks.of(guide).names(before.holding))
    held_in_draft = set(masks.of(draft).names(assessment.holding))
    return Beside(
        faults=(),
        outcomes=tuple(
            (item, before.outcomes.get(item.key), assessment.outcomes[item.key]) for item in draft.interventions
        ),
        only_live=tuple(rule for rule in guide.rules if rule.key in held - held_in_draft),
        only_draft=tuple(rule for rule in draft.rules if rule.key in held_in_draft - held),
    )
