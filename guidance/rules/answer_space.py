"""All possible answer sets of a guide, counted without being listed.

The questions are walked once, in order, for every visitor at once. What a visitor answered matters only through the
criteria it touched, and of these only the ones that something later still depends on: whoever cannot differ any more is
walked on together, with their number and the one of them that is nearest to the quiet answers.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from msgspec import structs

from guidance.rules import masks
from guidance.rules.guide import AGAINST, GET_HELP, Answers, Criterion, Guide, Kind, Rule, Status, Verdict

LIMIT = 200_000
"""Steps, each of one group of visitors over one question, before counting is given up: a few seconds."""

Fate = TypeVar("Fate")

NEVER = 1 << 30
"""A rank below every rank, and a place behind every question."""


class Uncountable(Exception):
    """The answer sets cannot be counted within the limit."""


class Told(NamedTuple):
    """What one guide makes of an answer set: whether help comes first, and the best rank held in each group."""

    get_help: bool
    ranks: tuple[int, ...]


class Tally(NamedTuple):
    """How many answer sets share a fate, and the smallest of them: fewest answers that are not the quiet one."""

    number: int
    unquiet: int
    ticks: int
    latest: "Link | None"

    @property
    def example(self) -> Answers:
        return dict(reversed([(link.question, link.answer) for link in _links(self.latest)]))


class Link(NamedTuple):
    """An answer and the ones before it."""

    question: str
    answer: str | list[str]
    before: "Link | None"


class Alike(NamedTuple):
    """The answers to one question that touch the same criteria: how many, and the smallest."""

    number: int
    unquiet: int
    ticks: int
    answer: str | list[str]


class State(NamedTuple):
    """What still matters of the answers so far."""

    stop: int
    """The place of the question after which the questions will end, or have ended."""
    get_help: bool
    ranks: tuple[int, ...]
    live: int
    """Rules that may still hold, and would still change something, as bits."""
    hits: int
    """Criteria touched, as bits: of live rules and of conditions of questions to come."""


def count(guide: Guide, criteria: Iterable[Criterion] = (), *, limit: int = LIMIT) -> int:
    """The exact number of possible answer sets for which all ``criteria`` hold. Raises `Uncountable` past the limit."""
    reading = Reading(guide, [[(0, tuple(criteria))]], help_decides=False)
    return sum(tally.number for (told,), tally in survey([reading], limit=limit).items() if told.ranks[0] == 0)


def statuses(guide: Guide, intervention: str) -> "Reading":
    """A reading of the guide that tells what becomes of one intervention; `status_of` says it."""
    order = list(Verdict)
    on = [rule for rule in guide.rules if intervention in rule.on]
    verdicts = [(order.index(rule.verdict), rule.criteria) for rule in on if rule.verdict]
    cautions = [(0, rule.criteria) for rule in on if rule.kind is Kind.CAUTION]
    return Reading(guide, [verdicts, cautions], help_decides=True)


def status_of(told: Told) -> Status:
    """The status that a reading made by `statuses` came to."""
    if told.get_help:
        return Status.GET_HELP
    rank, caution = told.ranks
    verdict = None if rank == NEVER else list(Verdict)[rank]
    if caution == 0 and verdict not in AGAINST:
        return Status.ASK_FIRST
    return Status(verdict.value) if verdict else Status.CANNOT_TELL


def quiet(options: Sequence[str]) -> str:
    """The option that sets nothing off, for examples: "none" where there is one, else the first."""
    return "none" if "none" in options else options[0]


class Reading:
    """One guide, read for groups of ranked rules beside its get-help alerts; the lowest rank that holds is kept."""

    def __init__(
        self, guide: Guide, groups: Sequence[Sequence[tuple[int, tuple[Criterion, ...]]]], *, help_decides: bool
    ) -> None:
        alerts = [rule for rule in guide.rules if rule.level in GET_HELP]
        ranked = [(group, rank, criteria) for group, rules in enumerate(groups) for rank, criteria in rules]
        watched = [_watch(f"watched-{place}", criteria) for place, (_, _, criteria) in enumerate(ranked)]
        self.guide = structs.replace(guide, rules=(*alerts, *watched))
        self.masks = masks.of(self.guide)
        self.questions = {question.key: place for place, question in enumerate(guide.questions)}
        self.help_decides = help_decides
        self.alerts = (1 << len(alerts)) - 1
        self.stop_after = [
            max((self.questions[key] for key in masks.read_by(a.criteria)), default=NEVER) for a in alerts
        ]
        self.ranked = [(group, rank) for group, rank, _ in ranked]
        self.groups = len(groups)
        self.sooner = {NEVER: self.alerts}
        """By the place after which the questions end: the alerts that would end them sooner, as bits."""
        for stop in set(self.stop_after):
            self.sooner.setdefault(stop, sum(1 << r for r, after in enumerate(self.stop_after) if after < stop))
        self.better: list[dict[int, int]] = []
        """By group and the best rank held: the rules that would do better, as bits."""
        for group in range(self.groups):
            bits = {len(alerts) + w: rank for w, (of, rank) in enumerate(self.ranked) if of == group}
            ranks = {*bits.values(), NEVER}
            self.better.append({best: sum(1 << r for r, rank in bits.items() if rank < best) for best in ranks})
        self.any = self.none = self.empty = 0
        self.passed = [0] * len(self.questions)
        self._lay_out()

    def _lay_out(self) -> None:
        rules, width = self.guide.rules, len(self.guide.rules)
        for r, rule in enumerate(rules):
            for k in range(self.masks.rows):
                bit = 1 << (k * width + r)
                if k >= len(rule.criteria):
                    self.empty |= bit
                    continue
                criterion = rule.criteria[k]
                if criterion.none_of:
                    self.none |= bit
                else:
                    self.any |= bit
                last = max(self.questions[key] for key in masks.read_by([criterion]))
                for place in range(last, len(self.passed)):
                    self.passed[place] |= bit
        steps = self.masks.steps
        self.asked_later = [0] * (len(steps) + 1)
        for place in range(len(steps) - 1, -1, -1):
            self.asked_later[place] = self.asked_later[place + 1] | steps[place].asked
        self.full = (1 << width) - 1

    def start(self) -> State:
        return self._settled(-1, NEVER, False, (NEVER,) * self.groups, self.full, 0)

    def asks(self, state: State, place: int) -> bool:
        asked = self.masks.steps[place].asked
        return state.stop >= place and (state.hits ^ self.masks.flipped) & asked == asked

    def after(self, state: State, place: int, hits: int) -> State:
        """The state once the question at ``place`` is passed, with the criteria its answer touched."""
        if state.stop < place:
            return state
        return self._settled(place, state.stop, state.get_help, state.ranks, state.live, state.hits | hits)

    def told(self, state: State) -> Told:
        return Told(state.get_help, state.ranks)

    def _settled(self, place: int, stop: int, get_help: bool, ranks: tuple[int, ...], live: int, hits: int) -> State:
        passed = self.passed[place] if place >= 0 else 0
        live, held = self._decided(live, hits, passed)
        stop, get_help, ranks = self._noted(held, stop, get_help, ranks)
        if stop <= place:
            live, held = self._decided(live, hits, self.passed[-1])
            _, get_help, ranks = self._noted(held, stop, get_help, ranks)
            live, hits = 0, 0
        if get_help and self.help_decides:
            ranks = (NEVER,) * self.groups
            live &= self.alerts
        live = self._worth_keeping(live, stop, ranks)
        hits &= self._spread(live) | self.asked_later[place + 1]
        return State(stop, get_help, ranks, live, hits)

    def _decided(self, live: int, hits: int, passed: int) -> tuple[int, int]:
        """The rules still open, and those that are sure to hold."""
        width = len(self.guide.rules)
        lost = (hits & self.none) | (self.any & ~hits & passed)
        sure = (hits & self.any) | (self.none & ~hits & passed) | self.empty
        dead, held = 0, live
        for _ in range(self.masks.rows):
            dead |= lost
            held &= sure
            lost >>= width
            sure >>= width
        return live & ~(dead | held), held

    def _noted(self, held: int, stop: int, get_help: bool, ranks: tuple[int, ...]) -> tuple[int, bool, tuple[int, ...]]:
        if not held:
            return stop, get_help, ranks
        alerts = len(self.stop_after)
        best = list(ranks)
        for r in _bits(held):
            if r < alerts:
                get_help = True
                stop = min(stop, self.stop_after[r])
            else:
                group, rank = self.ranked[r - alerts]
                best[group] = min(best[group], rank)
        return stop, get_help, tuple(best)

    def _worth_keeping(self, live: int, stop: int, ranks: tuple[int, ...]) -> int:
        """Without the rules that could change nothing any more."""
        keep = self.sooner[stop]
        for group, rank in enumerate(ranks):
            keep |= self.better[group][rank]
        return live & keep

    def _spread(self, live: int) -> int:
        return sum(live << (row * len(self.guide.rules)) for row in range(self.masks.rows))


def survey(readings: Sequence[Reading], *, limit: int = LIMIT) -> dict[tuple[Told, ...], Tally]:
    """What each reading comes to, over all answer sets that every one of them accepts, with their number.

    Each guide is given the answers to the questions it knows. An answer set is told apart by its answers to questions
    that at least one guide asks, and each of them must be an answer that every guide with that question accepts. Raises
    `Uncountable` beyond ``limit``, and where two guides ask the same questions in different orders.
    """
    states = {tuple(reading.start() for reading in readings): Tally(1, 0, 0, None)}
    left = limit
    for key in merged([list(reading.questions) for reading in readings]):
        left -= len(states)
        if left < 0:
            raise Uncountable
        states, left = _stepped(readings, key, states, left)
    told: dict[tuple[Told, ...], Tally] = {}
    for state, tally in states.items():
        add(told, tuple(r.told(s) for r, s in zip(readings, state, strict=True)), tally)
    return told


def merged(orders: Sequence[Sequence[str]]) -> list[str]:
    """One order that keeps every order given. Raises `Uncountable` where they contradict each other."""
    rest = [list(order) for order in orders]
    whole = []
    while any(rest):
        heads = [order[0] for order in rest if order]
        free = [key for key in heads if not any(key in order[1:] for order in rest)]
        if not free:
            raise Uncountable
        whole.append(free[0])
        rest = [order[1:] if order and order[0] == free[0] else order for order in rest]
    return whole


def _stepped(
    readings: Sequence[Reading], key: str, states: dict[tuple[State, ...], Tally], left: int
) -> tuple[dict[tuple[State, ...], Tally], int]:
    """The states once a question is passed, and how many steps are left."""
    places = [reading.questions.get(key) for reading in readings]
    answers = _answers(readings, key)
    by_pattern: dict[tuple[bool, ...], list[tuple[tuple[int, ...], Alike]]] = {}
    followed: list[dict[tuple[State, int], State]] = [{} for _ in readings]

    def next_state(r: int, state: State, hits: int) -> State:
        place = places[r]
        if place is None:
            return state
        known = followed[r]
        if (state, hits) not in known:
            known[state, hits] = readings[r].after(state, place, hits)
        return known[state, hits]

    stepped: dict[tuple[State, ...], Tally] = {}
    for state, tally in states.items():
        asks = tuple(
            place is not None and reading.asks(part, place)
            for reading, part, place in zip(readings, state, places, strict=True)
        )
        if not any(asks):
            add(stepped, tuple(next_state(r, part, 0) for r, part in enumerate(state)), tally)
            continue
        if asks not in by_pattern:
            by_pattern[asks] = list(_regrouped(answers, asks).items())
        left -= len(by_pattern[asks])
        if left < 0:
            raise Uncountable
        for hits, alike in by_pattern[asks]:
            add(
                stepped,
                tuple(next_state(r, part, hits[r]) for r, part in enumerate(state)),
                Tally(
                    tally.number * alike.number,
                    tally.unquiet + alike.unquiet,
                    tally.ticks + alike.ticks,
                    Link(key, alike.answer, tally.latest),
                ),
            )
    return stepped, left


def _answers(readings: Sequence[Reading], key: str) -> dict[tuple[int, ...], Alike]:
    """The answers to a question that every guide with it accepts, by the criteria they touch in each."""
    steps = [reading.masks.step_of.get(key) for reading in readings]
    known = [step for step in steps if step]
    if len({step.many for step in known}) > 1:
        return {}
    options = [option for option in known[0].hits if all(option in step.hits for step in known)]
    if not options:
        return {}
    alone = frozenset[str]().union(*(step.alone for step in known))
    calm = quiet(options)
    hits = {option: tuple(step.hits[option] if step else 0 for step in steps) for option in options}
    found: dict[tuple[int, ...], Alike] = {}
    if not known[0].many:
        for option in options:
            _gather(found, hits[option], Alike(1, int(option != calm), 1, option))
        return found
    for option in options:
        if option in alone:
            _gather(found, hits[option], Alike(1, int(option != calm), 1, [option]))
    together: dict[tuple[int, ...], Alike] = {}
    for option in options:
        if option not in alone:
            for touched, alike in list(together.items()):
                both = tuple(a | b for a, b in zip(touched, hits[option], strict=True))
                _gather(together, both, Alike(alike.number, 1, alike.ticks + 1, [*alike.answer, option]))
            _gather(together, hits[option], Alike(1, int(option != calm), 1, [option]))
    for touched, alike in together.items():
        _gather(found, touched, alike)
    return found


def _regrouped(answers: dict[tuple[int, ...], Alike], asks: tuple[bool, ...]) -> dict[tuple[int, ...], Alike]:
    found: dict[tuple[int, ...], Alike] = {}
    for hits, alike in answers.items():
        _gather(found, tuple(h if asked else 0 for h, asked in zip(hits, asks, strict=True)), alike)
    return found


def _gather(found: dict[tuple[int, ...], Alike], hits: tuple[int, ...], alike: Alike) -> None:
    known = found.get(hits)
    if known is None:
        found[hits] = alike
    else:
        smaller = known if (known.unquiet, known.ticks) <= (alike.unquiet, alike.ticks) else alike
        found[hits] = smaller._replace(number=known.number + alike.number)


def add(found: dict[Fate, Tally], fate: Fate, tally: Tally) -> None:
    """Join answer sets to those that share their fate."""
    known = found.get(fate)
    if known is None:
        found[fate] = tally
    else:
        smaller = known if (known.unquiet, known.ticks) <= (tally.unquiet, tally.ticks) else tally
        found[fate] = smaller._replace(number=known.number + tally.number)


def _watch(key: str, criteria: tuple[Criterion, ...]) -> Rule:
    return Rule(key=key, kind=Kind.NOTE, criteria=criteria, heading="", text="", rationale="")


def _links(latest: Link | None) -> Iterator[Link]:
    while latest is not None:
        yield latest
        latest = latest.before


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
