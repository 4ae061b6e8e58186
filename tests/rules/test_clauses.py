"""The search among answer sets: what it gives is quiet, for as long as there are not too many examples to make so."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from guidance.rules import answer_space, clauses
from guidance.rules.clauses import Search, Space
from guidance.rules.guide import Guide, Verdict
from tests.rules import brute_force, builders, random_guides
from tests.rules.brute_force import Given
from tests.rules.builders import any_of, many, one, verdict

SMALL = builders.guide(
    one("first", "quiet loud"),
    many("second", "loud"),
    one("third", "quiet loud"),
    many("fourth", "loud louder"),
    verdict("loud", Verdict.POSSIBLE, any_of("third.loud"), any_of("fourth.loud")),
)


@contextmanager
def searched(guide: Guide) -> Iterator[Space]:
    space = Space(guide, Search(time.monotonic() + 60))
    try:
        yield space
    finally:
        space.search.close()


def quieter(guide: Guide, other: Given, example: Given) -> bool:
    """Whether an answer set differs from the example, and only by quiet answers where the example has none."""
    calm = {q.key: answer_space.quiet([option.key for option in q.options]) for q in guide.questions if q.options}
    return (
        other != example
        and other.keys() == example.keys()
        and all(a == example[key] or (calm[key] in a and calm[key] not in example[key]) for key, a in other.items())
    )


def test_no_answer_of_an_example_could_be_quiet_while_the_others_stay() -> None:
    looked_at = 0
    for seed in range(40):
        guide = random_guides.small(seed)
        every = brute_force.answer_sets(guide)
        with searched(guide) as space:
            for rule in guide.rules if len(every) < 500 else ():
                example = space.example(space.rules[rule.key])
                if example is not None:
                    given = {key: frozenset([a] if isinstance(a, str) else a) for key, a in example.items()}
                    holding = [case.given for case in every if rule.key in case.rules]
                    assert given in holding and not any(quieter(guide, other, given) for other in holding)
                    looked_at += 1
    assert looked_at > 100


def test_an_example_taken_as_it_is_found_is_quiet_wherever_nothing_decides() -> None:
    with searched(SMALL) as space:
        space.examples = clauses.QUIETED
        example = space.example(space.rules["loud"])
        assert not space.patient
        assert example == {"first": "quiet", "second": ["none"], "third": "loud", "fourth": ["loud"]}


def test_so_many_examples_are_made_quiet_and_no_more() -> None:
    with searched(SMALL) as space:
        for _ in range(clauses.QUIETED):
            space.example(space.rules["loud"])
        assert space.patient
        space.example(space.rules["loud"])
        assert not space.patient
