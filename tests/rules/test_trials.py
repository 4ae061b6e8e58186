import random

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from msgspec import structs

from guidance.rules import engine, flow, trials
from guidance.rules.guide import Answers, Choice, Guide, Level, Question, Verdict
from guidance.rules.trials import Alternative, Ground
from tests.guides import answers, guides
from tests.rules.builders import alert, any_of, guide, many, none_of, one, verdict

GUIDE = guide(
    one("who", "adult pregnant"),
    many("signs", "bleeding pain", asked=[any_of("who.pregnant")]),
    one("timing", "night day"),
    alert("now", Level.URGENT, any_of("signs.bleeding")),
    verdict("nights", Verdict.RELEVANT, any_of("timing.night"), none_of("who.pregnant")),
    verdict("anyone", Verdict.MAINTAIN),
)
NIGHT: Answers = {"who": "adult", "timing": "night"}
PREGNANT: Answers = {"who": "pregnant", "signs": ["pain"], "timing": "night"}


def question(key: str, guide: Guide = GUIDE) -> Question:
    return next(question for question in guide.questions if question.key == key)


def alternative(ground: Ground, key: str, option: str) -> Alternative:
    """Picking, ticking or clearing one option."""
    return next(found for found in ground.alternatives(question(key, ground.guide)) if found.option.key == option)


def decided(guide: Guide, answers: Answers) -> tuple[int, list[str]]:
    """What the engine says of answers, each question that is missing answered quietly, and the keys of these."""
    complete, opened = dict(answers), []
    while missing := flow.next_question(guide, complete):
        key = trials.quiet(missing)
        complete[missing.key] = key if missing.choice is Choice.ONE else [key]
        opened.append(missing.key)
    return engine.assess(guide, complete).holding, opened


def test_another_answer_is_tried_with_all_others_as_they_are():
    ground = trials.ground(GUIDE, NIGHT)
    expected = engine.assess(GUIDE, {**NIGHT, "timing": "day"}).holding
    assert ground.tried(alternative(ground, "timing", "day")) == (expected, ())


def test_boxes_are_ticked_and_cleared_one_at_a_time_and_some_stand_alone():
    ground = trials.ground(GUIDE, {**PREGNANT, "signs": ["pain", "bleeding"]})
    found = [(a.option.key, a.cleared, a.answer) for a in ground.alternatives(question("signs"))]
    assert found == [
        ("bleeding", True, ["pain"]),
        ("pain", True, ["bleeding"]),
        ("none", False, ["none"]),
        ("not-sure", False, ["not-sure"]),
    ]
    quiet = trials.ground(GUIDE, {**PREGNANT, "signs": ["none"]})
    assert [a.answer for a in quiet.alternatives(question("signs"))] == [["bleeding"], ["pain"], ["not-sure"]]


def test_what_is_not_answered_has_no_alternative():
    assert list(trials.ground(GUIDE, NIGHT).alternatives(question("signs"))) == []


def test_a_question_that_is_opened_is_answered_quietly_and_named():
    ground = trials.ground(GUIDE, NIGHT)
    expected = engine.assess(GUIDE, {**NIGHT, "who": "pregnant", "signs": ["none"]}).holding
    assert ground.tried(alternative(ground, "who", "pregnant")) == (expected, (question("signs"),))


def test_another_answer_to_what_is_not_asked_changes_nothing():
    ground = trials.ground(GUIDE, {**NIGHT, "signs": ["none"]})
    assert ground.tried(alternative(ground, "signs", "bleeding")) == (ground.holding, ())


def test_a_question_that_hangs_on_one_after_it_is_walked_to_as_it_stands():
    """No release has such a question; a draft that is looked at may."""
    early = guide(
        one("first", "yes no"),
        one("second", "yes no", asked=[any_of("first.yes", "third.yes")]),
        one("third", "yes no"),
        verdict("rule", Verdict.RELEVANT, any_of("second.yes")),
        verdict("anyone", Verdict.MAINTAIN),
    )
    answers: Answers = {"first": "yes", "second": "yes", "third": "yes"}
    ground = trials.ground(early, answers)
    expected = engine.assess(early, {**answers, "first": "no"}).holding
    assert ground.tried(alternative(ground, "first", "no")) == (expected, ())


@given(data=st.data(), shuffled=st.booleans(), dice=st.randoms(use_true_random=False))
def test_what_is_tried_is_what_the_engine_decides(data: DataObject, shuffled: bool, dice: random.Random):
    guide = data.draw(guides(questions=5, rules=8))
    if shuffled:
        guide = structs.replace(guide, questions=tuple(dice.sample(guide.questions, len(guide.questions))))
    given = data.draw(answers(guide, stray=True))
    ground = trials.ground(guide, given)
    for asked in guide.questions:
        for found in ground.alternatives(asked):
            expected = decided(guide, {**given, asked.key: found.answer})
            holding, opens = ground.tried(found)
            assert (holding, [question.key for question in opens]) == expected
            if asked.key in ground.marks:
                moved = ground.moved(found)
                assert (moved.holding, [question.key for question in moved.opened]) == expected
                again = trials.ground(guide, moved.answers)
                assert (moved.held, moved.marks, moved.others) == (again.held, again.marks, again.others)
