"""Why, why not, what would change this, what would settle it: plain data for pages, read off an assessment.

Nothing is decided here. A reason is a rule that held, with the criteria that held and the answers that made them hold;
a change is an answer that was tried on the engine.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from guidance.rules import engine, flow, masks
from guidance.rules.engine import Assessment, Outcome
from guidance.rules.guide import (
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


class ChangeGroup(NamedTuple):
    """Changes of one question that lead to the same status."""

    wording: Wording
    question: Question
    picked: tuple[Option, ...]
    cleared: tuple[Option, ...]
    every_sign: bool
    """Any option of the question that is not exclusive leads there."""
    opens: tuple[Question, ...]


class Settling(NamedTuple):
    """A question whose answer was left open, and the status each answer to it would bring."""

    question: Question
    outcomes: tuple[tuple[Option, Wording], ...]


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
    """All that can be said of an assessment of this guide. Under get-help no article sentence, verdict or note is in it."""
    book = _Book(guide, assessment)
    findings = [_finding(book, outcome) for outcome in assessment.outcomes.values()]
    order = list(Level)
    alerts = sorted((book.rules[key] for key in assessment.alerts), key=lambda rule: order.index(rule.level or order[-1]))
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
        Answered(question, tuple(option for option in question.options if option.key in _chosen(answers[question.key])))
        for question in guide.questions
        if question.key in answers
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
                        answer=tuple(o for o in question.options if o.key in _chosen(answers[question.key])),
                        option=option,
                        cleared=cleared,
                        opens=opens,
                        status=outcome.status,
                        verdict=outcome.verdict,
                        way_round=lost and not after.get_help,
                    )
                )
    return {key: tuple(changes) for key, changes in found.items()}


def quiet(question: Question) -> str:
    """The key of the option that says the least: "none of these" where there is one, else "not sure"."""
    return next((option.key for option in question.options if option.exclusive and not option.unknown), NOT_SURE)


class _Book:
    """The guide's values by key, and the assessment to read them with."""

    def __init__(self, guide: Guide, assessment: Assessment) -> None:
        self.guide = guide
        self.assessment = assessment
        self.masks = masks.of(guide)
        self.questions = {question.key: question for question in guide.questions}
        self.interventions = {intervention.key: intervention for intervention in guide.interventions}
        self.rules = {rule.key: rule for rule in guide.rules}
        self.place = {rule.key: place for place, rule in enumerate(guide.rules)}
        self.references = {reference.key: reference for reference in guide.references}
        self.wordings = {wording.status: wording for wording in guide.wordings}
        self.changes = {} if assessment.get_help else changes(guide, assessment)

    def looked_up(self, references: Iterable[str]) -> tuple[Reference, ...]:
        return tuple(self.references[key] for key in references)

    def wording(self, status: Status) -> Wording:
        return self.wordings.get(status) or Wording(status=status, label=status.value, text="")

    def held(self, rule: Rule) -> bool:
        return bool(self.assessment.holding >> self.place[rule.key] & 1)

    def reason(self, rule: Rule) -> Reason:
        read = {name for criterion in rule.criteria for name in criterion.options}
        asked = {name.partition(".")[0] for name in read}
        because = []
        for question, options in answered(self.guide, self.assessment.answers):
            if question.key in asked:
                named = tuple(option for option in options if f"{question.key}.{option.key}" in read)
                because.append(Answered(question, named or options))
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
    covered = outcome.status is Status.ASK_FIRST and outcome.verdict
    return Finding(
        intervention=book.interventions[key],
        status=outcome.status,
        wording=book.wording(outcome.status),
        verdict=outcome.verdict,
        verdict_wording=book.wording(engine.STATUS_OF[outcome.verdict]) if covered and outcome.verdict else None,
        reasons=tuple(book.reason(book.rules[name]) for name in outcome.rules),
        cautions=() if silent else tuple(book.reason(book.rules[name]) for name in outcome.cautions),
        notes=tuple(book.reason(rule) for rule in notes if key in rule.on),
        outranked=tuple(book.reason(traced.rule) for traced in others if traced.held),
        why_not=tuple(sorted((t for t in others if not t.held), key=lambda traced: len(traced.failed))),
        changes=_grouped(book, offered),
        settling=tuple(_settling(book, outcome)) if outcome.verdict is Verdict.CANNOT_TELL else (),
    )


def _grouped(book: _Book, offered: Iterable[Change]) -> tuple[ChangeGroup, ...]:
    gathered: dict[tuple[Status, str], list[Change]] = {}
    for change in offered:
        gathered.setdefault((change.status, change.question.key), []).append(change)
    groups = []
    for (status, key), alike in gathered.items():
        question = book.questions[key]
        picked = tuple(change.option for change in alike if not change.cleared)
        signs = {option.key for option in question.options if not option.exclusive}
        groups.append(
            ChangeGroup(
                wording=book.wording(status),
                question=question,
                picked=picked,
                cleared=tuple(change.option for change in alike if change.cleared),
                every_sign=question.choice is Choice.MANY and signs == {option.key for option in picked},
                opens=tuple({opened.key: opened for change in alike for opened in change.opens}.values()),
            )
        )
    return tuple(sorted(groups, key=lambda group: STATUS_ORDER[group.wording.status]))


def _settling(book: _Book, outcome: Outcome) -> Iterator[Settling]:
    """The open questions the winning rules read, each with what its answers would bring."""
    read = masks.read_by(criterion for key in outcome.rules for criterion in book.rules[key].criteria)
    for question, options in answered(book.guide, book.assessment.answers):
        if question.key in read and any(option.unknown for option in options):
            outcomes = []
            for option in question.options:
                if not option.unknown:
                    answer = option.key if question.choice is Choice.ONE else [option.key]
                    answers, _ = _completed(book.guide, {**book.assessment.answers, question.key: answer})
                    status = engine.assess(book.guide, answers).outcomes[outcome.intervention].status
                    outcomes.append((option, book.wording(status)))
            yield Settling(question, tuple(outcomes))


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


def _alternatives(
    guide: Guide, answers: Mapping[str, Any]
) -> Iterator[tuple[Question, Option, bool, dict[str, Any]]]:
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
