"""The decision: which rules hold on a set of answers, and what each intervention's status is. It knows no text."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from guidance.rules import flow, masks
from guidance.rules.flow import AnswerError
from guidance.rules.guide import AGAINST, GET_HELP, Guide, Level, Status, Verdict

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
    get_help = bool(compiled.get_help & holding)
    outcomes = {}
    for subject in compiled.subjects:
        cautions = names(subject.cautions & holding)
        verdict, rules = None, 0
        if get_help:
            status = Status.GET_HELP
        else:
            for verdict, mask in subject.verdicts:
                rules = mask & holding
                if rules:
                    break
            else:
                verdict = None
            if cautions and verdict not in AGAINST:
                status = Status.ASK_FIRST
            else:
                status = STATUS_OF[verdict] if verdict else Status.CANNOT_TELL
        outcomes[subject.key] = Outcome(subject.key, status, verdict, names(rules), cautions)
    return Assessment(
        answers={key: answers[key] for key in path.asked},
        alert=alert,
        alerts=names(alerts),
        outcomes=outcomes,
        notes=() if get_help else names(compiled.notes & holding),
        set_aside=path.set_aside,
        stopped_at=path.stopped_at,
        held=path.held,
        holding=holding,
    )
