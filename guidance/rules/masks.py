"""A guide compiled to bit masks: every criterion is one bit, and choosing an option is one OR.

The criteria of all rules lie side by side in one integer: criterion ``k`` of rule ``r`` is bit ``k * R + r`` with ``R``
rules. ``hits[question][option]`` has the bits of the criteria that name the option. OR these over the chosen options,
flip the bits in ``flipped`` (the ``none of`` criteria, and the places a rule with fewer criteria leaves empty), and
what stands are the criteria that hold; AND the rows of ``R`` bits, and what stands are the rules that hold. The work
grows with the number of answers, and hardly with that of rules. Conditions of questions follow behind the rules' rows.
"""

import functools
import operator
from collections.abc import Iterable
from typing import NamedTuple

from guidance.rules import lasting
from guidance.rules.guide import GET_HELP, Choice, Criterion, Guide, Kind, Level, Question, Verdict


class Step(NamedTuple):
    """One question on the path, ready to be walked."""

    key: str
    many: bool
    asked: int
    """Criteria that must all hold for the question to be asked; 0 where it always is."""
    hits: dict[str, int]
    alone: frozenset[str]
    """Options that are chosen alone or not at all."""
    stops: tuple[int, ...]
    """Criteria of each get-help alert whose last question this is: where all of one hold, the questions end here."""


class Subject(NamedTuple):
    """The rules on one intervention, as bits of the rules that hold."""

    key: str
    verdicts: tuple[tuple[Verdict, int], ...]
    """Strongest first, verdicts without a rule left out."""
    cautions: int


class Masks(NamedTuple):
    """Everything that assessing a set of answers needs, and no text."""

    steps: tuple[Step, ...]
    step_of: dict[str, Step]
    flipped: int
    rules: tuple[str, ...]
    rows: int
    """Rows of criteria: as many as the rule with the most criteria has."""
    subjects: tuple[Subject, ...]
    alerts: tuple[tuple[Level, int], ...]
    """Soonest first, levels without an alert left out."""
    get_help: int
    notes: int
    turns: int | None
    """Criteria that decide who is asked what, or where the questions end. None where one of them reads a later answer,
    which no release does: then nothing can be said without a walk."""

    def holding(self, held: int) -> int:
        """The rules of which all criteria are among ``held``, one bit a rule."""
        width = len(self.rules)
        holding = held & ((1 << width) - 1)
        for _ in range(1, self.rows):
            held >>= width
            holding &= held
        return holding

    def criteria(self, rules: int) -> int:
        """The criteria of the rules in a mask."""
        width = len(self.rules)
        return functools.reduce(operator.or_, (rules << row * width for row in range(self.rows)))

    def names(self, rules: int) -> tuple[str, ...]:
        """The keys of the rules in a mask, in the guide's order."""
        names = []
        while rules:
            low = rules & -rules
            names.append(self.rules[low.bit_length() - 1])
            rules ^= low
        return tuple(names)


@lasting.per_guide
def of(guide: Guide) -> Masks:
    """The masks of ``guide``, compiled once for as long as that guide lives."""
    width = len(guide.rules)
    rows = max([1, *(len(rule.criteria) for rule in guide.rules)])
    hits: dict[str, dict[str, int]] = {q.key: {option.key: 0 for option in q.options} for q in guide.questions}
    flipped = 0

    def place(criterion: Criterion, bit: int) -> int:
        nonlocal flipped
        for name in criterion.options:
            question, _, option = name.partition(".")
            hits[question][option] |= bit
        if criterion.none_of:
            flipped |= bit
        return bit

    criteria = []
    for r, rule in enumerate(guide.rules):
        criteria.append(sum(place(criterion, 1 << (k * width + r)) for k, criterion in enumerate(rule.criteria)))
        flipped |= sum(1 << (k * width + r) for k in range(len(rule.criteria), rows))
    asked, next_bit = {}, width * rows
    for question in guide.questions:
        asked[question.key] = sum(place(c, 1 << (next_bit + k)) for k, c in enumerate(question.asked))
        next_bit += len(question.asked)

    order = [question.key for question in guide.questions]
    stops: dict[str, list[int]] = {key: [] for key in order}
    for rule, bits in zip(guide.rules, criteria, strict=True):
        if rule.level in GET_HELP and (read := read_by(rule.criteria)):
            stops[max(read, key=order.index)].append(bits)

    steps = tuple(
        Step(q.key, q.choice is Choice.MANY, asked[q.key], hits[q.key], _alone(q), tuple(stops[q.key]))
        for q in guide.questions
    )
    return Masks(
        steps=steps,
        step_of={step.key: step for step in steps},
        flipped=flipped,
        rules=tuple(rule.key for rule in guide.rules),
        rows=rows,
        subjects=tuple(_subject(guide, intervention.key) for intervention in guide.interventions),
        alerts=tuple((level, mask) for level in Level if (mask := _mask(r.level is level for r in guide.rules))),
        get_help=_mask(rule.level in GET_HELP for rule in guide.rules),
        notes=_mask(rule.kind is Kind.NOTE for rule in guide.rules),
        turns=_turns(guide, steps),
    )


def _turns(guide: Guide, steps: Iterable[Step]) -> int | None:
    before: set[str] = set()
    for question in guide.questions:
        if not read_by(question.asked) <= before:
            return None
        before.add(question.key)
    return functools.reduce(operator.or_, (bits for step in steps for bits in (step.asked, *step.stops)), 0)


def read_by(criteria: Iterable[Criterion]) -> set[str]:
    """The keys of the questions whose options these criteria name."""
    return {name.partition(".")[0] for criterion in criteria for name in criterion.options}


def _alone(question: Question) -> frozenset[str]:
    return frozenset(option.key for option in question.options if option.exclusive)


def _subject(guide: Guide, intervention: str) -> Subject:
    def on(kind: Kind, verdict: Verdict | None = None) -> int:
        return _mask(rule.kind is kind and intervention in rule.on and rule.verdict is verdict for rule in guide.rules)

    verdicts = tuple((verdict, mask) for verdict in Verdict if (mask := on(Kind.VERDICT, verdict)))
    return Subject(intervention, verdicts, on(Kind.CAUTION))


def _mask(flags: Iterable[bool]) -> int:
    return sum(1 << bit for bit, flag in enumerate(flags) if flag)
