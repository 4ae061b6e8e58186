"""A whole set of answers looked at as a clinician does: every rule, held or not and why, and every change there is."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from guidance.rules import changing, engine, explanation
from guidance.rules.changing import ChangeGroup, PairGroup
from guidance.rules.engine import Assessment, Outcome
from guidance.rules.explanation import Answered, Settling, Traced
from guidance.rules.guide import Guide, Intervention, Kind, Question, Wording


class Weighed(NamedTuple):
    """A rule on these answers, and what became of it."""

    traced: Traced
    tells: bool
    """It is among the rules a visitor is told of: it won, or it is shown."""


class Subject(NamedTuple):
    """One intervention on these answers."""

    intervention: Intervention
    outcome: Outcome
    wording: Wording
    verdicts: tuple[Weighed, ...]
    """Those that win first, then those that gave way, then those that do not hold, nearest first."""
    cautions: tuple[Weighed, ...]
    changes: tuple[ChangeGroup, ...]
    """Every single change, those that nobody can make and those round an alert or a caution included."""
    pairs: tuple[PairGroup, ...]
    """Every pair of changes that leads to a status no single change leads to."""
    settling: tuple[Settling, ...]


class Explored(NamedTuple):
    """Everything the guide makes of a set of answers."""

    assessment: Assessment
    answers: tuple[Answered, ...]
    set_aside: tuple[Question, ...]
    subjects: tuple[Subject, ...]
    alerts: tuple[Weighed, ...]
    notes: tuple[Weighed, ...]

    @property
    def held(self) -> int:
        return self.assessment.holding.bit_count()


def explore(guide: Guide, answers: Mapping[str, Any]) -> Explored:
    """All of it. Raises `AnswerError` where the answers are not whole."""
    assessment = engine.assess(guide, answers)
    trace = explanation.trace(guide, assessment)
    found = changing.Changes(guide, assessment)
    changes, pairs = found.single(), found.pairs()

    def weighed(kind: Kind, on: str | None, tells: Iterable[str]) -> tuple[Weighed, ...]:
        telling = set(tells)
        return tuple(
            Weighed(traced, traced.rule.key in telling)
            for traced in trace
            if traced.rule.kind is kind and (on is None or on in traced.rule.on)
        )

    def subject(intervention: Intervention) -> Subject:
        key = intervention.key
        outcome = assessment.outcomes[key]
        reached = {change.status for change in changes[key]}
        cautions = () if assessment.get_help else outcome.cautions
        return Subject(
            intervention=intervention,
            outcome=outcome,
            wording=guide.wording(outcome.status),
            verdicts=tuple(sorted(weighed(Kind.VERDICT, key, outcome.rules), key=_nearness)),
            cautions=tuple(sorted(weighed(Kind.CAUTION, key, cautions), key=_nearness)),
            changes=changing.grouped(guide, changes[key]),
            pairs=changing.grouped_pairs(guide, (pair for pair in pairs[key] if pair.status not in reached)),
            settling=explanation.settling(guide, assessment, key),
        )

    return Explored(
        assessment=assessment,
        answers=explanation.answered(guide, assessment.answers),
        set_aside=tuple(question for question in guide.questions if question.key in assessment.set_aside),
        subjects=tuple(subject(intervention) for intervention in guide.interventions),
        alerts=weighed(Kind.ALERT, None, assessment.alerts),
        notes=weighed(Kind.NOTE, None, assessment.notes),
    )


def _nearness(weighed: Weighed) -> tuple[bool, bool, int]:
    return not weighed.tells, not weighed.traced.held, len(weighed.traced.failed)
