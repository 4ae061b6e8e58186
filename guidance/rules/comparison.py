"""What a change of the guide does: which answer sets are told something else, and what differs in words."""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from msgspec import structs

from guidance.rules import answer_space
from guidance.rules.answer_space import Uncountable
from guidance.rules.clauses import NotProved, Search, Space
from guidance.rules.guide import GET_HELP, Answers, Citation, Criterion, Guide, Kind, Noun, Status

SECONDS = 5.0


class Change(NamedTuple):
    """One kind of change to what is told about an intervention."""

    before: Status | None
    """None where the guide does not know the intervention."""
    after: Status | None
    number: int | None
    """How many answer sets change so; None: at least one."""
    example: Answers
    """The smallest: fewest answers that are not the quiet one. Each guide takes the part `known_to` gives it."""


class Effect(NamedTuple):
    """What becomes of one intervention between two guides."""

    intervention: str
    changes: tuple[Change, ...]
    number: int | None
    """How many answer sets are told something else; None where there are changes that were not counted."""
    shared: int | None
    """How many answer sets both guides accept; None where they were not counted."""
    finished: bool
    """False where the search ran out of time: there may be changes beyond those named."""

    @property
    def changed(self) -> bool:
        return bool(self.changes)


class Difference(NamedTuple):
    """One thing that differs between two documents."""

    noun: str
    """``rule``, ``question``, ``option``, … or ``guide`` for what belongs to the whole."""
    key: str
    what: str
    """``added``, ``removed``, ``changed`` or ``reordered``."""
    field: str
    """What changed of it; empty where the whole of it came, went or moved."""
    was: str
    now: str

    @property
    def in_words(self) -> str:
        name = f"{self.noun} {self.key}".strip()
        if self.what == "reordered":
            return f"The order of the {self.noun}s changed from {self.was} to {self.now}."
        if self.what != "changed":
            return f"The {name} was {self.what}: {(self.was or self.now).removesuffix('.')}."
        if not self.was or not self.now:
            return f"The {self.field} of the {name} was {'added' if self.now else 'removed'}: {self.now or self.was}"
        return f"The {self.field} of the {name} changed from “{self.was}” to “{self.now}”."


def effect(
    before: Guide, after: Guide, *, seconds: float = SECONDS, limit: int = answer_space.LIMIT
) -> dict[str, Effect]:
    """By intervention of either guide: whether any answer set is told something else, how many, and smallest examples.

    Compared are the answer sets that both guides accept: each is given the answers to the questions it knows and sets
    aside what it does not ask; an answer that one of them refuses belongs to no common answer set. Counted exactly
    while ``limit`` steps suffice, else searched for at most ``seconds`` an intervention,
    which shows "at least one".
    """
    keys = dict.fromkeys(item.key for guide in (after, before) for item in guide.interventions)
    return {key: _effect(before, after, key, seconds, limit) for key in keys}


def known_to(guide: Guide, answers: Mapping[str, str | Sequence[str]]) -> dict[str, str | Sequence[str]]:
    """The part of an example that a guide takes: the answers to questions it has."""
    return {question.key: answers[question.key] for question in guide.questions if question.key in answers}


def differences(before: Guide, after: Guide) -> tuple[Difference, ...]:
    """What came, went, changed or moved in the document, in the order of the new one."""
    return tuple(_differences(before, after))


def _effect(before: Guide, after: Guide, key: str, seconds: float, limit: int) -> Effect:
    if _decisive(before, key) == _decisive(after, key):
        return Effect(key, (), 0, _number(after), True)
    readings = [answer_space.statuses(guide, key) for guide in (before, after)]
    known = [any(item.key == key for item in guide.interventions) for guide in (before, after)]
    try:
        surveyed = answer_space.survey(readings, limit=limit)
    except Uncountable:
        return _searched(before, after, key, seconds)
    gathered: dict[tuple[Status | None, Status | None], answer_space.Tally] = {}
    for told, tally in surveyed.items():
        was, now = (answer_space.status_of(t) if k else None for t, k in zip(told, known, strict=True))
        answer_space.add(gathered, (was, now), tally)
    changes = [
        Change(was, now, tally.number, tally.example) for (was, now), tally in gathered.items() if was is not now
    ]
    return Effect(
        key,
        tuple(sorted(changes, key=_order)),
        sum(change.number or 0 for change in changes),
        sum(tally.number for tally in gathered.values()),
        True,
    )


def _decisive(guide: Guide, key: str) -> object:
    """All of a guide that has a part in what is told about an intervention."""
    rules = [rule for rule in guide.rules if key in rule.on and rule.kind is not Kind.NOTE]
    known = any(intervention.key == key for intervention in guide.interventions)
    return known, _asking(guide), [(rule.kind, rule.verdict, rule.criteria) for rule in rules]


def _asking(guide: Guide) -> object:
    """All of a guide that has a part in what is asked."""
    return (
        [(q.key, q.choice, q.asked, [(o.key, o.exclusive) for o in q.options]) for q in guide.questions],
        [rule.criteria for rule in guide.rules if rule.level in GET_HELP],
    )


def _number(guide: Guide) -> int | None:
    try:
        return answer_space.count(guide)
    except Uncountable:
        return None


def _searched(before: Guide, after: Guide, key: str, seconds: float) -> Effect:
    search = Search(time.monotonic() + seconds)
    changes = []
    finished = True
    try:
        pair = _Pair(before, after, search)
        told = pair.statuses(pair.before, key), pair.statuses(pair.after, key)
        alike = search.any_of(
            search.all_of([so, told[1][status]]) for status, so in told[0].items() if status in told[1]
        )
        seen: list[int] = []
        while search.possible([-alike, *seen]):
            was, now = (next(status for status, so in side.items() if search.holds(so)) for side in told)
            both = told[0][was], told[1][now]
            seen.append(-search.all_of(both))
            changes.append(Change(was, now, None, pair.smallest(*both)))
    except NotProved:
        finished = False
    finally:
        search.close()
    return Effect(key, tuple(sorted(changes, key=_order)), None if changes or not finished else 0, None, finished)


def _order(change: Change) -> tuple[int, int]:
    order = [None, *Status]
    return order.index(change.after), order.index(change.before)


class _Pair:
    """Two guides given the same answers, within one search."""

    def __init__(self, before: Guide, after: Guide, search: Search) -> None:
        self.search = search
        self.before = Space(before, search)
        if _asking(before) == _asking(after):
            self.after = Space(after, search, like=self.before)
        else:
            self.after = Space(after, search)
            self._answer_alike()
        self.more_than = self._unquiet()

    def statuses(self, space: Space, key: str) -> dict[Status | None, int]:
        """Every status the intervention may have there, as a literal."""
        if key not in space.verdicts:
            return {None: self.search.true}
        return {status: space.status(key, status) for status in Status}

    def smallest(self, *literals: int) -> Answers:
        """From what was found: the answers for which all ``literals`` hold with as few as the time allows not quiet."""
        found = self._answers()
        try:
            while fewer := [-more for more in self.more_than if self.search.holds(more)]:
                if not self.search.possible([*literals, fewer[-1]]):
                    break
                found = self._answers()
        except NotProved:
            pass
        return found

    def _answers(self) -> Answers:
        return self.after.answers() | self.before.answers()

    def _answer_alike(self) -> None:
        """What both guides ask is answered alike in both, and what one of them asks as both would accept it."""
        require = self.search.require
        was, now = self.before, self.after
        questions = {question.key: question for question in was.guide.questions}
        for question in now.guide.questions:
            if (other := questions.get(question.key)) is None:
                continue
            names = [f"{question.key}.{option.key}" for option in (*question.options, *other.options)]
            common = [name for name in dict.fromkeys(names) if name in was.chosen and name in now.chosen]
            for space in (was, now):
                if question.choice is not other.choice:
                    require(-space.asked[question.key])
                for name in names:
                    if name in space.chosen and name not in common:
                        require(-space.chosen[name])
                for option in (*question.options, *other.options):
                    if option.exclusive and (alone := f"{question.key}.{option.key}") in common:
                        for name in common:
                            if name != alone:
                                require(-space.chosen[alone], -space.chosen[name])
            both = [-was.asked[question.key], -now.asked[question.key]]
            for name in common:
                require(*both, -was.chosen[name], now.chosen[name])
                require(*both, was.chosen[name], -now.chosen[name])

    def _unquiet(self) -> list[int]:
        """Literals for more than 0, 1, 2, … questions answered otherwise than quietly."""
        search = self.search
        loud = []
        spaces = (self.before, self.after)
        for key in dict.fromkeys(key for space in spaces for key in space.asked):
            sides = [space for space in spaces if key in space.asked]
            names = [name for name in sides[0].chosen if name.partition(".")[0] == key]
            common = [name.partition(".")[2] for name in names if all(name in space.chosen for space in sides)]
            if common:
                calm = f"{key}.{answer_space.quiet(common)}"
                loud.append(search.any_of(self._loud(space, key, calm) for space in sides))
        more: list[int] = []
        for literal in loud:
            fewer = [search.true, *more]
            more = [
                search.any_of([more[k] if k < len(more) else search.false, search.all_of([fewer[k], literal])])
                for k in range(len(fewer))
            ]
        return more

    def _loud(self, space: Space, key: str, calm: str) -> int:
        """Whether the question is asked there, and answered with anything but its quiet option alone."""
        others = [lit for name, lit in space.chosen.items() if name.partition(".")[0] == key and name != calm]
        return self.search.all_of([space.asked[key], self.search.any_of([-space.chosen[calm], *others])])


def _differences(before: Guide, after: Guide) -> Iterator[Difference]:
    was, now = _Words(before), _Words(after)
    for field in ("title", "language"):
        yield from _changed("guide", "", field, getattr(before, field), getattr(after, field))
    for field in ("key", "title", "publisher", "address", "sha256"):
        was_so, now_so = getattr(before.source, field), getattr(after.source, field)
        yield from _changed("source", after.source.key, field, was_so, now_so)
    for noun, name in LISTS:
        yield from _listed(noun, getattr(before, name), getattr(after, name), was, now)


LISTS = (
    ("section", "sections"),
    ("question", "questions"),
    ("intervention", "interventions"),
    ("wording", "wordings"),
    ("rule", "rules"),
    ("appraisal", "appraisals"),
    ("scope", "scopes"),
    ("aside", "asides"),
    ("omission", "omissions"),
    ("reference", "references"),
    ("guarantee", "guarantees"),
    ("case", "cases"),
)


def _listed(
    noun: str, before: Sequence[Noun], after: Sequence[Noun], was: "_Words", now: "_Words", prefix: str = ""
) -> Iterator[Difference]:
    old = {_key(item): item for item in before}
    new = {_key(item): item for item in after}
    for key, item in new.items():
        if key not in old:
            yield Difference(noun, prefix + key, "added", "", "", now.name(item))
            continue
        for field in structs.fields(item):
            if field.name == "options" and noun == "question":
                yield from _listed("option", old[key].options, item.options, was, now, f"{key}.")  # type: ignore[attr-defined]
            elif getattr(old[key], field.name) != getattr(item, field.name):
                said = was.said(getattr(old[key], field.name)), now.said(getattr(item, field.name))
                yield from _changed(noun, prefix + key, field.name, *said)
    for key, item in old.items():
        if key not in new:
            yield Difference(noun, prefix + key, "removed", "", was.name(item), "")
    stayed = [key for key in old if key in new]
    moved = [key for key in new if key in old]
    if stayed != moved:
        yield Difference(noun, prefix.rstrip("."), "reordered", "", ", ".join(stayed), ", ".join(moved))


def _changed(noun: str, key: str, field: str, was: str, now: str) -> Iterator[Difference]:
    if was != now:
        yield Difference(noun, key, "changed", field.replace("_", " "), was, now)


def _key(item: Noun) -> str:
    return str(getattr(item, "key", "") or getattr(item, "status", ""))


class _Words:
    """The values of a guide as one reads them."""

    def __init__(self, guide: Guide) -> None:
        self.topics = {question.key: question.topic for question in guide.questions}
        self.options = {f"{q.key}.{option.key}": option.label for q in guide.questions for option in q.options}

    def name(self, item: Noun) -> str:
        """What a value is called: the first of its words that is filled."""
        names = (getattr(item, field, "") for field in ("title", "heading", "label", "text", "reason", "key"))
        return next((str(name) for name in names if name), "")

    def said(self, value: object) -> str:
        if isinstance(value, Criterion):
            return self._criterion(value)
        if isinstance(value, Citation):
            weight = ", as a counterweight" if value.counterweight else ""
            return f"S{value.sentence}{weight}: “{value.quote}”"
        if isinstance(value, Mapping):
            return "; ".join(f"{key}: {self.said(item)}" for key, item in value.items())
        if isinstance(value, tuple):
            parts = [self.said(item) for item in value]
            return ("; and " if any(isinstance(item, Criterion) for item in value) else ", ").join(parts)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, date):
            return value.isoformat()
        return "" if value is None else str(value)

    def _criterion(self, criterion: Criterion) -> str:
        by_question: dict[str, list[str]] = {}
        for name in criterion.options:
            by_question.setdefault(name.partition(".")[0], []).append(self.options.get(name, name))
        parts = [f"{self.topics.get(key, key)}: {' or '.join(labels)}" for key, labels in by_question.items()]
        return f"{'none of ' if criterion.none_of else ''}{'; or '.join(parts)}"
