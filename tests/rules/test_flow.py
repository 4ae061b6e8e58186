import pytest

from guidance.rules import flow
from guidance.rules.flow import AnswerError
from guidance.rules.guide import Level
from tests.rules.builders import alert, any_of, guide, many, none_of, one

GUIDE = guide(
    one("who", "adult pregnant"),
    many("signs", "chest leg"),
    many("more-signs", "rib face", asked=[any_of("who.pregnant")]),
    one("timing", "night day"),
    alert("signs", Level.EMERGENCY, any_of("signs.chest", "signs.leg")),
    alert("more-signs", Level.URGENT, any_of("more-signs.rib")),
    alert("timing", Level.ROUTINE, any_of("timing.night")),
)


def test_questions_are_asked_in_the_guides_order():
    assert flow.path(GUIDE, {}).missing == ("who", "signs", "timing")
    following = flow.next_question(GUIDE, {"who": "adult"})
    assert following and following.key == "signs"


def test_a_whole_path_has_no_next_question():
    assert flow.next_question(GUIDE, {"who": "adult", "signs": ["none"], "timing": "day"}) is None


def test_an_answer_can_make_a_question_needed():
    path = flow.path(GUIDE, {"who": "pregnant", "signs": ["none"], "timing": "day"})
    assert path.missing == ("more-signs",)


def test_an_answer_to_a_question_that_is_not_asked_is_set_aside_and_comes_back():
    answers = {"who": "adult", "signs": ["none"], "more-signs": ["rib"], "timing": "day"}
    path = flow.path(GUIDE, answers)
    assert (path.set_aside, path.stopped_at) == (("more-signs",), None)
    assert flow.path(GUIDE, answers | {"who": "pregnant"}).asked == ("who", "signs", "more-signs")


def test_a_get_help_alert_ends_the_questions_and_sets_later_answers_aside():
    path = flow.path(GUIDE, {"who": "adult", "signs": ["leg"], "timing": "day"})
    assert path == flow.Path(("who", "signs"), (), ("timing",), "signs", path.held)


def test_a_routine_alert_does_not_end_the_questions():
    assert flow.path(GUIDE, {"who": "adult", "signs": ["none"], "timing": "night"}).stopped_at is None


def test_an_alert_over_two_questions_waits_for_the_second():
    both = guide(
        one("first", "yes no"),
        one("second", "yes no"),
        one("third", "yes no"),
        alert("both", Level.URGENT, none_of("second.no"), any_of("first.yes")),
    )
    assert flow.path(both, {"first": "yes"}).missing == ("second",)
    assert flow.path(both, {"first": "yes", "second": "no"}).missing == ("third",)
    assert flow.path(both, {"first": "yes", "second": "yes"}).stopped_at == "second"


def test_an_alert_waits_for_the_question_that_comes_last_not_for_the_last_name():
    both = guide(
        one("zebra", "yes no"),
        one("ant", "yes no"),
        one("bee", "yes no"),
        alert("both", Level.URGENT, any_of("zebra.yes"), none_of("ant.no")),
    )
    assert flow.path(both, {"zebra": "yes"}).missing == ("ant",)
    assert flow.path(both, {"zebra": "yes", "ant": "not-sure"}).stopped_at == "ant"


def test_a_question_with_two_conditions_needs_both():
    narrow = guide(
        one("first", "yes no"),
        one("second", "yes no"),
        one("third", "yes no", asked=[any_of("first.yes"), none_of("second.no")]),
    )
    assert flow.path(narrow, {"first": "yes", "second": "yes"}).missing == ("third",)
    assert flow.path(narrow, {"first": "yes", "second": "no"}).missing == ()
    assert flow.path(narrow, {"first": "no", "second": "yes"}).missing == ()


def test_the_answers_a_guide_can_take_are_kept_whole_or_not_at_all():
    given = {"who": "adult", "signs": ["chest", "gone"], "timing": "gone", "asked-no-more": "yes"}
    assert flow.possible(GUIDE, given) == {"who": "adult"}


@pytest.mark.parametrize(
    ("answers", "where", "words"),
    [
        ({"timing": "nite"}, "answers.timing", "no option 'nite'. Known: night, day, not-sure"),
        ({"timing": ["night"]}, "answers.timing", "takes one option"),
        ({"timing": None}, "answers.timing", "takes one option"),
        ({"signs": "chest"}, "answers.signs", "takes a list of options"),
        ({"signs": []}, "answers.signs", "at least one option"),
        ({"signs": ["chess"]}, "answers.signs", "no option 'chess'"),
        ({"signs": ["chest", "chess"]}, "answers.signs", "no option 'chess'"),
        ({"signs": ["chest", "chest"]}, "answers.signs", "twice"),
        ({"signs": ["chest", "none"]}, "answers.signs", "'none' stands alone"),
        ({"signs": ["none", "not-sure"]}, "answers.signs", "stands alone"),
        ({"signs": [["chest"]]}, "answers.signs", "each a word"),
        ({"signs": [1, 2]}, "answers.signs", "each a word"),
        ({"sings": ["chest"]}, "answers.sings", "no question 'sings'. Known: who, signs"),
        ({"more-signs": ["rub"]}, "answers.more-signs", "no option 'rub'"),
    ],
)
def test_an_answer_that_cannot_be_given_is_an_error_that_names_it(answers, where: str, words: str):
    with pytest.raises(AnswerError) as caught:
        flow.path(GUIDE, {"who": "adult"} | answers)
    assert caught.value.where == where
    assert words in caught.value.message
