"""What would change this: answers given otherwise, one or two at a time, tried on the engine."""

import functools
import itertools
import operator
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from guidance.rules import engine, lasting, masks, trials
from guidance.rules.engine import Assessment
from guidance.rules.guide import Choice, Guide, Option, Question, Status, Verdict, Wording
from guidance.rules.trials import Alternative, Ground

STATUS_ORDER = {status: place for place, status in enumerate(Status)}


class Change(NamedTuple):
    """One answer given otherwise, and the status an intervention would then have.

    In a ``many`` question one box is ticked or cleared, or an exclusive option takes the place of all. Where the change
    opens questions that were not asked, they are answered with their quiet option.
    """

    question: Question
    answer: tuple[Option, ...]
    """The whole new answer."""
    option: Option
    """The option picked, ticked or cleared."""
    cleared: bool
    opens: tuple[Question, ...]
    status: Status
    verdict: Verdict | None
    way_round: bool
    """The change takes away an alert or a caution that holds: never offered to a visitor."""


class Move(NamedTuple):
    """One half of a pair of changes: the option picked, ticked or cleared, and the whole new answer."""

    question: Question
    option: Option
    cleared: bool
    answer: tuple[Option, ...]


class Pair(NamedTuple):
    """Two changes that bring a status which neither of them brings alone."""

    moves: tuple[Move, Move]
    opens: tuple[Question, ...]
    status: Status
    verdict: Verdict | None
    way_round: bool


class ChangeGroup(NamedTuple):
    """Changes of one question that lead to the same status."""

    wording: Wording
    question: Question
    picked: tuple[Option, ...]
    cleared: tuple[Option, ...]
    every_sign: bool
    """Any option of the question that is not exclusive leads there."""
    opens: tuple[Question, ...]
    way_round: bool


class Side(NamedTuple):
    """What to do to one question of a pair: pick or tick any of these, or clear any of those."""

    question: Question
    picked: tuple[Option, ...]
    cleared: tuple[Option, ...]

    @property
    def every_sign(self) -> bool:
        return self.question.every_sign(self.picked)


class PairGroup(NamedTuple):
    """Pairs of changes of the same two questions that lead to the same status: any of the one with any of the other."""

    wording: Wording
    sides: tuple[Side, Side]
    opens: tuple[Question, ...]
    way_round: bool

    @property
    def changeable(self) -> bool:
        return all(side.question.changeable for side in self.sides)


class Changes:
    """All that can be found out about answers given otherwise than these."""

    def __init__(self, guide: Guide, assessment: Assessment) -> None:
        self.guide = guide
        self.assessment = assessment
        self.ground = trials.ground(guide, assessment.answers)
        self.masks = masks.of(guide)
        self.bearing = _bearing(guide)
        self.tries: dict[str, tuple[_Try, ...]] = {}
        self.told: dict[tuple[str, int], _Told] = {}

    def single(self, *, changeable: bool = False) -> dict[str, tuple[Change, ...]]:
        """By intervention: every single change of an answer that would change its status, found by trying each; where
        ``changeable``, only of what a visitor can change."""
        outcomes = self.assessment.outcomes
        found: dict[str, list[Change]] = {key: [] for key in outcomes}
        questions = (question for question in self.guide.questions if question.changeable or not changeable)
        for change, holding, opens in itertools.chain.from_iterable(map(self._tries, questions)):
            moved = holding ^ self.ground.holding
            for key, bearing in self.bearing.items():
                if moved & bearing.rules and (told := self._told(key, holding)).status is not outcomes[key].status:
                    question, answer = change.question, change.question.picked(change.answer)
                    found[key].append(Change(question, answer, change.option, change.cleared, opens, *told))
        return {key: tuple(changes) for key, changes in found.items()}

    def pairs(
        self, interventions: Collection[str] | None = None, *, changeable: bool = False
    ) -> dict[str, tuple[Pair, ...]]:
        """By intervention: every pair of changes that brings a status which neither of the two brings alone.

        Found by trying each pair of changes of questions on which these interventions depend; where ``changeable``,
        only of what a visitor can change. The second change may be one of another box of the same question, and of a
        question that the first one opens.
        """
        outcomes, start = self.assessment.outcomes, self.ground
        wanted = list(outcomes) if interventions is None else list(interventions)
        bearing = [self.bearing[key] for key in wanted]
        criteria = functools.reduce(operator.or_, (one.criteria for one in bearing), 0)
        rules = functools.reduce(operator.or_, (one.rules for one in bearing), 0)
        free = {question for one in bearing for question in one.questions}
        questions = [q for q in self.guide.questions if q.key in free and (q.changeable or not changeable)]
        alone = {one.alternative.move: one.holding for question in questions for one in self._tries(question)}
        found: dict[str, list[Pair]] = {key: [] for key in wanted}
        for ground, first, second in self._twos(questions, criteria):
            question, other = first.question, second.question
            holding, more = ground.tried(second)
            if not ((holding ^ start.holding) & rules and (holding ^ ground.holding) & rules):
                continue
            for key in wanted:
                told = self._told(key, holding)
                if told.status in (outcomes[key].status, self._told(key, ground.holding).status):
                    continue
                if second.move in alone and told.status is self._told(key, alone[second.move]).status:
                    continue
                complete, _, path = trials.completed(self.guide, {**ground.answers, other.key: second.answer})
                if question.key not in path.asked or other.key not in path.asked:
                    break
                moves = (
                    Move(question, first.option, first.cleared, question.picked(complete[question.key])),
                    Move(other, second.option, second.cleared, other.picked(second.answer)),
                )
                opens = tuple(q for q in (*ground.opened, *more) if q.key in path.asked and q is not other)
                found[key].append(Pair(moves, opens, *told))
        return {key: tuple(pairs) for key, pairs in found.items()}

    def _tries(self, question: Question) -> tuple["_Try", ...]:
        if question.key not in self.tries:
            alternatives = self.ground.alternatives(question)
            self.tries[question.key] = tuple(_Try(one, *self.ground.tried(one)) for one in alternatives)
        return self.tries[question.key]

    def _twos(self, questions: Sequence[Question], criteria: int) -> Iterator[tuple[Ground, Alternative, Alternative]]:
        """Every two changes of these questions that may do more together than each alone does to these criteria: the
        ground that the first makes, the first, and the second."""
        start, given = self.ground, self.assessment.answers
        firsts = {question.key: [one.alternative for one in self._tries(question)] for question in questions}
        every = list(itertools.chain.from_iterable(firsts.values()))
        met = {(key, _as_set(given[key])) for key in firsts if key in given}
        met |= {(first.question.key, _as_set(first.answer)) for first in every}
        idle = {first.move for first in every if start.idle(first, criteria)}
        for first in every:
            if first.move in idle and first.question.choice is Choice.ONE:
                continue
            ground = start.moved(first)
            for second in _seconds(ground, first, questions, firsts, idle):
                if second.question is first.question:
                    reached = (second.question.key, _as_set(second.answer))
                    if reached in met:
                        continue
                    met.add(reached)
                yield ground, first, second

    def _told(self, intervention: str, holding: int) -> "_Told":
        bearing = self.bearing[intervention]
        rules = holding & bearing.rules
        known = self.told.get((intervention, rules))
        if known is None:
            status, verdict, _ = engine.decide(self.masks, bearing.subject, rules)
            lost = self.assessment.holding & ~rules & bearing.warnings
            known = _Told(status, verdict, way_round=bool(lost) and status is not Status.GET_HELP)
            self.told[intervention, rules] = known
        return known


def grouped(guide: Guide, changes: Iterable[Change]) -> tuple[ChangeGroup, ...]:
    """Changes gathered for reading: one group for each question and the status it leads to, by status."""
    gathered: dict[tuple[Status, str, bool], list[Change]] = {}
    for change in changes:
        gathered.setdefault((change.status, change.question.key, change.way_round), []).append(change)
    groups = []
    for (status, _, way_round), alike in gathered.items():
        question = alike[0].question
        picked = tuple(change.option for change in alike if not change.cleared)
        groups.append(
            ChangeGroup(
                wording=guide.wording(status),
                question=question,
                picked=picked,
                cleared=tuple(change.option for change in alike if change.cleared),
                every_sign=question.every_sign(picked),
                opens=tuple({opened.key: opened for change in alike for opened in change.opens}.values()),
                way_round=way_round,
            )
        )
    return tuple(sorted(groups, key=lambda group: STATUS_ORDER[group.wording.status]))


def grouped_pairs(guide: Guide, pairs: Iterable[Pair]) -> tuple[PairGroup, ...]:
    """Pairs gathered for reading: what may be picked on one side stands together where the other side is the same."""
    seconds: dict[tuple[Status, bool, str, str, tuple[str, bool]], list[Pair]] = {}
    for pair in pairs:
        one, other = pair.moves
        kind = (pair.status, pair.way_round, one.question.key, other.question.key, (one.option.key, one.cleared))
        seconds.setdefault(kind, []).append(pair)
    gathered: dict[tuple[Status, bool, str, str, frozenset[tuple[str, bool]]], list[list[Pair]]] = {}
    for (status, way_round, one_key, other_key, _), alike in seconds.items():
        picks = frozenset((pair.moves[1].option.key, pair.moves[1].cleared) for pair in alike)
        gathered.setdefault((status, way_round, one_key, other_key, picks), []).append(alike)
    groups = [
        PairGroup(
            wording=guide.wording(status),
            sides=(_side([alike[0].moves[0] for alike in rows]), _side([pair.moves[1] for pair in rows[0]])),
            opens=tuple({q.key: q for alike in rows for pair in alike for q in pair.opens}.values()),
            way_round=way_round,
        )
        for (status, way_round, *_), rows in gathered.items()
    ]
    return tuple(sorted(groups, key=lambda group: STATUS_ORDER[group.wording.status]))


class _Try(NamedTuple):
    """An alternative on the ground of the answers, and what `Ground.tried` makes of it."""

    alternative: Alternative
    holding: int
    opens: tuple[Question, ...]


class _Told(NamedTuple):
    """What an intervention would be told, and whether that is a way round an alert or a caution that held before."""

    status: Status
    verdict: Verdict | None
    way_round: bool


class _Bearing(NamedTuple):
    """What bears on an intervention: on what it is told, and on who is asked what."""

    subject: masks.Subject
    warnings: int
    """Alerts and cautions, as bits of `masks`."""
    rules: int
    """These, and the verdict rules."""
    criteria: int
    questions: frozenset[str]


@lasting.per_guide
def _bearing(guide: Guide) -> dict[str, _Bearing]:
    """By intervention."""
    compiled = masks.of(guide)
    alerts = sum(mask for _, mask in compiled.alerts)
    asked = masks.read_by(criterion for question in guide.questions for criterion in question.asked)
    found = {}
    for subject in compiled.subjects:
        warnings = alerts | subject.cautions
        rules = warnings | sum(mask for _, mask in subject.verdicts)
        on = (rule for place, rule in enumerate(guide.rules) if rules >> place & 1)
        found[subject.key] = _Bearing(
            subject=subject,
            warnings=warnings,
            rules=rules,
            criteria=compiled.criteria(rules),
            questions=frozenset(masks.read_by(criterion for rule in on for criterion in rule.criteria) | asked),
        )
    return found


def _seconds(
    ground: Ground,
    first: Alternative,
    questions: Sequence[Question],
    firsts: Mapping[str, Sequence[Alternative]],
    idle: Collection[tuple[str, str, bool]],
) -> Iterator[Alternative]:
    """What can be changed after the ``first`` change: another box of its question, those after it, and those that were
    opened. Not what is ``idle`` beside another."""
    if first.question.choice is Choice.MANY and not first.option.exclusive:
        yield from ground.alternatives(first.question)
    if first.move in idle:
        return
    passed = False
    for other in questions:
        if other is first.question:
            passed = True
        elif not firsts[other.key]:
            yield from ground.alternatives(other)
        elif passed:
            yield from (second for second in firsts[other.key] if second.move not in idle)


def _side(moves: Iterable[Move]) -> Side:
    unlike = {(move.option.key, move.cleared): move for move in moves}.values()
    return Side(
        question=next(iter(unlike)).question,
        picked=tuple(move.option for move in unlike if not move.cleared),
        cleared=tuple(move.option for move in unlike if move.cleared),
    )


def _as_set(answer: str | Iterable[str]) -> frozenset[str]:
    return frozenset((answer,) if isinstance(answer, str) else answer)
