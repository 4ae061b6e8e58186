"""Why, why not, what would change this, what would settle it: plain data for pages, read off an assessment.

Nothing is decided here. A reason is a rule that held, with the criteria that held and the answers that made them hold;
a change is an answer that was tried on the engine.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from guidance.rules import engine, flow, masks
from guidance.rules.engine import Assessment, Outcome
from guidance.rules.guide import (
    GET_HELP,
    NOT_SURE,
    Appraisal,
    Choice,
    Citation,
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
    findings = [_finding(book, outcome) for outcome in assessment.outcomes.values()]
    order = list(Level)
    alerts = sorted(
        (book.rules[key] for key in assessment.alerts), key=lambda rule: order.index(rule.level or order[-1])
    )
    return Explanation(
        assessment=assessment,
        alerts=tuple(book.reason(rule) for rule in alerts),
        findings=tuple(sorted(findings, key=lambda finding: STATUS_ORDER[finding.status])),
        notes=tuple(book.reason(rule) for key in assessment.notes if not (rule := book.rules[key]).on),
        omissions=()
        if assessment.get_help
        else tuple((omission, book.looked_up(omission.references)) for omission in guide.omissions),
        answers=answered(guide, assessment.answers),
        set_aside=tuple(book.questions[key] for key in assessment.set_aside),
    )


def trace(guide: Guide, assessment: Assessment) -> tuple[Traced, ...]:
    """Every rule of the guide, held or not, and which of its criteria held."""
    book = _Book(guide, assessment)
    return tuple(book.traced(rule) for rule in guide.rules)


def answered(guide: Guide, answers: Mapping[str, Any]) -> tuple[Answered, ...]:
    """The answers as questions and options, in the guide's order."""
    return tuple(
        Answered(question, _picked(question, answers)) for question in guide.questions if question.key in answers
    )


def conditions(guide: Guide, criteria: Iterable[Criterion]) -> tuple[Condition, ...]:
    """Criteria ready to be said in words, options gathered under their questions."""
    questions = {question.key: question for question in guide.questions}
    return tuple(_condition(questions, criterion) for criterion in criteria)


def changes(guide: Guide, assessment: Assessment) -> dict[str, tuple[Change, ...]]:
    """By intervention: every single change of an answer that would change its status, found by trying each."""
    found: dict[str, list[Change]] = {key: [] for key in assessment.outcomes}
    alerts = set(assessment.alerts)
    for question, option, cleared, answers in _alternatives(guide, assessment.answers):
        answers, opens = _completed(guide, answers)
        after = engine.assess(guide, answers)
        for key, before in assessment.outcomes.items():
            outcome = after.outcomes[key]
            if outcome.status is not before.status:
                lost = not (set(before.cautions) <= set(outcome.cautions) and alerts <= set(after.alerts))
                found[key].append(
                    Change(
                        question=question,
                        answer=_picked(question, answers),
                        option=option,
                        cleared=cleared,
                        opens=opens,
                        status=outcome.status,
                        verdict=outcome.verdict,
                        way_round=lost and not after.get_help,
                    )
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
    questions = {q.key: q for q in guide.questions if q.key in free and (q.changeable or not changeable)}
    order = {question.key: place for place, question in enumerate(guide.questions)}
    given = assessment.answers
    firsts = [alternative for alternative in _alternatives(guide, given) if alternative[0].key in questions]
    singles = {(question.key, _as_set(answers[question.key])) for question, _, _, answers in firsts}
    base = {(q.key, option.key, cleared): _completed(guide, answers) for q, option, cleared, answers in firsts}
    alone = {move: engine.assess(guide, answers).outcomes for move, (answers, _) in base.items()}
    alerts = set(assessment.alerts)
    tried: set[tuple[str, frozenset[str]]] = set()
    found: dict[str, list[Pair]] = {key: [] for key in wanted}
    for question, option, cleared, _ in firsts:
        first = (question.key, option.key, cleared)
        start, opened = base[first]
        for other, second_option, second_cleared, answers in _alternatives(guide, start):
            second = (other.key, second_option.key, second_cleared)
            if other.key not in questions or (other.key in given and order[other.key] < order[question.key]):
                continue
            if other is question:
                reached = (other.key, _as_set(answers[other.key]))
                if reached in singles or reached in tried or reached[1] == _as_set(given[other.key]):
                    continue
                tried.add(reached)
            complete, more = _completed(guide, answers)
            after = engine.assess(guide, complete)
            if question.key not in after.answers or other.key not in after.answers:
                continue
            for key in wanted:
                before, outcome = assessment.outcomes[key], after.outcomes[key]
                sooner = {outcomes[key].status for move in (first, second) if (outcomes := alone.get(move))}
                if outcome.status is before.status or outcome.status in sooner:
                    continue
                lost = not (set(before.cautions) <= set(outcome.cautions) and alerts <= set(after.alerts))
                found[key].append(
                    Pair(
                        moves=(
                            Move(question, option, cleared, _picked(question, complete)),
                            Move(other, second_option, second_cleared, _picked(other, complete)),
                        ),
                        opens=tuple(q for q in (*opened, *more) if q.key in after.answers and q is not other),
                        status=outcome.status,
                        verdict=outcome.verdict,
                        way_round=lost and not after.get_help,
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


def quiet(question: Question) -> str:
    """The key of the option that says the least: "none of these" where there is one, else "not sure"."""
    return next((option.key for option in question.options if option.exclusive and not option.unknown), NOT_SURE)


class _Book:
    """The guide's values by key, and the assessment to read them with."""

    def __init__(self, guide: Guide, assessment: Assessment) -> None:
        self.guide = guide
        self.assessment = assessment
        self.questions = {question.key: question for question in guide.questions}
        self.interventions = {intervention.key: intervention for intervention in guide.interventions}
        self.rules = {rule.key: rule for rule in guide.rules}
        self.place = {rule.key: place for place, rule in enumerate(guide.rules)}
        self.references = {reference.key: reference for reference in guide.references}
        self.changes = {} if assessment.get_help else changes(guide, assessment)

    def looked_up(self, references: Iterable[str]) -> tuple[Reference, ...]:
        return tuple(self.references[key] for key in references)

    def wording(self, status: Status) -> Wording:
        return wording(self.guide, status)

    def held(self, rule: Rule) -> bool:
        return bool(self.assessment.holding >> self.place[rule.key] & 1)

    def reason(self, rule: Rule) -> Reason:
        named = {name for criterion in rule.criteria for name in criterion.any_of}
        excluding = {name.partition(".")[0] for criterion in rule.criteria for name in criterion.none_of}
        because = []
        for question, options in answered(self.guide, self.assessment.answers):
            hit = tuple(option for option in options if f"{question.key}.{option.key}" in named)
            if hit or question.key in excluding:
                because.append(Answered(question, hit or options))
        return Reason(rule, tuple(because), self.quoted(rule.citations), self.looked_up(rule.references))

    def quoted(self, citations: Iterable[Citation]) -> tuple[Quote, ...]:
        return tuple(
            Quote(citation.sentence, citation.quote, citation.counterweight, evidence(self.guide, citation.sentence))
            for citation in citations
        )

    def traced(self, rule: Rule) -> Traced:
        width, place = len(self.guide.rules), self.place[rule.key]
        return Traced(
            rule,
            self.held(rule),
            tuple(
                _condition(self.questions, criterion, bool(self.assessment.held >> (k * width + place) & 1))
                for k, criterion in enumerate(rule.criteria)
            ),
        )


def evidence(guide: Guide, sentence: int) -> tuple[Evidence, ...]:
    """The appraisals of one sentence of the article."""
    references = {reference.key: reference for reference in guide.references}
    return tuple(
        Evidence(appraisal, tuple(references[key] for key in appraisal.references))
        for appraisal in guide.appraisals
        if any(citation.sentence == sentence for citation in appraisal.citations)
    )


def _finding(book: _Book, outcome: Outcome) -> Finding:
    key = outcome.intervention
    silent = book.assessment.get_help
    others = [
        book.traced(rule)
        for rule in book.guide.rules
        if rule.kind is Kind.VERDICT and rule.on == (key,) and rule.key not in outcome.rules and not silent
    ]
    offered = [c for c in book.changes.get(key, ()) if c.question.changeable and not c.way_round]
    notes = (book.rules[name] for name in book.assessment.notes)
    return Finding(
        intervention=book.interventions[key],
        status=outcome.status,
        wording=book.wording(outcome.status),
        verdict=outcome.verdict,
        verdict_wording=_covered(book.guide, outcome),
        reasons=tuple(book.reason(book.rules[name]) for name in outcome.rules),
        cautions=() if silent else tuple(book.reason(book.rules[name]) for name in outcome.cautions),
        notes=tuple(book.reason(rule) for rule in notes if key in rule.on),
        outranked=tuple(book.reason(traced.rule) for traced in others if traced.held),
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
                    answers, _ = _completed(guide, {**assessment.answers, question.key: answer})
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


def _on_which_depend(guide: Guide, interventions: Collection[str]) -> set[str]:
    """The questions whose answers may change what is told of these interventions."""
    alerts = (rule for rule in guide.rules if rule.level in GET_HELP)
    on = (
        rule for rule in guide.rules if rule.kind in {Kind.VERDICT, Kind.CAUTION} and set(rule.on) & set(interventions)
    )
    read = masks.read_by(criterion for rule in (*alerts, *on) for criterion in rule.criteria)
    return read | masks.read_by(criterion for question in guide.questions for criterion in question.asked)


def _picked(question: Question, answers: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(option for option in question.options if option.key in _chosen(answers[question.key]))


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


def _alternatives(guide: Guide, answers: Mapping[str, Any]) -> Iterator[tuple[Question, Option, bool, dict[str, Any]]]:
    """Every way to give one answer otherwise: the question, the option touched, whether it was cleared, the answers."""
    for question in guide.questions:
        if question.key not in answers:
            continue
        now = _chosen(answers[question.key])
        alone = {option.key for option in question.options if option.exclusive}
        for option in question.options:
            if question.choice is Choice.ONE:
                if option.key not in now:
                    yield question, option, False, {**answers, question.key: option.key}
            elif option.key in now:
                if len(now) > 1:
                    rest = [key for key in now if key != option.key]
                    yield question, option, True, {**answers, question.key: rest}
            elif option.exclusive or alone & set(now):
                yield question, option, False, {**answers, question.key: [option.key]}
            else:
                yield question, option, False, {**answers, question.key: [*now, option.key]}


def _completed(guide: Guide, answers: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Question, ...]]:
    """The answers with every question that is now missing answered by its quiet option, and those questions."""
    complete = dict(answers)
    opened = []
    while question := flow.next_question(guide, complete):
        key = quiet(question)
        complete[question.key] = key if question.choice is Choice.ONE else [key]
        opened.append(question)
    return complete, tuple(opened)


def _chosen(answer: str | Iterable[str]) -> tuple[str, ...]:
    return (answer,) if isinstance(answer, str) else tuple(answer)


def _as_set(answer: str | Iterable[str]) -> frozenset[str]:
    return frozenset(_chosen(answer))
