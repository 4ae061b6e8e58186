"""Why, why not, what would change this, what would settle it: plain data for pages, read off an assessment.

Nothing is decided here. A reason is a rule that held, with the criteria that held and the answers that made them hold;
a change is an answer that was tried on the engine.
"""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from guidance.rules import engine, lasting, masks, trials
from guidance.rules.engine import Assessment, Outcome
from guidance.rules.guide import (
    GET_HELP,
    Appraisal,
    Choice,
    Criterion,
    Guide,
    Intervention,
    Kind,
    Level,
    Omission,
    Option,
    Question,
    Reference,
    Rule,
    Status,
    Verdict,
    Wording,
)
from guidance.rules.trials import Alternative, Ground

STATUS_ORDER = {status: place for place, status in enumerate(Status)}


class Answered(NamedTuple):
    """A question and the options chosen in it."""

    question: Question
    options: tuple[Option, ...]


class Part(NamedTuple):
    """The options of one question that a criterion names."""

    question: Question
    options: tuple[Option, ...]

    @property
    def every_sign(self) -> bool:
        return _every_sign(self.question, self.options)


class Condition(NamedTuple):
    """A criterion ready to be said in words: any of these, or none of these; held or not where answers were given."""

    none_of: bool
    parts: tuple[Part, ...]
    held: bool | None = None


class Evidence(NamedTuple):
    """An appraisal with its references looked up. Not from the article."""

    appraisal: Appraisal
    references: tuple[Reference, ...]


class Quote(NamedTuple):
    """One sentence of the article, to the letter, and how wider evidence stands to it."""

    sentence: int
    text: str
    counterweight: bool
    evidence: tuple[Evidence, ...]


class Reason(NamedTuple):
    """A rule that holds: its words, the answers that made it hold, and on whose word it stands."""

    rule: Rule
    because: tuple[Answered, ...]
    quotes: tuple[Quote, ...]
    references: tuple[Reference, ...]


class Traced(NamedTuple):
    """A rule on these answers: held or not, criterion by criterion."""

    rule: Rule
    held: bool
    conditions: tuple[Condition, ...]

    @property
    def failed(self) -> tuple[Condition, ...]:
        return tuple(condition for condition in self.conditions if not condition.held)


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
        return _every_sign(self.question, self.picked)


class PairGroup(NamedTuple):
    """Pairs of changes of the same two questions that lead to the same status: any of the one with any of the other."""

    wording: Wording
    sides: tuple[Side, Side]
    opens: tuple[Question, ...]
    way_round: bool

    @property
    def changeable(self) -> bool:
        return all(side.question.changeable for side in self.sides)


class Settled(NamedTuple):
    """An answer to an open question and what it would bring."""

    option: Option
    wording: Wording
    verdict_wording: Wording | None
    """How the article's view would be put, where a caution would cover it."""
    then: tuple["Settling", ...]
    """Where the verdict would still be open: what else would have to be settled."""


class Settling(NamedTuple):
    """A question whose answer was left open, and what each answer to it would bring."""

    question: Question
    outcomes: tuple[Settled, ...]


class Finding(NamedTuple):
    """Everything a page says of one intervention."""

    intervention: Intervention
    status: Status
    wording: Wording
    verdict: Verdict | None
    verdict_wording: Wording | None
    """How the article's view is put, where a caution covers it."""
    reasons: tuple[Reason, ...]
    cautions: tuple[Reason, ...]
    notes: tuple[Reason, ...]
    outranked: tuple[Reason, ...]
    """Verdict rules that hold and gave way to a stronger verdict."""
    why_not: tuple[Traced, ...]
    """Verdict rules that do not hold, nearest first."""
    changes: tuple[ChangeGroup, ...]
    pairs: tuple[PairGroup, ...]
    """Only where no single change can be offered."""
    settling: tuple[Settling, ...]

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """The sentences that stand behind the verdict, each once."""
        return tuple({quote.sentence: quote for reason in self.reasons for quote in reason.quotes}.values())


class Explanation(NamedTuple):
    """Everything a result page says."""

    assessment: Assessment
    alerts: tuple[Reason, ...]
    """Soonest first."""
    findings: tuple[Finding, ...]
    """One for every intervention, ordered by status, then as in the guide."""
    notes: tuple[Reason, ...]
    """Notes on the whole result."""
    omissions: tuple[tuple[Omission, tuple[Reference, ...]], ...]
    answers: tuple[Answered, ...]
    set_aside: tuple[Question, ...]

    @property
    def get_help(self) -> bool:
        return self.assessment.get_help

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Every sentence shown on the page, each once, in reading order."""
        shown = {q.sentence: q for finding in self.findings for r in finding.reasons + finding.notes for q in r.quotes}
        shown |= {q.sentence: q for reason in self.notes for q in reason.quotes}
        return tuple(shown[number] for number in sorted(shown))


def explain(guide: Guide, assessment: Assessment) -> Explanation:
    """All that can be said of an assessment. Under get-help no article sentence, verdict or note is in it."""
    book = _Book(guide, assessment)
    found = {} if assessment.get_help else changes(guide, assessment, changeable=True)
    findings = [_finding(book, outcome, found.get(key, ())) for key, outcome in assessment.outcomes.items()]
    order = list(Level)
    alerts = book.reasons(assessment.alerts)
    return Explanation(
        assessment=assessment,
        alerts=tuple(sorted(alerts, key=lambda reason: order.index(reason.rule.level or order[-1]))),
        findings=tuple(sorted(findings, key=lambda finding: STATUS_ORDER[finding.status])),
        notes=tuple(reason for reason in book.reasons(assessment.notes) if not reason.rule.on),
        omissions=() if assessment.get_help else book.index.omissions,
        answers=book.answered,
        set_aside=tuple(book.index.questions[key] for key in assessment.set_aside),
    )


def trace(guide: Guide, assessment: Assessment) -> tuple[Traced, ...]:
    """Every rule of the guide, held or not, and which of its criteria held."""
    book = _Book(guide, assessment)
    return tuple(book.traced(entry) for entry in book.index.rules.values())


def answered(guide: Guide, answers: Mapping[str, Any]) -> tuple[Answered, ...]:
    """The answers as questions and options, in the guide's order."""
    return tuple(
        Answered(question, _picked(question, answers[question.key]))
        for question in guide.questions
        if question.key in answers
    )


def conditions(guide: Guide, criteria: Iterable[Criterion]) -> tuple[Condition, ...]:
    """Criteria ready to be said in words, options gathered under their questions."""
    questions = {question.key: question for question in guide.questions}
    return tuple(_condition(questions, criterion) for criterion in criteria)


def changes(guide: Guide, assessment: Assessment, *, changeable: bool = False) -> dict[str, tuple[Change, ...]]:
    """By intervention: every single change of an answer that would change its status, found by trying each; where
    ``changeable``, only of what a visitor can change."""
    found: dict[str, list[Change]] = {key: [] for key in assessment.outcomes}
    ground = trials.ground(guide, assessment.answers)
    told = _Telling(guide, assessment)
    questions = (question for question in guide.questions if question.changeable or not changeable)
    for change in itertools.chain.from_iterable(map(ground.alternatives, questions)):
        holding, opens = ground.tried(change)
        if holding == ground.holding:
            continue
        picked = _picked(change.question, change.answer)
        for key, before in assessment.outcomes.items():
            status, verdict, way_round = told.of(key, holding)
            if status is not before.status:
                found[key].append(
                    Change(change.question, picked, change.option, change.cleared, opens, status, verdict, way_round)
                )
    return {key: tuple(changes) for key, changes in found.items()}


def pairs(
    guide: Guide, assessment: Assessment, interventions: Collection[str] | None = None, *, changeable: bool = False
) -> dict[str, tuple[Pair, ...]]:
    """By intervention: every pair of changes that brings a status which neither of the two brings alone.

    Found by trying each pair of changes of questions on which these interventions depend; where ``changeable``, only of
    what a visitor can change. The second change may also be one of a question that the first one opens.
    """
    wanted = list(assessment.outcomes) if interventions is None else list(interventions)
    free = _on_which_depend(guide, wanted)
    questions = [q for q in guide.questions if q.key in free and (q.changeable or not changeable)]
    given = assessment.answers
    start = trials.ground(guide, given)
    firsts = {question.key: tuple(start.alternatives(question)) for question in questions}
    singles = {(key, _as_set(first.answer)) for key, alternatives in firsts.items() for first in alternatives}
    grounds = {first.move: start.moved(first) for first in itertools.chain.from_iterable(firsts.values())}
    told = _Telling(guide, assessment)
    tried: set[tuple[str, frozenset[str]]] = set()
    found: dict[str, list[Pair]] = {key: [] for key in wanted}
    for first in itertools.chain.from_iterable(firsts.values()):
        question, ground = first.question, grounds[first.move]
        for second in _seconds(ground, question, questions, firsts):
            other = second.question
            if other is question:
                reached = (other.key, _as_set(second.answer))
                if reached in singles or reached in tried or reached[1] == _as_set(given[other.key]):
                    continue
                tried.add(reached)
            holding, more = ground.tried(second)
            if holding in (start.holding, ground.holding):
                continue
            for key in wanted:
                status, verdict, way_round = told.of(key, holding)
                if status in (assessment.outcomes[key].status, told.of(key, ground.holding).status):
                    continue
                if second.move in grounds and status is told.of(key, grounds[second.move].holding).status:
                    continue
                complete, _, path = trials.completed(guide, {**ground.answers, other.key: second.answer})
                if question.key not in path.asked or other.key not in path.asked:
                    break
                found[key].append(
                    Pair(
                        moves=(
                            Move(question, first.option, first.cleared, _picked(question, complete[question.key])),
                            Move(other, second.option, second.cleared, _picked(other, second.answer)),
                        ),
                        opens=tuple(q for q in (*ground.opened, *more) if q.key in path.asked and q is not other),
                        status=status,
                        verdict=verdict,
                        way_round=way_round,
                    )
                )
    return {key: tuple(pairs) for key, pairs in found.items()}


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
                wording=wording(guide, status),
                question=question,
                picked=picked,
                cleared=tuple(change.option for change in alike if change.cleared),
                every_sign=_every_sign(question, picked),
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
            wording=wording(guide, status),
            sides=(_side([alike[0].moves[0] for alike in rows]), _side([pair.moves[1] for pair in rows[0]])),
            opens=tuple({q.key: q for alike in rows for pair in alike for q in pair.opens}.values()),
            way_round=way_round,
        )
        for (status, way_round, *_), rows in gathered.items()
    ]
    return tuple(sorted(groups, key=lambda group: STATUS_ORDER[group.wording.status]))


def settling(guide: Guide, assessment: Assessment, intervention: str) -> tuple[Settling, ...]:
    """Where the verdict is "cannot tell": what would settle it, and how for each answer. Else nothing."""
    outcome = assessment.outcomes[intervention]
    return tuple(_settling(guide, assessment, outcome)) if outcome.verdict is Verdict.CANNOT_TELL else ()


def wording(guide: Guide, status: Status) -> Wording:
    """How a status is put to visitors."""
    plain = Wording(status=status, label=status.value, text="")
    return next((wording for wording in guide.wordings if wording.status is status), plain)


class _Entry(NamedTuple):
    """A rule and what can be said of it whatever the answers."""

    rule: Rule
    place: int
    reads: tuple[tuple[Question, frozenset[str], bool], ...]
    """Each question with the options that speak for the rule, and whether others speak against it."""
    quotes: tuple[Quote, ...]
    references: tuple[Reference, ...]
    conditions: tuple[tuple[Condition, Condition], ...]
    """Each criterion, not held and held."""


class _Index(NamedTuple):
    """A guide's values by key."""

    questions: dict[str, Question]
    interventions: dict[str, Intervention]
    rules: dict[str, _Entry]
    verdicts: dict[str, tuple[_Entry, ...]]
    """Rules by the intervention they have a verdict on."""
    omissions: tuple[tuple[Omission, tuple[Reference, ...]], ...]


@lasting.per_guide
def _index(guide: Guide) -> _Index:
    references = {reference.key: reference for reference in guide.references}
    entries = {rule.key: _entry(guide, rule, place, references) for place, rule in enumerate(guide.rules)}
    return _Index(
        questions={question.key: question for question in guide.questions},
        interventions={intervention.key: intervention for intervention in guide.interventions},
        rules=entries,
        verdicts={
            intervention.key: tuple(
                entry for entry in entries.values() if entry.rule.verdict and entry.rule.on == (intervention.key,)
            )
            for intervention in guide.interventions
        },
        omissions=tuple(
            (omission, tuple(references[key] for key in omission.references)) for omission in guide.omissions
        ),
    )


def _entry(guide: Guide, rule: Rule, place: int, references: Mapping[str, Reference]) -> _Entry:
    questions = {question.key: question for question in guide.questions}
    named = [name.partition(".") for criterion in rule.criteria for name in criterion.any_of]
    excluding = {name.partition(".")[0] for criterion in rule.criteria for name in criterion.none_of}
    read = masks.read_by(rule.criteria)
    return _Entry(
        rule=rule,
        place=place,
        reads=tuple(
            (question, frozenset(option for key, _, option in named if key == question.key), question.key in excluding)
            for question in guide.questions
            if question.key in read
        ),
        quotes=tuple(Quote(c.sentence, c.quote, c.counterweight, evidence(guide, c.sentence)) for c in rule.citations),
        references=tuple(references[key] for key in rule.references),
        conditions=tuple(
            (_condition(questions, criterion, False), _condition(questions, criterion, True))
            for criterion in rule.criteria
        ),
    )


class _Book:
    """What is said of a guide's rules on one set of answers."""

    def __init__(self, guide: Guide, assessment: Assessment) -> None:
        self.guide = guide
        self.index = _index(guide)
        self.assessment = assessment
        self.answered = answered(guide, assessment.answers)
        self.options = {question.key: options for question, options in self.answered}

    def reasons(self, rules: Iterable[str]) -> tuple[Reason, ...]:
        return tuple(self.reason(self.index.rules[key]) for key in rules)

    def reason(self, entry: _Entry) -> Reason:
        because = []
        for question, named, excluding in entry.reads:
            if options := self.options.get(question.key):
                hit = tuple(option for option in options if option.key in named)
                if hit or excluding:
                    because.append(Answered(question, hit or options))
        return Reason(entry.rule, tuple(because), entry.quotes, entry.references)

    def traced(self, entry: _Entry) -> Traced:
        width, held = len(self.index.rules), self.assessment.held >> entry.place
        conditions = tuple(both[held >> k * width & 1] for k, both in enumerate(entry.conditions))
        return Traced(entry.rule, bool(self.assessment.holding >> entry.place & 1), conditions)


def evidence(guide: Guide, sentence: int) -> tuple[Evidence, ...]:
    """The appraisals of one sentence of the article."""
    references = {reference.key: reference for reference in guide.references}
    return tuple(
        Evidence(appraisal, tuple(references[key] for key in appraisal.references))
        for appraisal in guide.appraisals
        if any(citation.sentence == sentence for citation in appraisal.citations)
    )


def _finding(book: _Book, outcome: Outcome, changes: Iterable[Change]) -> Finding:
    key = outcome.intervention
    silent = book.assessment.get_help
    others = [
        book.traced(entry) for entry in book.index.verdicts[key] if entry.rule.key not in outcome.rules and not silent
    ]
    offered = [change for change in changes if not change.way_round]
    return Finding(
        intervention=book.index.interventions[key],
        status=outcome.status,
        wording=wording(book.guide, outcome.status),
        verdict=outcome.verdict,
        verdict_wording=_covered(book.guide, outcome),
        reasons=book.reasons(outcome.rules),
        cautions=() if silent else book.reasons(outcome.cautions),
        notes=tuple(reason for reason in book.reasons(book.assessment.notes) if key in reason.rule.on),
        outranked=book.reasons(traced.rule.key for traced in others if traced.held),
        why_not=tuple(sorted((t for t in others if not t.held), key=lambda traced: len(traced.failed))),
        changes=grouped(book.guide, offered),
        pairs=() if offered or silent else _offered_pairs(book, key),
        settling=settling(book.guide, book.assessment, key),
    )


def _offered_pairs(book: _Book, intervention: str) -> tuple[PairGroup, ...]:
    found = pairs(book.guide, book.assessment, [intervention], changeable=True)[intervention]
    return grouped_pairs(book.guide, (pair for pair in found if not pair.way_round))


def _settling(guide: Guide, assessment: Assessment, outcome: Outcome, depth: int = 2) -> Iterator[Settling]:
    """The open questions the winning rules read, each with what its answers would bring, and then those still open."""
    winning = (rule for rule in guide.rules if rule.key in outcome.rules)
    read = masks.read_by(criterion for rule in winning for criterion in rule.criteria)
    for question, options in answered(guide, assessment.answers):
        if question.key in read and any(option.unknown for option in options):
            settled = []
            for option in question.options:
                if not option.unknown:
                    answer = option.key if question.choice is Choice.ONE else [option.key]
                    answers, _, _ = trials.completed(guide, {**assessment.answers, question.key: answer})
                    after = engine.assess(guide, answers)
                    then = after.outcomes[outcome.intervention]
                    open_still = then.verdict is Verdict.CANNOT_TELL and depth > 1
                    settled.append(
                        Settled(
                            option,
                            wording(guide, then.status),
                            _covered(guide, then),
                            tuple(_settling(guide, after, then, depth - 1)) if open_still else (),
                        )
                    )
            yield Settling(question, tuple(settled))


def _covered(guide: Guide, outcome: Outcome) -> Wording | None:
    """How the article's view is put, where a caution covers it."""
    if outcome.status is Status.ASK_FIRST and outcome.verdict:
        return wording(guide, engine.STATUS_OF[outcome.verdict])
    return None


def _every_sign(question: Question, picked: Collection[Option]) -> bool:
    signs = {option.key for option in question.options if not option.exclusive}
    return question.choice is Choice.MANY and signs == {option.key for option in picked}


def _side(moves: Iterable[Move]) -> Side:
    unlike = {(move.option.key, move.cleared): move for move in moves}.values()
    return Side(
        question=next(iter(unlike)).question,
        picked=tuple(move.option for move in unlike if not move.cleared),
        cleared=tuple(move.option for move in unlike if move.cleared),
    )


def _seconds(
    ground: Ground, question: Question, questions: Sequence[Question], firsts: Mapping[str, Sequence[Alternative]]
) -> Iterator[Alternative]:
    """What can be changed after a change of ``question``: it once more, those after it, and those that were opened."""
    yield from ground.alternatives(question)
    passed = False
    for other in questions:
        if other is question:
            passed = True
        elif not firsts[other.key]:
            yield from ground.alternatives(other)
        elif passed:
            yield from firsts[other.key]


def _on_which_depend(guide: Guide, interventions: Collection[str]) -> set[str]:
    """The questions whose answers may change what is told of these interventions."""
    alerts = (rule for rule in guide.rules if rule.level in GET_HELP)
    on = (
        rule for rule in guide.rules if rule.kind in {Kind.VERDICT, Kind.CAUTION} and set(rule.on) & set(interventions)
    )
    read = masks.read_by(criterion for rule in (*alerts, *on) for criterion in rule.criteria)
    return read | masks.read_by(criterion for question in guide.questions for criterion in question.asked)


def _picked(question: Question, answer: str | Iterable[str]) -> tuple[Option, ...]:
    chosen = _chosen(answer)
    return tuple(option for option in question.options if option.key in chosen)


def _condition(questions: Mapping[str, Question], criterion: Criterion, held: bool | None = None) -> Condition:
    named: dict[str, set[str]] = {}
    for name in criterion.options:
        question, _, option = name.partition(".")
        named.setdefault(question, set()).add(option)
    parts = tuple(
        Part(questions[key], tuple(option for option in questions[key].options if option.key in keys))
        for key, keys in named.items()
    )
    return Condition(bool(criterion.none_of), parts, held)


class _Told(NamedTuple):
    """What an intervention would be told, and whether that is a way round an alert or a caution that held before."""

    status: Status
    verdict: Verdict | None
    way_round: bool


class _Telling:
    """What an intervention would be told where other rules held than do."""

    def __init__(self, guide: Guide, assessment: Assessment) -> None:
        self.masks = masks.of(guide)
        self.before = assessment.holding
        self.alerts = sum(mask for _, mask in self.masks.alerts)
        self.subjects = {subject.key: subject for subject in self.masks.subjects}
        self.reads = {
            subject.key: self.alerts | subject.cautions | sum(mask for _, mask in subject.verdicts)
            for subject in self.masks.subjects
        }
        self.known: dict[tuple[str, int], _Told] = {}

    def of(self, intervention: str, holding: int) -> _Told:
        rules = holding & self.reads[intervention]
        if (intervention, rules) not in self.known:
            subject = self.subjects[intervention]
            status, verdict, _ = engine.decide(self.masks, subject, rules)
            lost = self.before & ~rules & (self.alerts | subject.cautions)
            told = _Told(status, verdict, way_round=bool(lost) and status is not Status.GET_HELP)
            self.known[intervention, rules] = told
        return self.known[intervention, rules]


def _chosen(answer: str | Iterable[str]) -> tuple[str, ...]:
    return (answer,) if isinstance(answer, str) else tuple(answer)


def _as_set(answer: str | Iterable[str]) -> frozenset[str]:
    return frozenset(_chosen(answer))
