"""Problems that are found by searching all possible answer sets, and the proof that there are no others."""

import random
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from guidance.rules import documents, engine, masks
from guidance.rules.answer_space import quiet
from guidance.rules.clauses import NotProved, Space
from guidance.rules.guide import (
    AGAINST,
    FOR,
    GET_HELP,
    NOT_SURE,
    Answers,
    Choice,
    Guarantee,
    Guide,
    Kind,
    Question,
    Rule,
    Verdict,
)
from guidance.rules.problem import Problem, error, listed, warning

Item = TypeVar("Item")

SAMPLES = 300
CALM = 0.93
"""How often a sampled answer to a question that get-help alerts read is its quiet one."""

ORDER = {verdict: rank for rank, verdict in enumerate(Verdict)}


class Broken(NamedTuple):
    """A guarantee that an answer set breaks."""

    intervention: str
    example: Answers


def problems(space: Space) -> Iterator[Problem]:
    """Everything that only a search among the answer sets shows. What the time does not allow is named "not-proved"."""
    guide = space.guide
    try:
        if space.find() is None:
            yield error(
                "no-answers",
                "questions",
                "There is no way to answer all the questions.",
                "Give every question options that can be chosen.",
            )
            return
    except NotProved:
        yield _not_proved("whether the questions can be answered at all", ["questions"])
        return
    prover = _Prover(space)
    rules = list(documents.rules(guide))
    verdicts = [(place, rule) for place, rule in rules if rule.kind is Kind.VERDICT]
    interventions = [(f"interventions[{i}] {item.key}", item.key) for i, item in enumerate(guide.interventions)]
    yield from _each("whether an intervention always has a verdict", interventions, prover.gap)
    yield from _each("whether the rules can hold", rules, prover.never_holds)
    yield from _each("whether the verdicts can win", verdicts, prover.never_wins)
    yield from _each("whether verdicts contradict each other", verdicts, prover.contradictions)
    yield from _each("whether the rules named under 'outranks' contradict", verdicts, prover.outranks)
    yield from _each("whether the questions are ever asked", list(documents.questions(guide)), prover.unreachable)
    yield from _each("whether alerts come in time", documents.late_signs(guide), prover.late)
    guarantees = [(f"guarantees[{g}] {item.key}", item) for g, item in enumerate(guide.guarantees)]
    yield from _each("whether the guarantees are kept", guarantees, prover.guarantee)
    yield from _each("whether sentences are cited within their scope", rules, prover.scopes)
    yield from _each("whether a 'not-sure' says more than it can", list(documents.questions(guide)), prover.unsure)
    yield from _each("whether a rule makes another superfluous", rules, prover.superfluous)
    yield from _each("whether every criterion rules something out", rules, prover.idle)
    yield from _each("whether every option a rule names makes a difference", rules, prover.idle_options)
    yield from _each("whether alerts hold without a sign", rules, prover.signless)


def broken(space: Space, guarantee: Guarantee) -> Iterator[Broken]:
    """For each intervention of the guarantee that breaks it, an answer set that does. Raises `NotProved`."""
    when = space.all_hold(guarantee.when)
    for intervention in guarantee.on:
        if guarantee.always:
            against = -space.status(intervention, guarantee.always)
        else:
            against = space.search.any_of(space.status(intervention, status) for status in guarantee.never)
        if (example := space.example(when, against)) is not None:
            yield Broken(intervention, example)


def _each(
    claim: str, items: Iterable[tuple[str, Item]], check: Callable[[str, Item], Iterator[Problem]]
) -> Iterator[Problem]:
    unproved = []
    for place, item in items:
        try:
            yield from check(place, item)
        except NotProved:
            unproved.append(place)
    if unproved:
        yield _not_proved(claim, unproved)


def _not_proved(claim: str, places: list[str]) -> Problem:
    more = [f"{len(places) - 3} more"] if len(places) > 3 else []
    return error(
        "not-proved",
        places[0],
        f"Not proved in the time given: {claim}. Open for {listed([*places[:3], *more])}.",
        "Give the proof more time, or make the guide simpler.",
    )


class _Prover:
    """The checks, each for one thing at one place. What samples have shown needs no search."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.guide = space.guide
        self.rule = {rule.key: rule for rule in self.guide.rules}
        self.held = dict.fromkeys(self.rule, 0)
        """By rule, the samples for which it holds, as bits."""
        self.shown = dict.fromkeys(self.rule, 0)
        """The same where no alert asks for help."""
        self.won = dict.fromkeys(self.rule, 0)
        self._sample()

    def gap(self, place: str, intervention: str) -> Iterator[Problem]:
        space = self.space
        if (example := space.example(-space.get_help, space.wins(intervention, None))) is not None:
            yield error(
                "gap",
                place,
                f"For some answers no verdict rule on {intervention} holds.",
                "Widen a rule, or add one, so that every answer set has a verdict.",
                example,
            )

    def never_holds(self, place: str, rule: Rule) -> Iterator[Problem]:
        space = self.space
        if self.shown[rule.key] or space.search.possible([space.rules[rule.key], -space.get_help]):
            return
        under_help = space.example(space.rules[rule.key])
        if under_help is None:
            yield error(
                "rule-never-holds",
                place,
                f"No possible answers make all criteria of the {rule.kind} hold.",
                "Look for criteria that exclude each other, or questions that are not asked together.",
            )
        elif rule.kind in {Kind.CAUTION, Kind.NOTE}:
            yield error(
                "rule-never-shown",
                place,
                f"The {rule.kind} holds only where an alert asks for help first, and so is never shown.",
                "Widen it, or remove it.",
                under_help,
            )

    def never_wins(self, place: str, rule: Rule) -> Iterator[Problem]:
        space, key = self.space, rule.key
        if self.won[key] or not rule.verdict:
            return
        wins = space.wins(rule.on[0], rule.verdict)
        if not space.search.possible([space.rules[key], -space.get_help, wins]):
            example = space.example(space.rules[key], -space.get_help) or space.example(space.rules[key])
            if example is None:
                return
            holding = engine.assess(self.guide, example).outcomes[rule.on[0]].rules
            over = (
                f"Where it holds, a stronger verdict does too, here of {listed(holding)}."
                if holding
                else ("It holds only where an alert asks for help first.")
            )
            yield error(
                "verdict-never-wins",
                place,
                f"The verdict '{rule.verdict}' of this rule is never the one that is given. {over}",
                "Narrow the stronger rule, widen this one, or remove it.",
                example,
            )

    def contradictions(self, place: str, rule: Rule) -> Iterator[Problem]:
        if rule.verdict not in FOR:
            return
        space = self.space
        holds = [space.rules[rule.key], -space.get_help]
        against = [
            other.key
            for other in self.guide.rules
            if other.verdict in AGAINST
            and other.on == rule.on
            and other.key not in rule.outranks
            and rule.key not in other.outranks
        ]
        while against and space.search.possible([*holds, space.search.any_of(space.rules[key] for key in against)]):
            together = [key for key in against if space.search.holds(space.rules[key])]
            found = space.answers()
            against = [key for key in against if key not in together]
            for key in together:
                yield error(
                    "contradiction",
                    place,
                    f"On the same answers this rule says '{rule.verdict}' of {rule.on[0]} and "
                    f"'{key}' says '{self.rule[key].verdict}'.",
                    f"Narrow one of the two, or name '{key}' under 'outranks' here.",
                    space.example(*holds, space.rules[key]) if space.patient else found,
                )

    def outranks(self, place: str, rule: Rule) -> Iterator[Problem]:
        space = self.space
        for key in dict.fromkeys(rule.outranks):
            other = self.rule[key]
            if other.on == rule.on and rule.verdict and other.verdict and ORDER[other.verdict] < ORDER[rule.verdict]:
                yield error(
                    "outranks-wrong-way",
                    place,
                    f"The rule says that it outranks '{key}', and the fixed order of verdicts puts "
                    f"'{other.verdict}' above '{rule.verdict}'.",
                    f"Name this rule under 'outranks' of '{key}' instead.",
                    space.example(space.rules[rule.key], space.rules[key], -space.get_help),
                )
                continue
            opposed = other.on == rule.on and rule.verdict in FOR and other.verdict in AGAINST
            together = [space.rules[rule.key], space.rules[key], -space.get_help]
            if not opposed or not space.search.possible(together):
                yield warning(
                    "outranks-nothing",
                    place,
                    f"The rule says that it outranks '{key}', and the two never contradict each other.",
                    "Remove the name from 'outranks'.",
                )

    def unreachable(self, place: str, question: Question) -> Iterator[Problem]:
        space = self.space
        if not space.search.possible([space.asked[question.key]]):
            yield error(
                "question-unreachable",
                place,
                "No possible answers lead to this question.",
                "Look at when it is asked, and at the alerts before it that end the questions.",
            )
            return
        for o, option in enumerate(question.options):
            name = f"{question.key}.{option.key}"
            if not space.search.possible([space.chosen[name]]):
                yield error(
                    "option-unreachable",
                    f"{place.partition(' ')[0]}.options[{o}] {name}",
                    f"The option '{name}' can never be part of a complete set of answers.",
                    "Look at the questions that follow when it is chosen.",
                )

    def late(self, place: str, late: tuple[Question, tuple[str, ...]]) -> Iterator[Problem]:
        question, early = late
        space = self.space
        alerts = space.search.any_of(
            space.rules[rule.key]
            for rule in self.guide.rules
            if rule.level in GET_HELP and question.key in masks.read_by(rule.criteria)
        )
        asked = space.search.any_of(space.asked[key] for key in early)
        example = space.example(alerts, space.asked[question.key], asked)
        if question.asked:
            mend = f"Put it directly after {listed(self._in_order(masks.read_by(question.asked)))}."
        else:
            mend = f"Put it before {early[0]}."
        yield error(
            "late-alert",
            place,
            f"A sign that ends the questions is asked here, and {listed(early)} {'was' if len(early) == 1 else 'were'} "
            "asked before it.",
            mend,
            example,
        )

    def guarantee(self, place: str, guarantee: Guarantee) -> Iterator[Problem]:
        space = self.space
        if not guarantee.on or not space.search.possible([space.all_hold(guarantee.when)]):
            yield error(
                "guarantee-empty",
                place,
                "No possible answers fall under the guarantee, so it promises nothing.",
                "Say when it must hold, and on what.",
            )
            return
        promise = f"always {guarantee.always}" if guarantee.always else f"never {' or '.join(guarantee.never)}"
        for intervention, example in broken(space, guarantee):
            status = engine.assess(self.guide, example).outcomes[intervention].status
            yield error(
                "guarantee-broken",
                place,
                f"Promised: {intervention} is {promise}. For some answers it is '{status}'.",
                "Change the rules that decide these answers, or take the promise back.",
                example,
            )

    def scopes(self, place: str, rule: Rule) -> Iterator[Problem]:
        if rule.kind not in {Kind.VERDICT, Kind.NOTE}:
            return
        space = self.space
        for scope in self.guide.scopes:
            limited = {citation.sentence for citation in scope.citations}
            cited = [c for c, citation in enumerate(rule.citations) if citation.sentence in limited]
            if not cited:
                continue
            outside = [space.rules[rule.key], -space.get_help, -space.all_hold(scope.criteria)]
            if (example := space.example(*outside)) is not None:
                yield error(
                    "out-of-scope",
                    f"{place.partition(' ')[0]}.citations[{cited[0]}] {rule.key}",
                    f"Sentence {rule.citations[cited[0]].sentence} is cited where the scope '{scope.key}' does not "
                    f"hold: {scope.reason}",
                    "Narrow the rule to the scope, or cite another sentence.",
                    example,
                )

    def superfluous(self, place: str, rule: Rule) -> Iterator[Problem]:
        space = self.space
        hidden = [] if rule.level in GET_HELP else [-space.get_help]
        for other in self._rivals(rule):
            earlier = self.guide.rules.index(other) < self.guide.rules.index(rule)
            alike = not self._told_apart(other, rule) and not space.search.possible(
                [*hidden, space.rules[other.key], -space.rules[rule.key]]
            )
            if (
                not space.search.possible([*hidden, space.rules[rule.key], -space.rules[other.key]])
                and (alike or rule.kind is not Kind.NOTE)
                and (earlier or not alike)
                and (example := space.example(*hidden, space.rules[rule.key], space.rules[other.key])) is not None
            ):
                yield warning(
                    "superfluous-rule",
                    place,
                    f"Wherever this rule holds, '{other.key}' holds and decides the same.",
                    "Remove one of the two, or narrow the other.",
                    example,
                )
                return

    def idle(self, place: str, rule: Rule) -> Iterator[Problem]:
        space = self.space
        hidden = [] if rule.level in GET_HELP else [-space.get_help]
        if not space.search.possible([*hidden, space.rules[rule.key]]):
            return
        criteria = [space.criterion(criterion) for criterion in rule.criteria]
        for k, criterion in enumerate(criteria):
            others = criteria[:k] + criteria[k + 1 :]
            if not space.search.possible([*hidden, *others, -criterion]):
                yield warning(
                    "criterion-idle",
                    f"{place.partition(' ')[0]}.criteria[{k}] {rule.key}",
                    "The criterion rules nothing out: it holds wherever the rest of the rule does.",
                    "Remove it, or name fewer options.",
                    space.example(*hidden, space.rules[rule.key]),
                )

    def idle_options(self, place: str, rule: Rule) -> Iterator[Problem]:
        """Options of a criterion without which every visitor would be told the same."""
        space = self.space
        shown = [] if rule.level in GET_HELP else [-space.get_help]
        if rule.verdict:
            shown.append(space.wins(rule.on[0], rule.verdict))
        if not space.search.possible([*shown, space.rules[rule.key]]):
            return
        for k, criterion in enumerate(rule.criteria):
            rest = [space.criterion(other) for other in rule.criteria if other is not criterion]
            for name in criterion.options if len(criterion.options) > 1 else ():
                others = [-space.chosen[other] for other in criterion.options if other != name]
                alone = [*rest, *others, space.chosen[name]]
                if not space.search.possible([*alone, *([-space.get_help] if criterion.none_of else shown)]):
                    yield warning(
                        "option-idle",
                        f"{place.partition(' ')[0]}.criteria[{k}] {rule.key}",
                        f"Naming '{name}' here makes no difference to what anyone is told.",
                        "Leave it out.",
                        space.example(*shown, space.rules[rule.key]),
                    )

    def signless(self, place: str, rule: Rule) -> Iterator[Problem]:
        """An alert on boxes to tick that holds where none is ticked but those that say "none" or "not sure"."""
        if rule.kind is not Kind.ALERT:
            return
        space = self.space
        read = masks.read_by(rule.criteria)
        asked = [question for question in self.guide.questions if question.key in read]
        if not asked or any(question.choice is Choice.ONE for question in asked):
            return
        ticked = [
            space.chosen[f"{question.key}.{option.key}"]
            for question in asked
            for option in question.options
            if not option.exclusive
        ]
        example = space.example(space.rules[rule.key], *(-literal for literal in ticked))
        if example is not None:
            yield error(
                "alert-without-sign",
                place,
                f"The alert holds though no sign of {listed(self._in_order(read))} is ticked.",
                "Let it hold on signs alone: 'none' and 'not-sure' are not signs.",
                example,
            )

    def unsure(self, place: str, question: Question) -> Iterator[Problem]:
        keys = [option.key for option in question.options]
        if NOT_SURE not in keys or len(keys) < 2:
            return
        for intervention in self.guide.interventions:
            for verdict in Verdict:
                example = _Unsure(self.space, question, intervention.key, verdict).example()
                if example is not None:
                    yield error(
                        "not-sure-stronger",
                        place,
                        f"Who is not sure is told '{verdict}' of {intervention.key}, more than any of the answers that "
                        "'not-sure' may stand for would bring.",
                        "Let 'not-sure' give no more than the strongest of the other answers.",
                        example,
                    )
                    break

    def _rivals(self, rule: Rule) -> Iterator[Rule]:
        for other in self.guide.rules:
            same = other.kind is rule.kind and other.verdict is rule.verdict and other.level is rule.level
            if other is not rule and same and set(rule.on) <= set(other.on) and not self._told_apart(rule, other):
                yield other

    def _told_apart(self, rule: Rule, other: Rule) -> bool:
        """Whether a sample shows the one rule without the other."""
        columns = self.held if rule.level in GET_HELP else self.shown
        return bool(columns[rule.key] & ~columns[other.key])

    def _in_order(self, keys: set[str]) -> list[str]:
        return [question.key for question in self.guide.questions if question.key in keys]

    def _sample(self) -> None:
        """Look at some answer sets first: what they show needs no search. The same ones every time."""
        dice = random.Random(1)  # noqa: S311
        signs = masks.read_by(c for rule in self.guide.rules if rule.level in GET_HELP for c in rule.criteria)
        drawn = (
            [self._drawn(dice, signs) for _ in range(SAMPLES)] if all(q.options for q in self.guide.questions) else []
        )
        for number, answers in enumerate(drawn):
            bit = 1 << number
            assessment = engine.assess(self.guide, answers)
            for key in masks.of(self.guide).names(assessment.holding):
                self.held[key] |= bit
                if not assessment.get_help:
                    self.shown[key] |= bit
            for outcome in assessment.outcomes.values():
                for key in outcome.rules:
                    self.won[key] |= bit

    def _drawn(self, dice: random.Random, signs: set[str]) -> Answers:
        answers: Answers = {}
        for question in self.guide.questions:
            options = [option.key for option in question.options]
            calm = question.key in signs and dice.random() < CALM
            option = quiet(options) if calm else dice.choice(options)
            answers[question.key] = option if question.choice is Choice.ONE else [option]
        return answers


class _Unsure:
    """The search for one answer set in which "not-sure" brings a verdict that none of the other answers would.

    The other answers to the question may be followed by any answers to the questions that hang on it; the rest stay.
    Answer sets that end in an alert bring no verdict and do not count; where all others do, nothing is compared. Other
    answers are met one by one: each rules out the answer sets for which it says as much, until none is left or one is
    found that none of them reaches.
    """

    def __init__(self, space: Space, question: Question, intervention: str, verdict: Verdict) -> None:
        self.space = space
        self.question = question
        self.intervention = intervention
        self.verdict = verdict
        self.hanging = _hanging(space.guide, question.key)
        free = {question.key, *(q.key for q in self.hanging)}
        self.fixed = [literal for name, literal in space.chosen.items() if name.partition(".")[0] not in free]
        on = [rule for rule in space.guide.rules if intervention in rule.on and rule.verdict]
        self.reaching = [r for r in on if r.verdict and ORDER[r.verdict] <= ORDER[verdict]]
        self.moved = [r for r in on if r.verdict is verdict and masks.read_by(r.criteria) & free]
        self.unsure = space.chosen[f"{question.key}.{NOT_SURE}"]

    def example(self) -> Answers | None:
        """The answer set, or None where there is none. Raises `NotProved`."""
        if not self.moved:
            return None
        space, search = self.space, self.space.search
        active = search.literal()
        alone = [-space.chosen[f"{self.question.key}.{o.key}"] for o in self.question.options if o.key != NOT_SURE]
        moved = search.any_of(space.rules[rule.key] for rule in self.moved)
        wanted = [active, self.unsure, *alone, -space.get_help, space.wins(self.intervention, self.verdict), moved]
        as_much = search.any_of(space.rules[rule.key] for rule in self.reaching)
        try:
            while search.possible(wanted):
                unsure = space.answers()
                others = [literal if search.holds(literal) else -literal for literal in self.fixed]
                known = [*others, -space.get_help, -self.unsure, space.asked[self.question.key]]
                if search.possible([*known, as_much]):
                    search.require(-active, self._falls_short(space.answers()))
                elif search.possible(known):
                    return unsure
                else:
                    search.require(-active, *(-literal for literal in search.culprits() if literal in set(others)))
            return None
        finally:
            search.require(-active)

    def _falls_short(self, answers: Answers) -> int:
        """Whether giving these answers to the question and those hanging on it brings help, or a weaker verdict."""
        space, search = self.space, self.space.search
        chosen = dict(space.chosen)
        unanswerable = []
        for question in (self.question, *self.hanging):
            hangs = [] if question is self.question else question.asked
            asked = space.all_hold(hangs, self._before(question, chosen))
            if not question.options:
                unanswerable.append(asked)
                continue
            answer = answers.get(question.key, [quiet([option.key for option in question.options])])
            given = {answer} if isinstance(answer, str) else set(answer)
            for option in question.options:
                chosen[f"{question.key}.{option.key}"] = asked if option.key in given else search.false
        alerts = [rule for rule in space.guide.rules if rule.level in GET_HELP]
        helped = search.any_of(space.all_hold(rule.criteria, chosen) for rule in alerts)
        reached = search.any_of(space.all_hold(rule.criteria, chosen) for rule in self.reaching)
        return search.any_of([helped, -reached, *unanswerable])

    def _before(self, question: Question, chosen: dict[str, int]) -> dict[str, int]:
        """Those options that the question may hang on: of the questions before it."""
        places = {other.key: place for place, other in enumerate(self.space.guide.questions)}
        read = {name for criterion in question.asked for name in criterion.options}
        return {name: chosen[name] for name in read if places[name.partition(".")[0]] < places[question.key]}


def _hanging(guide: Guide, key: str) -> list[Question]:
    """The questions that are asked or not by the answer to this one, directly or through others, in order."""
    reached: set[str] = set()
    hanging = []
    for question in guide.questions:
        if question.key == key:
            reached.add(key)
        elif masks.read_by(question.asked) & reached:
            reached.add(question.key)
            hanging.append(question)
    return hanging
