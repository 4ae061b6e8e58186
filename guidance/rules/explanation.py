"""Why, why not, what would change this, what would settle it: plain data for pages, read off an assessment.

Nothing is decided here. A reason is a rule that held, with the criteria that held and the answers that made them hold;
a change is an answer that was tried on the engine.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from guidance.rules import changing, engine, lasting, masks, trials
from guidance.rules.changing import STATUS_ORDER, Change, ChangeGroup, Changes, PairGroup
from guidance.rules.engine import Assessment, Outcome
from guidance.rules.guide import (
    Appraisal,
    Choice,
    Criterion,
    Guide,
    Intervention,
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
        return self.question.every_sign(self.options)


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
        Answered(question, question.picked(answers[question.key]))
        for question in guide.questions
        if question.key in answers
    )


def conditions(guide: Guide, criteria: Iterable[Criterion]) -> tuple[Condition, ...]:
    """Criteria ready to be said in words, options gathered under their questions."""
    questions = {question.key: question for question in guide.questions}
    return tuple(_condition(questions, criterion) for criterion in criteria)


def settling(guide: Guide, assessment: Assessment, intervention: str) -> tuple[Settling, ...]:
    """Where the verdict is "cannot tell": what would settle it, and how for each answer. Else nothing."""
    outcome = assessment.outcomes[intervention]
    return tuple(_settling(guide, assessment, outcome)) if outcome.verdict is Verdict.CANNOT_TELL else ()


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

    @cached_property
    def changes(self) -> Changes:
        return Changes(self.guide, self.assessment)

    @cached_property
    def single(self) -> dict[str, tuple[Change, ...]]:
        return self.changes.single(changeable=True)

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


def _finding(book: _Book, outcome: Outcome) -> Finding:
    key = outcome.intervention
    silent = book.assessment.get_help
    others = [
        book.traced(entry) for entry in book.index.verdicts[key] if entry.rule.key not in outcome.rules and not silent
    ]
    changes, pairs = ((), ()) if silent else _offered(book, key)
    return Finding(
        intervention=book.index.interventions[key],
        status=outcome.status,
        wording=book.guide.wording(outcome.status),
        verdict=outcome.verdict,
        verdict_wording=_covered(book.guide, outcome),
        reasons=book.reasons(outcome.rules),
        cautions=() if silent else book.reasons(outcome.cautions),
        notes=tuple(reason for reason in book.reasons(book.assessment.notes) if key in reason.rule.on),
        outranked=book.reasons(traced.rule.key for traced in others if traced.held),
        why_not=tuple(sorted((t for t in others if not t.held), key=lambda traced: len(traced.failed))),
        changes=changes,
        pairs=pairs,
        settling=settling(book.guide, book.assessment, key),
    )


def _offered(book: _Book, intervention: str) -> tuple[tuple[ChangeGroup, ...], tuple[PairGroup, ...]]:
    """What a visitor is offered to change: one answer, or two where one alone changes nothing."""
    single = [change for change in book.single[intervention] if not change.way_round]
    if single:
        return changing.grouped(book.guide, single), ()
    found = book.changes.pairs([intervention], changeable=True)[intervention]
    return (), changing.grouped_pairs(book.guide, (pair for pair in found if not pair.way_round))


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
                            guide.wording(then.status),
                            _covered(guide, then),
                            tuple(_settling(guide, after, then, depth - 1)) if open_still else (),
                        )
                    )
            yield Settling(question, tuple(settled))


def _covered(guide: Guide, outcome: Outcome) -> Wording | None:
    """How the article's view is put, where a caution covers it."""
    if outcome.status is Status.ASK_FIRST and outcome.verdict:
        return guide.wording(engine.STATUS_OF[outcome.verdict])
    return None


def _condition(questions: Mapping[str, Question], criterion: Criterion, held: bool | None = None) -> Condition:
    named: dict[str, set[str]] = {}
    for name in criterion.options:
        question, _, option = name.partition(".")
        named.setdefault(question, set()).add(option)
    parts = tuple(Part(questions[key], questions[key].picked(keys)) for key, keys in named.items())
    return Condition(bool(criterion.none_of), parts, held)
