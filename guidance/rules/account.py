"""Everything there is to say of a rule: its words, its sentences where they stand, its limits, its cases."""

from typing import NamedTuple

from guidance.rules import coverage, engine, explanation
from guidance.rules.coverage import Passage
from guidance.rules.engine import Assessment
from guidance.rules.explanation import Condition, Quote
from guidance.rules.flow import AnswerError
from guidance.rules.guide import Case, Guide, Intervention, Reference, Rule, Scope


class Quoted(NamedTuple):
    """A sentence a rule cites, with the paragraph around it."""

    quote: Quote
    passage: Passage


class Limit(NamedTuple):
    """A scope on a sentence the rule cites."""

    scope: Scope
    conditions: tuple[Condition, ...]


class Account(NamedTuple):
    """One rule."""

    rule: Rule
    on: tuple[Intervention, ...]
    conditions: tuple[Condition, ...]
    quoted: tuple[Quoted, ...]
    limits: tuple[Limit, ...]
    references: tuple[Reference, ...]
    outranks: tuple[Rule, ...]
    gives_way_to: tuple[Rule, ...]
    cases: tuple[Case, ...]
    """The cases of the guide that it helps to decide."""

    @property
    def quotes(self) -> tuple[Quote, ...]:
        return tuple(quoted.quote for quoted in self.quoted)


def accounts(guide: Guide) -> dict[str, Account]:
    """An account of every rule, by key, in the guide's order."""
    decided = _decided(guide)
    return {rule.key: _account(guide, rule, decided.get(rule.key, ())) for rule in guide.rules}


def deciding(assessment: Assessment) -> tuple[str, ...]:
    """The rules that a visitor with this assessment is told of."""
    outcomes = assessment.outcomes.values()
    cautions = () if assessment.get_help else tuple(key for outcome in outcomes for key in outcome.cautions)
    verdicts = tuple(key for outcome in outcomes for key in outcome.rules)
    return tuple(dict.fromkeys((*assessment.alerts, *verdicts, *cautions, *assessment.notes)))


def _decided(guide: Guide) -> dict[str, tuple[Case, ...]]:
    found: dict[str, tuple[Case, ...]] = {}
    for case in guide.cases:
        try:
            assessment = engine.assess(guide, case.answers)
        except AnswerError:
            continue
        for key in deciding(assessment):
            found[key] = (*found.get(key, ()), case)
    return found


def _account(guide: Guide, rule: Rule, cases: tuple[Case, ...]) -> Account:
    rules = {other.key: other for other in guide.rules}
    references = {reference.key: reference for reference in guide.references}
    return Account(
        rule=rule,
        on=tuple(intervention for intervention in guide.interventions if intervention.key in rule.on),
        conditions=explanation.conditions(guide, rule.criteria),
        quoted=tuple(
            Quoted(
                Quote(c.sentence, c.quote, c.counterweight, explanation.evidence(guide, c.sentence)),
                coverage.passage(guide, c.sentence),
            )
            for c in rule.citations
        ),
        limits=tuple(
            Limit(scope, explanation.conditions(guide, scope.criteria))
            for scope in coverage.scopes(guide, rule.citations)
        ),
        references=tuple(references[key] for key in rule.references),
        outranks=tuple(rules[key] for key in rule.outranks),
        gives_way_to=tuple(other for other in guide.rules if rule.key in other.outranks),
        cases=cases,
    )
