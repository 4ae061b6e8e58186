import itertools
import random
from typing import Any

from hypothesis import given, settings

from guidance.rules import changing, flow
from guidance.rules.changing import Move, Pair
from guidance.rules.engine import assess
from guidance.rules.guide import Choice, Guide, Status, Verdict
from tests.rules.builders import any_of, guide, many, one, verdict
from tests.rules.test_engine import complete, randoms


def test_boxes_of_one_question_can_make_a_pair():
    boxes = guide(
        many("ticks", "left right"),
        verdict("both", Verdict.RELEVANT, any_of("ticks.left"), any_of("ticks.right")),
        verdict("rest", Verdict.NOT_SUPPORTED),
    )
    ticks = boxes.questions[0]
    left, right = ticks.options[:2]
    [pair] = changing.Changes(boxes, assess(boxes, {"ticks": ["none"]})).pairs()["zinc"]
    assert pair == Pair(
        moves=(Move(ticks, left, False, (left, right)), Move(ticks, right, False, (left, right))),
        opens=(),
        status=Status.RELEVANT,
        verdict=Verdict.RELEVANT,
        way_round=False,
    )


def test_clearing_two_boxes_can_make_a_pair():
    either = guide(
        many("ticks", "left right rest"),
        verdict("either", Verdict.RELEVANT, any_of("ticks.left", "ticks.right")),
        verdict("rest", Verdict.NOT_SUPPORTED),
    )
    [cleared] = changing.Changes(either, assess(either, {"ticks": ["left", "right", "rest"]})).pairs()["zinc"]
    assert [move.option.key for move in cleared.moves] == ["left", "right"]
    [group] = changing.grouped_pairs(either, [cleared])
    assert [([o.key for o in side.picked], [o.key for o in side.cleared]) for side in group.sides] == [
        ([], ["left"]),
        ([], ["right"]),
    ]


def test_pairs_say_what_they_open_and_stand_together_by_status():
    opening = guide(
        one("first", "yes no"),
        one("second", "yes maybe no"),
        many("third", "x", asked=[any_of("first.yes")]),
        verdict("both", Verdict.POSSIBLE, any_of("first.yes"), any_of("second.yes")),
        verdict("some", Verdict.RELEVANT, any_of("first.yes"), any_of("second.maybe")),
        verdict("rest", Verdict.MAINTAIN),
    )
    found = changing.Changes(opening, assess(opening, {"first": "no", "second": "no"})).pairs()["zinc"]
    assert [(pair.status, [q.key for q in pair.opens]) for pair in found] == [
        (Status.POSSIBLE, ["third"]),
        (Status.RELEVANT, ["third"]),
    ]
    groups = changing.grouped_pairs(opening, found)
    assert [(g.wording.status, [q.key for q in g.opens], g.way_round, g.changeable) for g in groups] == [
        (Status.RELEVANT, ["third"], False, True),
        (Status.POSSIBLE, ["third"], False, True),
    ]


def test_picks_on_either_side_stand_together_only_where_each_goes_with_each():
    grid = guide(
        one("left", "a b c"),
        one("right", "x y z"),
        verdict("with-each", Verdict.RELEVANT, any_of("left.b", "left.c"), any_of("right.y")),
        verdict("with-one", Verdict.RELEVANT, any_of("left.c"), any_of("right.z")),
        verdict("rest", Verdict.MAINTAIN),
    )
    groups = changing.grouped_pairs(
        grid, changing.Changes(grid, assess(grid, {"left": "a", "right": "x"})).pairs()["zinc"]
    )
    assert [[[o.key for o in side.picked] for side in group.sides] for group in groups] == [
        [["b"], ["y"]],
        [["c"], ["y", "z"]],
    ]


def every_alternative(guide: Guide, answers: dict[str, Any]) -> set[tuple[str, tuple[str, ...]]]:
    """Every single change by brute force: all subsets of a ``many`` question one box or one exclusive away."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    for question in guide.questions:
        if question.key not in answers:
            continue
        keys = [option.key for option in question.options]
        if question.choice is Choice.ONE:
            found |= {(question.key, (key,)) for key in keys if key != answers[question.key]}
            continue
        alone = {option.key for option in question.options if option.exclusive}
        now = set(answers[question.key])
        for size in (1, len(now) - 1, len(now) + 1):
            for subset in itertools.combinations(keys, size) if size > 0 else ():
                new = set(subset)
                legal = len(new) == 1 or not new & alone
                near = len(new ^ now) == 1 or (len(new) == 1 and (new & alone or now & alone) and new != now)
                if legal and near:
                    found.add((question.key, tuple(key for key in keys if key in new)))
    return found


@given(randoms)
@settings(max_examples=25)
def test_every_change_is_true_when_tried_and_none_is_missing(guide: Guide, pick: random.Random):
    before = assess(guide, complete(guide, pick))
    said: dict[str, set[tuple[str, tuple[str, ...], Status]]] = {
        name: {(c.question.key, tuple(o.key for o in c.answer), c.status) for c in changes}
        for name, changes in changing.Changes(guide, before).single().items()
    }
    tried: dict[str, set[tuple[str, tuple[str, ...], Status]]] = {name: set() for name in before.outcomes}
    choices = {question.key: question.choice for question in guide.questions}
    for key, answer in every_alternative(guide, before.answers):
        given = {key: answer[0] if choices[key] is Choice.ONE else list(answer)}
        answers = completed(guide, before.answers | given)
        for name, outcome in assess(guide, answers).outcomes.items():
            if outcome.status is not before.outcomes[name].status:
                tried[name].add((key, answer, outcome.status))
    assert said == tried


def completed(guide: Guide, answers: dict[str, Any]) -> dict[str, Any]:
    answers = dict(answers)
    while opened := flow.next_question(guide, answers):
        answers[opened.key] = "not-sure" if opened.choice is Choice.ONE else ["none"]
    return answers


def every_pair(
    guide: Guide, answers: dict[str, Any]
) -> dict[frozenset[tuple[str, tuple[str, ...]]], list[dict[str, Any]]]:
    """By brute force: the answers after each two changes, with the answers after each of the two alone."""
    choices = {question.key: question.choice for question in guide.questions}
    alone_or_not_at_all = {q.key: {option.key for option in q.options if option.exclusive} for q in guide.questions}

    def given(key: str, answer: tuple[str, ...]) -> dict[str, Any]:
        return {key: answer[0] if choices[key] is Choice.ONE else list(answer)}

    singles = {
        (key, answer): completed(guide, answers | given(key, answer))
        for key, answer in every_alternative(guide, answers)
    }
    found = {}
    for (key, answer), after in singles.items():
        for other, second in every_alternative(guide, after):
            both = completed(guide, after | given(other, second))
            if other == key:
                if (key, second) in singles or set(second) == set(answers[key]):
                    continue
                if alone_or_not_at_all[key] & set(answer):
                    continue  # it took the place of all, so that this is not a change of two boxes
                now, then = set(answers[key]), set(second)
                alone = [s for (k, a), s in singles.items() if k == key and (set(a) ^ now) <= (then ^ now)]
                changed = frozenset({(key, second)})
            elif other in answers:
                if (other, second) not in singles:
                    continue
                alone = [after, singles[other, second]]
                changed = frozenset({(key, answer), (other, second)})
            else:
                alone = [after]
                changed = frozenset({(key, answer), (other, second)})
            if {key, other} <= set(assess(guide, both).answers):
                found[changed] = [both, *alone]
    return found


@given(randoms)
@settings(max_examples=6)
def test_every_pair_is_true_when_tried_and_none_is_missing(guide: Guide, pick: random.Random):
    before = assess(guide, complete(guide, pick))
    tried: dict[str, set[tuple[Any, Status]]] = {name: set() for name in before.outcomes}
    for changed, (both, *alone) in every_pair(guide, before.answers).items():
        sooner = [assess(guide, answers).outcomes for answers in alone]
        for name, outcome in assess(guide, both).outcomes.items():
            if outcome.status not in {before.outcomes[name].status, *(outcomes[name].status for outcomes in sooner)}:
                tried[name].add((changed, outcome.status))
    said = {
        name: {
            (frozenset((move.question.key, tuple(o.key for o in move.answer)) for move in pair.moves), pair.status)
            for pair in pairs
        }
        for name, pairs in changing.Changes(guide, before).pairs().items()
    }
    assert said == tried
