"""The possible answer sets of a guide as clauses, and a search among them.

Every option of every question is a literal, true where it is chosen; what the engine does with them is said in clauses,
so that the models of the clauses are the complete answer sets and nothing else. A search asks for an answer set in
which some literals hold: it gives one, or None where there is none, which is a proof.
"""

import time
from collections.abc import Iterable, Mapping

from pysat.solvers import Solver

from guidance.rules import answer_space, masks
from guidance.rules.guide import AGAINST, GET_HELP, Answers, Choice, Criterion, Guide, Kind, Status, Verdict

SLICE = 2_000
"""Conflicts between two looks at the clock."""

QUIETED = 200
"""Examples that are made as quiet as they can be."""


class NotProved(Exception):
    """The search was not finished in its time. It says nothing about what was searched for."""


class Search:
    """A solver with a deadline, in seconds of `time.monotonic`, that grows clauses as they are needed."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self._solver = Solver("glucose4")
        self._newest = 1
        self.true = 1
        self._solver.add_clause([1])
        self._conjunctions: dict[frozenset[int], int] = {}
        self._model: list[int] = []
        """The literals that hold, the one of variable n at n - 1."""
        self._preferred: list[int] = []

    @property
    def false(self) -> int:
        return -self.true

    def literal(self) -> int:
        self._newest += 1
        return self._newest

    def require(self, *literals: int) -> None:
        """Only models in which at least one of ``literals`` holds, from here on."""
        self._solver.add_clause(list(literals))

    def prefer(self, literals: Iterable[int]) -> None:
        """What each search tries first where nothing else decides: examples are then no stranger than they must be."""
        self._preferred = [*self._preferred, *literals]

    def all_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when all of ``literals`` do."""
        members = frozenset(literals) - {self.true}
        if self.false in members or any(-member in members for member in members):
            return self.false
        if len(members) < 2:
            return next(iter(members), self.true)
        if members not in self._conjunctions:
            whole = self._conjunctions[members] = self.literal()
            for member in members:
                self.require(-whole, member)
            self.require(whole, *(-member for member in members))
        return self._conjunctions[members]

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when any of ``literals`` does."""
        return -self.all_of(-literal for literal in literals)

    def possible(self, literals: Iterable[int]) -> bool:
        """Whether all ``literals`` can hold together. Raises `NotProved` when the time is up."""
        assumed = list(literals)
        while True:
            if time.monotonic() > self.deadline:
                raise NotProved
            self._solver.set_phases(self._preferred)
            self._solver.conf_budget(SLICE)
            found = self._solver.solve_limited(assumptions=assumed)
            if found is not None:
                if found:
                    self._model = self._solver.get_model()
                return bool(found)

    def holds(self, literal: int) -> bool:
        """Whether a literal holds in the model last found."""
        place = abs(literal) - 1
        return place < len(self._model) and self._model[place] == literal

    def culprits(self) -> tuple[int, ...]:
        """Literals of the last search that cannot hold together."""
        return tuple(self._solver.get_core() or ())

    def close(self) -> None:
        self._solver.delete()


class Space:
    """One guide's answer sets within a search.

    ``like`` is another guide's space in the same search that asks the same questions and stops at the same answers:
    what is chosen is then the same literals, and rules that are alike need no proof of it.
    """

    def __init__(self, guide: Guide, search: Search, like: "Space | None" = None) -> None:
        self.guide = guide
        self.search = search
        self.chosen: dict[str, int] = {}
        """By option, as ``"question.option"``."""
        self.asked: dict[str, int] = {}
        self.stopped = search.false
        self.examples = 0
        if like:
            self.chosen, self.asked = like.chosen, like.asked
        else:
            self._ask()
        self.rules = {rule.key: self.all_hold(rule.criteria) for rule in guide.rules}
        self.get_help = search.any_of(self.rules[rule.key] for rule in guide.rules if rule.level in GET_HELP)
        self.verdicts = {intervention.key: self._verdicts(intervention.key) for intervention in guide.interventions}
        self.cautions = {
            intervention.key: search.any_of(
                self.rules[rule.key]
                for rule in guide.rules
                if rule.kind is Kind.CAUTION and intervention.key in rule.on
            )
            for intervention in guide.interventions
        }
        self.quiet = {
            question.key: self.chosen[f"{question.key}.{answer_space.quiet([o.key for o in question.options])}"]
            for question in guide.questions
            if question.options
        }
        calm = set(self.quiet.values())
        search.prefer(literal if literal in calm else -literal for literal in self.chosen.values())

    def criterion(self, criterion: Criterion, chosen: Mapping[str, int] | None = None) -> int:
        """Whether a criterion holds; options that ``chosen`` does not name are not chosen."""
        known = self.chosen if chosen is None else chosen
        hit = self.search.any_of(known[name] for name in criterion.options if name in known)
        return -hit if criterion.none_of else hit

    def all_hold(self, criteria: Iterable[Criterion], chosen: Mapping[str, int] | None = None) -> int:
        return self.search.all_of([self.criterion(criterion, chosen) for criterion in criteria])

    def wins(self, intervention: str, verdict: Verdict | None) -> int:
        """Whether this is the strongest verdict among the rules that hold; None: no rule holds. Help or not."""
        held = self.verdicts[intervention]
        if verdict is None:
            return self.search.all_of(-literal for literal in held.values())
        return self.search.all_of([held[verdict], *(-held[stronger] for stronger in _down_to(verdict)[:-1])])

    def status(self, intervention: str, status: Status) -> int:
        """Whether this is what a visitor is told about the intervention."""
        search = self.search
        against = search.any_of(self.wins(intervention, verdict) for verdict in AGAINST)
        ask_first = search.all_of([self.cautions[intervention], -against])
        if status is Status.GET_HELP:
            return self.get_help
        if status is Status.ASK_FIRST:
            return search.all_of([-self.get_help, ask_first])
        wins = self.wins(intervention, Verdict(status.value))
        if status is Status.CANNOT_TELL:
            wins = search.any_of([wins, self.wins(intervention, None)])
        return search.all_of([-self.get_help, -ask_first, wins])

    def find(self, *literals: int) -> Answers | None:
        """A complete answer set for which all ``literals`` hold, or None where no answer set is like that.

        Raises `NotProved` when the time is up.
        """
        return self.answers() if self.search.possible(literals) else None

    def example(self, *literals: int) -> Answers | None:
        """As `find`, with every answer quiet that can be while the others stay, taken in order."""
        search = self.search
        if not search.possible(literals):
            return None
        self.examples += 1
        if not self.patient:
            return self.answers()
        kept = list(literals)
        try:
            for key, calm in self.quiet.items():
                if search.holds(self.asked[key]) and (search.holds(calm) or search.possible([*kept, calm])):
                    kept.append(calm)
        except NotProved:
            pass  # what was found last stands, only less quiet
        return self.answers()

    @property
    def patient(self) -> bool:
        """Whether examples are still made quiet: a guide with very many problems has them as they are found."""
        return self.examples <= QUIETED

    def answers(self) -> Answers:
        """The answer set last found, as the engine takes it."""
        found: Answers = {}
        for question in self.guide.questions:
            if self.search.holds(self.asked[question.key]):
                keys = [o.key for o in question.options if self.search.holds(self.chosen[f"{question.key}.{o.key}"])]
                found[question.key] = keys[0] if question.choice is Choice.ONE else keys
        return found

    def _ask(self) -> None:
        """Say which questions are asked, and how they may be answered, in the guide's order."""
        search = self.search
        order = [question.key for question in self.guide.questions]
        ends: dict[str, list[tuple[Criterion, ...]]] = {key: [] for key in order}
        for rule in self.guide.rules:
            if rule.level in GET_HELP and (read := masks.read_by(rule.criteria)):
                ends[max(read, key=order.index)].append(rule.criteria)
        for question in self.guide.questions:
            asked = search.all_of([-self.stopped, self.all_hold(question.asked)])
            self.asked[question.key] = asked
            options = {option.key: search.literal() for option in question.options}
            search.require(-asked, *options.values())
            for literal in options.values():
                search.require(-literal, asked)
            alone = {option.key for option in question.options if option.exclusive}
            for option, literal in options.items():
                if question.choice is Choice.ONE or option in alone:
                    for other, another in options.items():
                        if other != option:
                            search.require(-literal, -another)
            self.chosen |= {f"{question.key}.{option}": literal for option, literal in options.items()}
            if ends[question.key]:
                held = [self.all_hold(criteria) for criteria in ends[question.key]]
                self.stopped = search.any_of([self.stopped, *held])

    def _verdicts(self, intervention: str) -> dict[Verdict, int]:
        on = [rule for rule in self.guide.rules if intervention in rule.on]
        return {
            verdict: self.search.any_of(self.rules[rule.key] for rule in on if rule.verdict is verdict)
            for verdict in Verdict
        }


def _down_to(verdict: Verdict) -> list[Verdict]:
    """The verdicts from the strongest to this one."""
    order = list(Verdict)
    return order[: order.index(verdict) + 1]
