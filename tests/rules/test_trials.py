import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from msgspec import structs

from guidance.rules import engine, flow
from guidance.rules.flow import AnswerError
from guidance.rules.guide import Answers, Choice, Guide, Level, Question, Verdict
from guidance.rules.trials import Ground, quiet
from tests.guides import answer, answers, guides
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


def question(key: str) -> Question:
    return next(question for question in GUIDE.questions if question.key == key)


def holding(guide: Guide, answers: Answers) -> tuple[int, list[str]]:
    """What the engine says of answers, each question that is missing answered quietly, and the keys of these."""
    complete, opened = dict(answers), []
    while missing := flow.next_question(guide, complete):
        key = quiet(missing)
        complete[missing.key] = key if missing.choice is Choice.ONE else [key]
        opened.append(missing.key)
    return engine.assess(guide, complete).holding, opened


def test_another_answer_is_tried_with_all_others_as_they_are():
    tried = Ground(GUIDE, NIGHT).tried(question("timing"), "day")
    assert (tried.holding, tried.opens) == (engine.assess(GUIDE, {**NIGHT, "timing": "day"}).holding, ())


def test_a_question_that_is_opened_is_answered_quietly_and_named():
    tried = Ground(GUIDE, NIGHT).tried(question("who"), "pregnant")
    assert tried.opens == (question("signs"),)
    assert tried.holding == engine.assess(GUIDE, {**NIGHT, "who": "pregnant", "signs": ["none"]}).holding


def test_another_answer_to_what_is_not_asked_changes_nothing():
    ground = Ground(GUIDE, {**NIGHT, "signs": ["none"]})
    assert ground.tried(question("signs"), ["bleeding"]) == (ground.holding, ())


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
    tried = Ground(early, answers).tried(early.questions[0], "no")
    assert tried.holding == engine.assess(early, {**answers, "first": "no"}).holding


def test_what_cannot_be_answered_cannot_be_tried():
    with pytest.raises(AnswerError, match="no option 'noon'"):
        Ground(GUIDE, NIGHT).tried(question("timing"), "noon")


@given(data=st.data(), shuffled=st.booleans(), dice=st.randoms(use_true_random=False))
def test_what_is_tried_is_what_the_engine_decides(data: DataObject, shuffled: bool, dice: random.Random):
    guide = data.draw(guides(questions=5, rules=8))
    if shuffled:
        guide = structs.replace(guide, questions=tuple(dice.sample(guide.questions, len(guide.questions))))
    given = data.draw(answers(guide, stray=True))
    ground = Ground(guide, given)
    for asked in guide.questions:
        if asked.key in given:
            other = data.draw(answer(asked))
            holds, opens = ground.tried(asked, other)
            assert (holds, [question.key for question in opens]) == holding(guide, {**given, asked.key: other})
