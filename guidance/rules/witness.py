"""For every rule an answer set on which it holds: true to the engine, with few signs besides."""

import time
from collections.abc import Iterator

from guidance.rules.clauses import NotProved, Search, Space
from guidance.rules.guide import GET_HELP, Answers, Guide, Kind, Rule, Status

SECONDS = 10.0


def answers(guide: Guide, seconds: float = SECONDS) -> dict[str, Answers | None]:
    """By rule: a whole set of answers for which it holds, or None where no answers are like that.

    Where it can be, a verdict rule wins on these answers, a caution turns a verdict into ``ask-first``, no alert asks
    for help, and no caution stands in a verdict's way. A rule that was not tried within ``seconds`` is left out.
    """
    space = Space(guide, Search(time.monotonic() + seconds))
    found = {}
    try:
        for rule in guide.rules:
            found[rule.key] = _first(space, rule)
    except NotProved:
        return found
    finally:
        space.search.close()
    return found


def _first(space: Space, rule: Rule) -> Answers | None:
    return next((example for wish in _wishes(space, rule) if (example := space.example(*wish))), None)


def _wishes(space: Space, rule: Rule) -> Iterator[list[int]]:
    """What to ask for, best first; the last is only that the rule holds."""
    holds, calm = space.rules[rule.key], -space.get_help
    if rule.verdict:
        wins = space.wins(rule.on[0], rule.verdict)
        yield [holds, calm, wins, -space.cautions[rule.on[0]]]
        yield [holds, calm, wins]
    if rule.kind is Kind.CAUTION:
        yield [holds, calm, *(space.status(key, Status.ASK_FIRST) for key in rule.on)]
        yield [holds, calm, space.search.any_of(space.status(key, Status.ASK_FIRST) for key in rule.on)]
    if rule.level not in GET_HELP:
        yield [holds, calm]
    yield [holds]
