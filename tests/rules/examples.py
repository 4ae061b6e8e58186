"""Whether a problem is what an editor can use: said in sentences, at a place that is there, shown by its example."""

import re
from collections.abc import Mapping, Sequence

from guidance.rules.guide import GET_HELP, Answers, Guide, Level, Rule
from guidance.rules.problem import Problem
from tests.rules import brute_force
from tests.rules.brute_force import SAYS_NO, SAYS_YES, Known

WITH_EXAMPLE = {
    "gap", "rule-never-shown", "verdict-never-wins", "contradiction", "guarantee-broken", "out-of-scope",
    "superfluous-rule", "case-unnamed-rule", "criterion-idle", "not-sure-stronger", "case-failing", "option-idle",
    "alert-without-sign",
}  # fmt: skip
"""Codes of problems that always have an example."""

WITHOUT_HELP = {"gap", "contradiction", "out-of-scope", "not-sure-stronger"}


def said(problem: Problem) -> bool:
    """Whether the problem and its mend are sentences."""
    return all(
        not text[0].islower() and text != text.upper() and text.endswith((".", "”"))
        for text in (problem.message, problem.mend)
    )


def standing(guide: Guide, place: str) -> tuple[object, str]:
    """What stands in the guide at the path of a problem's place, and the key of the thing that it is or belongs to."""
    at: object = guide
    key = ""
    for step in place.partition(" ")[0].split("."):
        name, _, index = step.rstrip("]").partition("[")
        at = getattr(at, name)[int(index)] if index else getattr(at, name)
        key = getattr(at, "key", getattr(at, "status", key))
    return at, key


def stands_there(guide: Guide, place: str) -> bool:
    """Whether the path of a place leads somewhere in the guide, and the name behind it is that of what stands there."""
    _, *names = place.split(" ")
    _, key = standing(guide, place)
    return not names or names[0].rpartition(".")[2] == key


def complete(guide: Guide, answers: Answers) -> bool:
    """Whether the answers are one of the guide's complete answer sets, nothing missing and nothing too much."""
    given = {key: frozenset([a] if isinstance(a, str) else a) for key, a in answers.items()}
    return any(walk == given for walk in brute_force.walks(guide, 0, {}, given))


def looked_at(guide: Guide, answers: Mapping[str, str | Sequence[str]]) -> Known:
    given = {key: frozenset([a] if isinstance(a, str) else a) for key, a in answers.items()}
    return brute_force.known(guide, given)


def shows(guide: Guide, problem: Problem) -> bool:
    """Whether the example is a complete answer set, and what the problem says is true of it."""
    assert problem.example is not None
    case = looked_at(guide, problem.example)
    if not complete(guide, problem.example) or (problem.code in WITHOUT_HELP and case.help_first):
        return False
    return _true_of(guide, problem, case)


def _true_of(guide: Guide, problem: Problem, case: Known) -> bool:
    key = problem.place.rpartition(" ")[2]
    rules = {rule.key: rule for rule in guide.rules}
    match problem.code:
        case "gap":
            return case.verdicts[key] is None
        case "verdict-never-wins":
            given = case.verdicts[rules[key].on[0]]
            return key in case.rules and (case.help_first or given != rules[key].verdict)
        case "contradiction":
            rule, other = rules[key], rules[_named(r"and '([^']+)' says", problem)]
            opposed = str(rule.verdict) in SAYS_YES and str(other.verdict) in SAYS_NO and rule.on == other.on
            return opposed and {key, other.key} <= case.rules
        case "outranks-wrong-way":
            return {key, _named(r"outranks '([^']+)'", problem)} <= case.rules
        case "guarantee-broken":
            return _breaks(guide, key, _named(r"Promised: (\S+) ", problem), case)
        case "out-of-scope":
            scope = next(s for s in guide.scopes if s.key == _named(r"scope '([^']+)'", problem))
            return key in case.rules and not brute_force.holds(scope.criteria, case.given)
        case "superfluous-rule":
            return {key, _named(r"holds, '([^']+)' holds", problem)} <= case.rules and _told(rules[key], case)
        case "case-unnamed-rule":
            silent = [c for c in guide.cases if c.rules is not None and key not in c.rules]
            others = [looked_at(guide, c.answers).given for c in silent]
            return key in case.rules and any(case.given.items() <= given.items() for given in others)
        case "criterion-idle" | "option-idle":
            return key in case.rules and _told(rules[key], case)
        case "alert-without-sign":
            return key in case.rules
        case "rule-never-shown":
            return key in case.rules and case.help_first
        case "not-sure-stronger":
            verdict, on = re.findall(r"told '([^']+)' of (\S+),", problem.message)[0]
            return case.given[key] == {"not-sure"} and case.verdicts[on] == verdict
        case "late-alert":
            early = re.split(", | and ", _named(r"asked here, and (.+) (?:was|were) asked before it", problem))
            return case.help_first and key in case.given and any(question in case.given for question in early)
        case "case-failing":
            expected = next(c for c in guide.cases if c.key == key)
            other_rules = expected.rules is not None and set(expected.rules) != case.rules
            levels = {rule.level for rule in guide.rules if rule.key in case.rules and rule.level}
            other_alert = expected.alert is not None and expected.alert != min(
                levels, key=list(Level).index, default=None
            )
            return other_rules or other_alert or any(case.statuses[k] != told for k, told in expected.expected.items())
    return False


def _told(rule: Rule, case: Known) -> bool:
    """Whether help does not come before what the rule has to say, unless the rule itself asks for help."""
    return not case.help_first or rule.level in GET_HELP


def _breaks(guide: Guide, key: str, intervention: str, case: Known) -> bool:
    guarantee = next(g for g in guide.guarantees if g.key == key)
    told = case.statuses[intervention]
    bad = told != guarantee.always if guarantee.always else told in guarantee.never
    return bad and intervention in guarantee.on and brute_force.holds(guarantee.when, case.given)


def _named(pattern: str, problem: Problem) -> str:
    found = re.search(pattern, problem.message)
    assert found, problem.message
    return found[1]
