"""What everyone may read and clinicians look for: why the guide says what it says, down to the sentence."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from guidance import journey, lineage, releases
from guidance.lineage import Stage
from guidance.releases import Live
from guidance.rules import (
    account,
    answer_space,
    coverage,
    engine,
    explanation,
    flow,
    outline,
    quotes,
    verification,
    witness,
)
from guidance.rules.account import Account
from guidance.rules.answer_space import Uncountable
from guidance.rules.engine import Assessment
from guidance.rules.explanation import Answered, Condition
from guidance.rules.flow import AnswerError
from guidance.rules.guide import AGAINST, Answers, Guarantee, Guide, Intervention, Kind, Level, Status, Verdict, Wording
from guidance.rules.verification import CaseResult, Proof
from guidance.templatetags.guide import in_order
from guidance.views import drawing, lasting, pages, system


class Proved(NamedTuple):
    """A guarantee as a page shows it."""

    proof: Proof
    when: tuple[Condition, ...]
    on: tuple[Intervention, ...]
    counterexample: tuple[Answered, ...]

    @property
    def guarantee(self) -> Guarantee:
        return self.proof.guarantee


class Tried(NamedTuple):
    """A case as a page shows it."""

    result: CaseResult
    told: tuple[tuple[Intervention, Status, Status | None], ...]
    """Each intervention with what it is told and what was expected."""
    differs: tuple[Answered, ...]
    """The answers that are not those of the first case."""


@pages.methods("GET", "HEAD")
@pages.published
@lasting.unless(journey.COOKIE)
def article(request: HttpRequest, live: Live) -> HttpResponse:
    answers = journey.read(request, live.guide, live.digest).answers
    context = {
        "blocks": quotes.blocks(live.guide.source.text),
        "coverage": _coverage(live),
        "sources": in_order(_coverage(live).references),
        "finished": bool(answers) and flow.next_question(live.guide, answers) is None,
    }
    return pages.render(request, "guidance/article.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def overview(request: HttpRequest, live: Live) -> HttpResponse:
    known = _accounts(live)
    context = {
        "interventions": [
            (item, [one for one in known.values() if one.rule.kind is Kind.VERDICT and item in one.on])
            for item in live.guide.interventions
        ],
        "alerts": _of_kind(known, Kind.ALERT),
        "cautions": _of_kind(known, Kind.CAUTION),
        "notes": _of_kind(known, Kind.NOTE),
        "coverage": _coverage(live),
        "proofs": _proofs(live),
        "cases": _cases(live),
        "verdicts": [(verdict, live.guide.wording(Status(verdict.value))) for verdict in Verdict],
        "against": [verdict for verdict in Verdict if verdict in AGAINST],
        "questions": len(live.guide.questions),
    }
    return pages.render(request, "guidance/rationale.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def intervention(request: HttpRequest, live: Live, key: str) -> HttpResponse:
    found = next((item for item in live.guide.interventions if item.key == key), None)
    if found is None:
        return system.not_found(request)
    accounts = [one for one in _accounts(live).values() if found in one.on]
    context = {
        "intervention": found,
        "verdicts": [one for one in accounts if one.rule.kind is Kind.VERDICT],
        "cautions": [one for one in accounts if one.rule.kind is Kind.CAUTION],
        "notes": [one for one in accounts if one.rule.kind is Kind.NOTE],
        "cases": _by_status(live, key),
        "proofs": [proved for proved in _proofs(live) if found in proved.on],
    }
    return pages.render(request, "guidance/rationale_intervention.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def rule(request: HttpRequest, live: Live, key: str) -> HttpResponse:
    found, last = _accounts(live).get(key), None
    if found is None:
        found, last = _retired(live, key)
    if found is None:
        return system.not_found(request)
    context = {
        "account": found,
        "last": last,
        "wording": _wording(live.guide, found),
        "history": _lineage(live).get(key, ()),
        "answerable": last is None and bool(_witnesses(live).get(key)),
    }
    return pages.render(request, "guidance/rule.html", context, live=live)


@pages.private
@pages.methods("GET", "HEAD")
@pages.published
def try_rule(request: HttpRequest, live: Live, key: str) -> HttpResponse:
    """Answers on which the rule holds, to be taken to the questions or to the explorer."""
    found = _accounts(live).get(key)
    answers = _witnesses(live).get(key)
    if found is None or not answers:
        return system.not_found(request)
    assessment = engine.assess(live.guide, answers)
    context = {
        "account": found,
        "tells": key in account.deciding(assessment),
        **_outcome(live.guide, assessment, answers),
    }
    return pages.render(request, "guidance/rationale_try.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def guarantees(request: HttpRequest, live: Live) -> HttpResponse:
    context = {"proofs": _proofs(live), "possible": _possible(live)}
    return pages.render(request, "guidance/guarantees.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def cases(request: HttpRequest, live: Live) -> HttpResponse:
    tried = _cases(live)
    context = {"cases": tried, "held": sum(one.result.held for one in tried)}
    return pages.render(request, "guidance/cases.html", context, live=live)


@pages.private
@pages.methods("GET", "HEAD")
@pages.published
def case(request: HttpRequest, live: Live, key: str) -> HttpResponse:
    tried = next((tried for tried in _cases(live) if tried.result.case.key == key), None)
    if tried is None:
        return system.not_found(request)
    context: dict[str, Any] = {"tried": tried}
    if not tried.result.fault:
        answers = tried.result.case.answers
        assessment = engine.assess(live.guide, answers)
        deciding = account.deciding(assessment)
        context |= _outcome(live.guide, assessment, answers)
        context["rules"] = [one for key, one in _accounts(live).items() if key in deciding]
    return pages.render(request, "guidance/rationale_case.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
@lasting.lasting
def questions(request: HttpRequest, live: Live) -> HttpResponse:
    nodes = outline.nodes(live.guide)
    context = {"nodes": nodes, "drawing": drawing.draw(nodes, say=_said)}
    return pages.render(request, "guidance/map.html", context, live=live)


@lasting.per_release
def _accounts(live: Live) -> dict[str, Account]:
    return account.accounts(live.guide)


@lasting.per_release
def _coverage(live: Live) -> coverage.Coverage:
    return coverage.of(live.guide)


@lasting.per_release
def _witnesses(live: Live) -> dict[str, Answers | None]:
    return witness.answers(live.guide)


@lasting.per_release
def _lineage(live: Live) -> dict[str, tuple[Stage, ...]]:
    return lineage.of_rules(live.number or None)


@lasting.per_release
def _possible(live: Live) -> int | None:
    try:
        return answer_space.count(live.guide)
    except Uncountable:
        return None


@lasting.per_release
def _proofs(live: Live) -> tuple[Proved, ...]:
    guide = live.guide
    return tuple(
        Proved(
            proof=proof,
            when=explanation.conditions(guide, proof.guarantee.when),
            on=tuple(item for item in guide.interventions if item.key in proof.guarantee.on),
            counterexample=explanation.answered(guide, proof.counterexample or {}),
        )
        for proof in verification.guarantees(guide)
    )


@lasting.per_release
def _cases(live: Live) -> tuple[Tried, ...]:
    guide = live.guide
    first = guide.cases[0].answers if guide.cases else {}
    return tuple(
        Tried(
            result=result,
            told=tuple(
                (item, result.told[item.key], result.case.expected.get(item.key))
                for item in guide.interventions
                if item.key in result.told
            ),
            differs=()
            if result.fault
            else explanation.answered(guide, {k: a for k, a in result.case.answers.items() if first.get(k) != a}),
        )
        for result in verification.cases(guide)
    )


def _of_kind(accounts: Mapping[str, Account], kind: Kind) -> list[Account]:
    levels = [None, *Level]
    found = [one for one in accounts.values() if one.rule.kind is kind]
    return sorted(found, key=lambda one: levels.index(one.rule.level))


def _by_status(live: Live, key: str) -> list[tuple[Status | None, list[tuple[Tried, list[Account]]]]]:
    """The cases by what they are told of one intervention, each with the rules behind it; last those with a fault."""
    rows = [(tried.result.told.get(key), tried, _deciding(live, tried, key)) for tried in _cases(live)]
    groups = [(status, [row[1:] for row in rows if row[0] == status]) for status in (*Status, None)]
    return [(status, found) for status, found in groups if found]


def _deciding(live: Live, tried: Tried, key: str) -> list[Account]:
    """The rules on one intervention that a case is told of, and the alerts above them."""
    try:
        assessment = engine.assess(live.guide, tried.result.case.answers)
    except AnswerError:
        return []
    outcome = assessment.outcomes[key]
    deciding = (*outcome.rules, *outcome.cautions) if not assessment.get_help else assessment.alerts
    known = _accounts(live)
    return [known[name] for name in deciding]


def _retired(live: Live, key: str) -> tuple[Account | None, Live | None]:
    """A rule that is no longer there, as the last release with it has it: shared results may still lead to it."""
    if stages := _lineage(live).get(key):
        last = releases.get(stages[-1].release - 1)
        return _accounts(last).get(key), last
    return None, None


def _wording(guide: Guide, found: Account) -> Wording | None:
    return guide.wording(Status(found.rule.verdict.value)) if found.rule.verdict else None


def _outcome(guide: Guide, assessment: Assessment, answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "assessment": assessment,
        "outcomes": [(item, assessment.outcomes[item.key]) for item in guide.interventions],
        "answers": explanation.answered(guide, answers),
    }


def _said(template: str, context: Mapping[str, Any]) -> str:
    """The words of a part, on one line, for the drawing: the same part that the page itself shows."""
    return " ".join(render_to_string(template, dict(context)).split())
