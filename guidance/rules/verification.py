"""Whether a guide may be released: every problem there is, and the proof that there are no others.

`documents` reads, `proofs` searches all possible answer sets; what is not finished in its time is named "not proved".
"""

import time
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from msgspec import structs

from guidance.rules import answer_space, documents, engine, loading, masks, proofs
from guidance.rules.clauses import NotProved, Search, Space
from guidance.rules.flow import AnswerError
from guidance.rules.guide import Answers, Case, Guarantee, Guide, Level, Status
from guidance.rules.problem import ERROR, WARNING, Problem, error, listed, warning

__all__ = ["ERROR", "WARNING", "CaseResult", "Problem", "Proof", "Standing", "cases", "guarantees", "problems"]

SECONDS = 60.0


class Standing(StrEnum):
    """How a guarantee stands."""

    PROVED = "proved"
    BROKEN = "broken"
    NOT_PROVED = "not-proved"


class Proof(NamedTuple):
    """What the search for a counterexample to a guarantee came to."""

    guarantee: Guarantee
    standing: Standing
    answer_sets: int | None
    """How many possible answer sets the guarantee speaks of: proved over all of these. None: too many to count."""
    intervention: str = ""
    """The intervention that breaks it."""
    status: Status | None = None
    """What that intervention is, where it should not be."""
    counterexample: Answers | None = None


class CaseResult(NamedTuple):
    """What became of a case."""

    case: Case
    answers: Answers
    """The answers that counted; empty where they cannot be assessed."""
    told: dict[str, Status]
    """The status of every intervention; empty where the answers cannot be assessed."""
    alert: Level | None
    """The level of the soonest alert."""
    differs: tuple[str, ...]
    """The interventions told something else than expected."""
    failing: tuple[str, ...]
    """The rules that the case names and that do not hold."""
    unnamed: tuple[str, ...]
    """The rules that hold, where the case names rules and not these."""
    fault: str
    """Why the case cannot be used, or nothing."""

    @property
    def held(self) -> bool:
        return not (self.differs or self.failing or self.fault or self.other_alert)

    @property
    def other_alert(self) -> bool:
        """Whether the case names an alert and another one holds, or none."""
        return bool(self.told) and self.case.alert not in {None, self.alert}


def problems(guide: Guide, today: date | None = None, seconds: float = SECONDS) -> tuple[Problem, ...]:
    """Every problem of the guide, errors first. ``today`` is for review dates, ``seconds`` what the proofs may take."""
    found = [*_faults(guide)]
    if found:
        guide = _sound_names(guide)
    if any(loading.reference_faults(guide)):
        return (*found, *documents.words(guide))
    found += [*documents.problems(guide, today or date.today()), *_case_problems(guide)]
    space = Space(guide, Search(time.monotonic() + seconds))
    try:
        found += proofs.problems(space)
    finally:
        space.search.close()
    return tuple(sorted(found, key=lambda problem: problem.severity != ERROR))


def guarantees(guide: Guide, seconds: float = SECONDS) -> tuple[Proof, ...]:
    """Each guarantee: proved over how many answer sets, broken by which, or not proved in the time given."""
    space = Space(guide, Search(time.monotonic() + seconds))
    try:
        return tuple(_proof(guide, space, guarantee) for guarantee in guide.guarantees)
    finally:
        space.search.close()


def cases(guide: Guide) -> tuple[CaseResult, ...]:
    """Each case of the guide, held or not."""
    return tuple(_tried(guide, case) for case in guide.cases)


def _faults(guide: Guide) -> Iterator[Problem]:
    """What keeps the document from being loaded. Where criteria or keys lead nowhere, nothing more is proved."""
    for fault in loading.reference_faults(guide):
        place, _, message = fault.partition(": ")
        yield error("unsound-key", place, f"{message[:1].upper()}{message[1:]}.", "Name what is there, once.")


def _sound_names(guide: Guide) -> Guide:
    """The guide without references and outranked rules that are not there: all else can still be proved of it."""
    rules = {rule.key for rule in guide.rules}
    known = {reference.key for reference in guide.references}

    def kept(keys: tuple[str, ...], among: set[str]) -> tuple[str, ...]:
        return tuple(key for key in keys if key in among)

    return structs.replace(
        guide,
        rules=tuple(
            structs.replace(rule, outranks=kept(rule.outranks, rules), references=kept(rule.references, known))
            for rule in guide.rules
        ),
        appraisals=tuple(structs.replace(a, references=kept(a.references, known)) for a in guide.appraisals),
        omissions=tuple(structs.replace(o, references=kept(o.references, known)) for o in guide.omissions),
    )


def _proof(guide: Guide, space: Space, guarantee: Guarantee) -> Proof:
    try:
        number = answer_space.count(guide, guarantee.when)
    except answer_space.Uncountable:
        number = None
    try:
        broken = next(proofs.broken(space, guarantee), None)
    except NotProved:
        return Proof(guarantee, Standing.NOT_PROVED, number)
    if broken is None:
        return Proof(guarantee, Standing.PROVED, number)
    status = engine.assess(guide, broken.example).outcomes[broken.intervention].status
    return Proof(guarantee, Standing.BROKEN, number, broken.intervention, status, broken.example)


def _tried(guide: Guide, case: Case) -> CaseResult:
    try:
        assessment = engine.assess(guide, case.answers)
    except AnswerError as refused:
        return CaseResult(case, {}, {}, None, (), (), (), f"{refused.where}: {refused.message}")
    told = {key: outcome.status for key, outcome in assessment.outcomes.items()}
    differs = tuple(key for key, status in told.items() if case.expected.get(key, status) is not status)
    fault = ""
    if assessment.set_aside:
        fault = f"it answers {listed(assessment.set_aside)}, not asked on these answers"
    elif silent := [key for key in told if key not in case.expected]:
        fault = f"it does not say what is expected of {listed(silent)}"
    answers = {key: list(a) if isinstance(a, tuple) else a for key, a in assessment.answers.items()}
    holding = masks.of(guide).names(assessment.holding)
    named = holding if case.rules is None else case.rules
    failing = tuple(key for key in named if key not in holding)
    unnamed = tuple(key for key in holding if key not in named)
    return CaseResult(case, answers, told, assessment.alert, differs, failing, unnamed, fault)


def _case_problems(guide: Guide) -> Iterator[Problem]:
    results = cases(guide)
    yield from _unnamed(guide, results)
    for c, result in enumerate(results):
        place = f"cases[{c}] {result.case.key}"
        if result.fault:
            yield error(
                "case-invalid",
                place,
                f"The case cannot be tried: {result.fault}.".replace("..", "."),
                "Give one whole set of answers, and what is expected of every intervention.",
            )
        said = [f"{key} is '{result.told[key]}', not '{result.case.expected[key]}'" for key in result.differs]
        if result.other_alert:
            said.append(f"the alert is '{result.alert or 'none'}', not '{result.case.alert}'")
        said += [f"the rule '{key}' does not hold" for key in result.failing]
        if said:
            yield error(
                "case-failing",
                place,
                f"The case does not hold: {listed(said)}.",
                "Mend the rules that decide it, or expect something else.",
                result.answers,
            )


def _unnamed(guide: Guide, results: tuple[CaseResult, ...]) -> Iterator[Problem]:
    """Rules that hold in cases which name others: new ones, or ones that hold more often than was meant."""
    for r, rule in enumerate(guide.rules):
        without = [result for result in results if rule.key in result.unnamed]
        if without:
            yield warning(
                "case-unnamed-rule",
                f"rules[{r}] {rule.key}",
                f"The rule holds in cases that do not name it: {listed(result.case.key for result in without)}.",
                "Name it there, or let it hold less often.",
                without[0].answers,
            )
