"""The decision: which rules hold on a set of answers, and what each intervention's status is. It knows no text."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from guidance.rules import flow, masks
from guidance.rules.flow import AnswerError
from guidance.rules.guide import AGAINST, GET_HELP, Guide, Level, Status, Verdict
from guidance.rules.masks import Masks, Subject

STATUS_OF = {verdict: Status(verdict.value) for verdict in Verdict}


class Outcome(NamedTuple):
    """What is decided about one intervention. Rules by key, in the guide's order."""

    intervention: str
    status: Status
    verdict: Verdict | None
    """The strongest verdict among the rules that hold. None under get-help, and where no rule speaks (a gap, which
    verification keeps out of releases; its status is ``cannot-tell``)."""
    rules: tuple[str, ...]
    """The rules that hold and have the winning verdict."""
    cautions: tuple[str, ...]


class Assessment(NamedTuple):
    """What is decided about a whole set of answers, and the rules and criteria that decided it."""

    answers: dict[str, Any]
    """The answers that counted: those to questions that were asked."""
    alert: Level | None
    """The level of the soonest alert that holds."""
    alerts: tuple[str, ...]
    outcomes: dict[str, Outcome]
    """By intervention, in the guide's order."""
    notes: tuple[str, ...]
    """None under get-help."""
    set_aside: tuple[str, ...]
    stopped_at: str | None
    held: int
    """The criteria that hold, as bits of `masks`: the trace, not a second derivation of it."""
    holding: int
    """The rules that hold, as bits of `masks`."""

    @property
    def get_help(self) -> bool:
        """Whether an emergency or urgent alert takes the place of every verdict."""
        return self.alert in GET_HELP


def assess(guide: Guide, answers: Mapping[str, Any]) -> Assessment:
    """Decide ``answers``, whole and in the form of the fixed interface. Raises `AnswerError` where they are not."""
    path = flow.path(guide, answers)
    if path.missing:
        question = path.missing[0]
        raise AnswerError(f"'{question}' is not answered. 'not-sure' is an answer too.", f"answers.{question}")
    compiled = masks.of(guide)
    holding = compiled.holding(path.held)
    names = compiled.names
    alert, alerts = None, 0
    for level, mask in compiled.alerts:
        if mask & holding:
            alert = alert or level
            alerts |= mask & holding
    outcomes = {}
    for subject in compiled.subjects:
        status, verdict, rules = decide(compiled, subject, holding)
        outcomes[subject.key] = Outcome(subject.key, status, verdict, names(rules), names(subject.cautions & holding))
    return Assessment(
        answers={key: answers[key] for key in path.asked},
        alert=alert,
        alerts=names(alerts),
        outcomes=outcomes,
        notes=() if compiled.get_help & holding else names(compiled.notes & holding),
        set_aside=path.set_aside,
        stopped_at=path.stopped_at,
        held=path.held,
        holding=holding,
    )


def decide(compiled: Masks, subject: Subject, holding: int) -> tuple[Status, Verdict | None, int]:
    """What one intervention is told where these rules hold: its status, the winning verdict, and the rules with it."""
    if compiled.get_help & holding:
        return Status.GET_HELP, None, 0
    verdict, rules = None, 0
    for strongest, mask in subject.verdicts:
        if mask & holding:
            verdict, rules = strongest, mask & holding
            break
    if subject.cautions & holding and verdict not in AGAINST:
        return Status.ASK_FIRST, verdict, rules
    return STATUS_OF[verdict] if verdict else Status.CANNOT_TELL, verdict, rules
