"""A second algorithm for what verification proves: every answer set listed, one by one, and looked at.

It shares nothing with the engine, the masks or the clauses but the nouns of a guide.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from guidance.rules.guide import Choice, Criterion, Guide, Question, Rule

STRENGTH = ["relevant", "possible", "cannot-tell", "not-supported", "not-indicated", "maintain"]
SAYS_YES = {"relevant", "possible"}
SAYS_NO = {"not-supported", "not-indicated"}

Given = dict[str, frozenset[str]]
"""The options chosen in each question that was asked."""


class Known(NamedTuple):
    """One answer set and what the guide makes of it."""

    given: Given
    rules: frozenset[str]
    """Those that hold."""
    help_first: bool
    verdicts: dict[str, str | None]
    statuses: dict[str, str]


def answer_sets(guide: Guide) -> list[Known]:
    """Every complete answer set of the guide."""
    return [known(guide, given) for given in walks(guide, 0, {})]


def known(guide: Guide, given: Given) -> Known:
    chosen = _chosen(given)
    holding = frozenset(rule.key for rule in guide.rules if _all_hold(rule.criteria, chosen))
    help_first = any(r.key in holding and r.level is not None and r.level != "routine" for r in guide.rules)
    verdicts: dict[str, str | None] = {}
    statuses = {}
    for intervention in (item.key for item in guide.interventions):
        held = [rule for rule in guide.rules if rule.key in holding and intervention in rule.on]
        said = [str(rule.verdict) for rule in held if rule.kind == "verdict"]
        verdict = min(said, key=STRENGTH.index) if said else None
        verdicts[intervention] = verdict
        if help_first:
            statuses[intervention] = "get-help"
        elif verdict not in SAYS_NO and any(rule.kind == "caution" for rule in held):
            statuses[intervention] = "ask-first"
        else:
            statuses[intervention] = verdict or "cannot-tell"
    return Known(given, holding, help_first, verdicts, statuses)


def number(guide: Guide, criteria: Iterable[Criterion]) -> int:
    wanted = list(criteria)
    return sum(_all_hold(wanted, _chosen(given)) for given in walks(guide, 0, {}))


def holds(criteria: Iterable[Criterion], given: Given) -> bool:
    return _all_hold(criteria, _chosen(given))


def findings(guide: Guide) -> set[tuple[str, str]]:
    """What is wrong with the guide, as codes with the keys of what is wrong."""
    every = answer_sets(guide)
    if not every:
        return {("no-answers", "")}
    found: set[tuple[str, str]] = set()
    shown = [case for case in every if not case.help_first]
    verdict_rules = [rule for rule in guide.rules if rule.kind == "verdict"]
    for intervention in (item.key for item in guide.interventions):
        if any(case.verdicts[intervention] is None for case in shown):
            found.add(("gap", intervention))
    for rule in guide.rules:
        if not any(rule.key in case.rules for case in every):
            found.add(("rule-never-holds", rule.key))
        elif rule.kind in {"caution", "note"} and not any(rule.key in case.rules for case in shown):
            found.add(("rule-never-shown", rule.key))
        elif rule.kind == "verdict" and not any(
            rule.key in case.rules and case.verdicts[rule.on[0]] == rule.verdict for case in shown
        ):
            found.add(("verdict-never-wins", rule.key))
    for one in verdict_rules:
        for other in verdict_rules:
            found |= _between(one, other, shown)
        for key in one.outranks:
            if all(other.key != key for other in verdict_rules):
                found.add(("outranks-nothing", f"{one.key} {key}"))
    for question in guide.questions:
        if not any(question.key in case.given for case in every):
            found.add(("question-unreachable", question.key))
            continue
        for option in question.options:
            if not any(option.key in case.given.get(question.key, ()) for case in every):
                found.add(("option-unreachable", f"{question.key}.{option.key}"))
    for guarantee in guide.guarantees:
        under = [case for case in every if _all_hold(guarantee.when, _chosen(case.given))]
        if not under:
            found.add(("guarantee-empty", guarantee.key))
        for intervention in guarantee.on:
            told = {case.statuses[intervention] for case in under}
            if told & set(guarantee.never) or (guarantee.always and told - {guarantee.always}):
                found.add(("guarantee-broken", f"{guarantee.key} {intervention}"))
    for scope in guide.scopes:
        limited = {citation.sentence for citation in scope.citations}
        for rule in guide.rules:
            cites = limited & {citation.sentence for citation in rule.citations}
            holds = [case for case in shown if rule.key in case.rules]
            outside = any(not _all_hold(scope.criteria, _chosen(case.given)) for case in holds)
            if cites and outside and rule.kind in {"verdict", "note"}:
                found.add(("out-of-scope", rule.key))
    found |= _superfluous(guide, every)
    found |= _idle(guide, every)
    found |= _idle_options(guide, every)
    found |= _signless(guide, every)
    found |= _unsure(guide, shown)
    return found


class Fate(NamedTuple):
    """How many answer sets share a fate, and the fewest answers that are not quiet among them."""

    number: int
    unquiet: int


def effect(before: Guide, after: Guide, given: list[Given]) -> dict[str, dict[tuple[str | None, str | None], Fate]]:
    """By intervention, how many of the common answer sets are told what by the one guide and by the other."""
    fates: dict[str, dict[tuple[str | None, str | None], Fate]] = {}
    keys = {item.key for guide in (before, after) for item in guide.interventions}
    for answers in given:
        was, now = (known(guide, _asked_part(guide, answers)).statuses for guide in (before, after))
        loud = unquiet(before, after, {name: sorted(options) for name, options in answers.items()})
        for key in keys:
            pairs = fates.setdefault(key, {})
            number, least = pairs.get((was.get(key), now.get(key)), (0, loud))
            pairs[was.get(key), now.get(key)] = Fate(number + 1, min(least, loud))
    return fates


def common(before: Guide, after: Guide) -> list[Given]:
    """The answers both guides take, to questions that at least one of them asks."""
    questions: dict[str, list[Question]] = {}
    for guide in (before, after):
        for question in guide.questions:
            questions.setdefault(question.key, []).append(question)
    asked_by_one: dict[tuple[tuple[str, frozenset[str]], ...], Given] = {}
    for mine in walks(before, 0, {}):
        for given in _joined(after, mine, questions):
            asked_by_one[tuple(sorted((key, options) for key, options in given.items()))] = given
    return list(asked_by_one.values())


def unquiet(before: Guide, after: Guide, answers: Mapping[str, str | list[str] | tuple[str, ...]]) -> int:
    """How many answers are not the quiet one: "none" alone where both guides have it, else the first option of both."""
    loud = 0
    for key, answer in answers.items():
        asking = [q for guide in (before, after) for q in guide.questions if q.key == key]
        both = [o.key for o in asking[0].options if all(o.key in {p.key for p in q.options} for q in asking)]
        calm = "none" if "none" in both else both[0]
        loud += (frozenset([answer]) if isinstance(answer, str) else frozenset(answer)) != {calm}
    return loud


def _joined(after: Guide, mine: Given, questions: dict[str, list[Question]]) -> Iterator[Given]:
    if all(_taken(questions[key], options) for key, options in mine.items()):
        for theirs in walks(after, 0, {}, mine):
            if all(_taken(questions[key], options) for key, options in theirs.items()):
                yield {**mine, **theirs}


def _taken(questions: list[Question], options: frozenset[str]) -> bool:
    alike = len({question.choice for question in questions}) == 1
    return alike and all(options in _ways(question) for question in questions)


def _asked_part(guide: Guide, given: Given) -> Given:
    return next(walk for walk in walks(guide, 0, {}, given))


def _between(one: Rule, other: Rule, shown: list[Known]) -> set[tuple[str, str]]:
    together = any(one.key in case.rules and other.key in case.rules for case in shown)
    named = other.key in one.outranks
    pair = f"{one.key} {other.key}"
    opposed = one.on == other.on and one.verdict in SAYS_YES and other.verdict in SAYS_NO
    if named and one.on == other.on and STRENGTH.index(str(other.verdict)) < STRENGTH.index(str(one.verdict)):
        return {("outranks-wrong-way", pair)}
    if named and not (opposed and together):
        return {("outranks-nothing", pair)}
    if opposed and together and not named and one.key not in other.outranks:
        return {("contradiction", pair)}
    return set()


def _superfluous(guide: Guide, every: list[Known]) -> set[tuple[str, str]]:
    found = set()
    for place, rule in enumerate(guide.rules):
        helps = rule.level in {"emergency", "urgent"}
        looked_at = [case.rules for case in every if helps or not case.help_first]
        holds = [rules for rules in looked_at if rule.key in rules]
        for at, other in enumerate(guide.rules):
            if other is rule or (other.kind, other.verdict, other.level) != (rule.kind, rule.verdict, rule.level):
                continue
            implied = holds and all(other.key in rules for rules in holds)
            alike = implied and all(rule.key in rules for rules in looked_at if other.key in rules)
            wanted = (alike and at < place) or (rule.kind != "note" and not alike)
            if implied and wanted and set(rule.on) <= set(other.on):
                found.add(("superfluous-rule", rule.key))
    return found


def _idle(guide: Guide, every: list[Known]) -> set[tuple[str, str]]:
    found = set()
    for rule in guide.rules:
        helps = rule.level in {"emergency", "urgent"}
        looked_at = [case for case in every if helps or not case.help_first]
        if not any(rule.key in case.rules for case in looked_at):
            continue
        for k, criterion in enumerate(rule.criteria):
            others = rule.criteria[:k] + rule.criteria[k + 1 :]
            chosen = [_chosen(case.given) for case in looked_at]
            if all(_all_hold([criterion], names) for names in chosen if _all_hold(others, names)):
                found.add(("criterion-idle", f"{k} {rule.key}"))
    return found


def _idle_options(guide: Guide, every: list[Known]) -> set[tuple[str, str]]:
    """Options that could be left out of a criterion: by leaving each out and seeing who would notice."""
    found = set()
    for rule in guide.rules:
        helps = rule.level in {"emergency", "urgent"}
        told = [case for case in every if helps or not case.help_first]
        if rule.kind == "verdict":
            told = [case for case in told if case.verdicts[rule.on[0]] == rule.verdict]
        if not any(rule.key in case.rules for case in told):
            continue
        for k, criterion in enumerate(rule.criteria):
            for name in criterion.options if len(criterion.options) > 1 else ():
                fewer = tuple(option for option in criterion.options if option != name)
                cut = Criterion(any_of=fewer) if criterion.any_of else Criterion(none_of=fewer)
                criteria = [*rule.criteria[:k], cut, *rule.criteria[k + 1 :]]
                noticed = [
                    case
                    for case in (told if criterion.any_of else [case for case in every if not case.help_first])
                    if holds(criteria, case.given) != (rule.key in case.rules)
                ]
                if not noticed:
                    found.add(("option-idle", f"{k} {name} {rule.key}"))
    return found


def _signless(guide: Guide, every: list[Known]) -> set[tuple[str, str]]:
    found = set()
    for rule in guide.rules:
        read = {name.split(".")[0] for criterion in rule.criteria for name in criterion.options}
        asked = [question for question in guide.questions if question.key in read]
        if rule.kind == "alert" and asked and all(question.choice == "many" for question in asked):
            signs = {f"{q.key}.{option.key}" for q in asked for option in q.options if not option.exclusive}
            if any(rule.key in case.rules and not signs & _chosen(case.given) for case in every):
                found.add(("alert-without-sign", rule.key))
    return found


def _unsure(guide: Guide, shown: list[Known]) -> set[tuple[str, str]]:
    found = set()
    for question in guide.questions:
        if "not-sure" not in {option.key for option in question.options}:
            continue
        free = _hangs_on(guide, question)
        groups: dict[object, list[Known]] = {}
        for case in shown:
            if question.key in case.given:
                rest = frozenset((key, options) for key, options in case.given.items() if key not in free)
                groups.setdefault(rest, []).append(case)
        for group in groups.values():
            sure = [case for case in group if "not-sure" not in case.given[question.key]]
            for case in group:
                if sure and case.given[question.key] == {"not-sure"}:
                    for intervention, verdict in case.verdicts.items():
                        best = min(_rank(other.verdicts[intervention]) for other in sure)
                        if verdict and _rank(verdict) < best:
                            found.add(("not-sure-stronger", f"{question.key} {intervention}"))
    return found


def _rank(verdict: str | None) -> int:
    return STRENGTH.index(verdict) if verdict else len(STRENGTH)


def _hangs_on(guide: Guide, question: Question) -> set[str]:
    free = {question.key}
    for later in guide.questions[guide.questions.index(question) + 1 :]:
        if {name.split(".")[0] for criterion in later.asked for name in criterion.options} & free:
            free.add(later.key)
    return free


def walks(guide: Guide, place: int, given: Given, fixed: Given | None = None) -> Iterator[Given]:
    """Every way to go on from here; where ``fixed`` holds an answer, only that one."""
    if place == len(guide.questions) or _stopped(guide, place, given):
        yield given
        return
    question = guide.questions[place]
    if not _all_hold(question.asked, _chosen(given)):
        yield from walks(guide, place + 1, given, fixed)
        return
    ways = [fixed[question.key]] if fixed and question.key in fixed else _ways(question)
    for options in ways:
        yield from walks(guide, place + 1, {**given, question.key: options}, fixed)


def _stopped(guide: Guide, passed: int, given: Given) -> bool:
    """Whether an alert that reads only the first ``passed`` questions, and at least one, ends the path."""
    behind = {question.key for question in guide.questions[:passed]}
    for rule in guide.rules:
        read = {name.split(".")[0] for criterion in rule.criteria for name in criterion.options}
        if (
            rule.level in {"emergency", "urgent"}
            and read
            and read <= behind
            and _all_hold(rule.criteria, _chosen(given))
        ):
            return True
    return False


def _ways(question: Question) -> list[frozenset[str]]:
    keys = [option.key for option in question.options]
    if question.choice is Choice.ONE:
        return [frozenset({key}) for key in keys]
    alone = [option.key for option in question.options if option.exclusive]
    free = [key for key in keys if key not in alone]
    ticked = [frozenset(some) for size in range(1, len(free) + 1) for some in combinations(free, size)]
    return [frozenset({key}) for key in alone] + ticked


def _chosen(given: Given) -> set[str]:
    return {f"{key}.{option}" for key, options in given.items() for option in options}


def _all_hold(criteria: Iterable[Criterion], chosen: set[str]) -> bool:
    return all(
        bool(chosen & set(criterion.any_of)) if criterion.any_of else not chosen & set(criterion.none_of)
        for criterion in criteria
    )
