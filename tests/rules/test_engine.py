import random
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance.rules import engine, flow, masks
from guidance.rules.engine import assess
from guidance.rules.flow import AnswerError
from guidance.rules.guide import AGAINST, NOT_SURE, Choice, Guide, Level, Status, Verdict
from tests.rules.builders import alert, any_of, caution, guide, many, none_of, note, one, verdict

YES, NO = any_of("asked.yes"), any_of("asked.no")


def deciding(*rules, interventions: str = "zinc") -> Guide:
    """A guide of one question, "asked", with these rules."""
    return guide(one("asked", "yes no"), many("signs", "chest"), *rules, interventions=interventions)


def zinc(rules_of: Guide, asked: str = "yes") -> engine.Outcome:
    return assess(rules_of, {"asked": asked, "signs": ["none"]}).outcomes["zinc"]


def test_a_rule_holds_when_all_its_criteria_hold():
    both = deciding(verdict("both", Verdict.POSSIBLE, YES, any_of("signs.none")))
    assert zinc(both).rules == ("both",)
    assert zinc(both, "no").rules == ()


def test_a_rule_without_criteria_always_holds():
    assert zinc(deciding(verdict("always", Verdict.MAINTAIN))).status is Status.MAINTAIN


def test_none_of_holds_for_a_question_that_was_not_asked():
    unasked = guide(
        one("asked", "yes no"),
        one("further", "yes no", asked=[NO]),
        verdict("rule", Verdict.POSSIBLE, none_of("further.yes")),
    )
    assert assess(unasked, {"asked": "yes"}).outcomes["zinc"].status is Status.POSSIBLE


def test_the_strongest_verdict_wins_whatever_the_order_of_the_rules():
    rules = [verdict(value.value, value, YES) for value in Verdict]
    for order in (rules, rules[::-1]):
        assert zinc(deciding(*order)).verdict is Verdict.RELEVANT
    assert zinc(deciding(*rules[2:])).verdict is Verdict.CANNOT_TELL


def test_all_rules_with_the_winning_verdict_are_reasons_and_no_others():
    outcome = zinc(
        deciding(
            verdict("first", Verdict.POSSIBLE, YES),
            verdict("weaker", Verdict.MAINTAIN, YES),
            verdict("second", Verdict.POSSIBLE, none_of("asked.no")),
            verdict("other-way", Verdict.POSSIBLE, NO),
        )
    )
    assert outcome.rules == ("first", "second")


@pytest.mark.parametrize("value", Verdict)
def test_a_caution_asks_first_save_where_the_verdict_says_no(value: Verdict):
    outcome = zinc(deciding(verdict("rule", value, YES), caution("care", YES)))
    assert outcome.status == (value if value in AGAINST else "ask-first")
    assert (outcome.verdict, outcome.cautions) == (value, ("care",))


def test_a_caution_is_on_the_interventions_it_names_only():
    both = deciding(
        verdict("zinc-rule", Verdict.POSSIBLE, on="zinc"),
        verdict("iron-rule", Verdict.POSSIBLE, on="iron"),
        caution("care", YES, on=["iron"]),
        interventions="zinc iron",
    )
    outcomes = assess(both, {"asked": "yes", "signs": ["none"]}).outcomes
    assert [outcome.status for outcome in outcomes.values()] == [Status.POSSIBLE, Status.ASK_FIRST]


@pytest.mark.parametrize("level", [Level.EMERGENCY, Level.URGENT])
def test_get_help_takes_the_place_of_every_verdict_and_note(level: Level):
    signs = deciding(
        verdict("rule", Verdict.RELEVANT),
        note("remark"),
        caution("care", YES),
        alert("sign", level, any_of("signs.chest")),
    )
    assessment = assess(signs, {"asked": "yes", "signs": ["chest"]})
    assert assessment.outcomes["zinc"] == engine.Outcome("zinc", Status.GET_HELP, None, (), ("care",))
    assert (assessment.alert, assessment.alerts, assessment.notes) == (level, ("sign",), ())


def test_a_routine_alert_leaves_verdicts_standing():
    outcome = assess(
        deciding(verdict("rule", Verdict.RELEVANT), alert("sign", Level.ROUTINE, any_of("signs.chest"))),
        {"asked": "yes", "signs": ["chest"]},
    )
    assert (outcome.alert, outcome.outcomes["zinc"].status) == (Level.ROUTINE, Status.RELEVANT)


def test_the_soonest_alert_gives_the_level():
    levels = [alert(level.value, level, YES) for level in reversed(Level)]
    assert assess(deciding(*levels), {"asked": "yes", "signs": ["none"]}).alert is Level.EMERGENCY


def test_every_alert_that_holds_is_named():
    levels = [alert(level.value, level, YES) for level in Level]
    assert assess(deciding(*levels), {"asked": "yes", "signs": ["none"]}).alerts == ("emergency", "urgent", "routine")


def test_notes_that_hold_are_named_and_no_other_rules():
    noted = deciding(note("held", YES), note("not-held", NO), verdict("rule", Verdict.POSSIBLE), caution("care", YES))
    assert assess(noted, {"asked": "yes", "signs": ["none"]}).notes == ("held",)


def test_an_assessment_says_where_the_path_stopped_and_which_rules_held():
    stopped = deciding(note("held", YES), alert("now", Level.URGENT, YES), note("not-held", NO))
    assessment = assess(stopped, {"asked": "yes"})
    assert assessment.stopped_at == "asked"
    assert masks.of(stopped).names(assessment.holding) == ("held", "now")


def test_a_missing_answer_is_named_in_words():
    with pytest.raises(AnswerError, match=r"^'signs' is not answered\. 'not-sure' is an answer too\.$"):
        assess(deciding(), {"asked": "yes"})


def test_where_no_rule_speaks_nothing_is_told():
    assert zinc(deciding()) == engine.Outcome("zinc", Status.CANNOT_TELL, None, (), ())


def test_silence_is_an_error_never_a_no():
    with pytest.raises(AnswerError) as caught:
        assess(deciding(), {"asked": "yes"})
    assert caught.value.where == "answers.signs"


def test_answers_that_were_set_aside_count_for_nothing_and_are_named():
    stopped = deciding(alert("now", Level.URGENT, YES), caution("care", any_of("signs.chest")))
    assessment = assess(stopped, {"asked": "yes", "signs": ["chest"]})
    assert assessment.set_aside == ("signs",)
    assert (assessment.answers, assessment.outcomes["zinc"].cautions) == ({"asked": "yes"}, ())


# What must be true of the shipped guide, for any answers at all.


def complete(guide: Guide, pick: random.Random) -> dict[str, Any]:
    """One random whole answer set, each option about as likely as any other."""
    answers: dict[str, Any] = {}
    while question := flow.next_question(guide, answers):
        alone = [option.key for option in question.options if option.exclusive]
        shared = [option.key for option in question.options if not option.exclusive]
        if question.choice is Choice.ONE:
            answers[question.key] = pick.choice(shared)
        elif pick.random() < 0.8:
            answers[question.key] = [pick.choice([*alone, alone[0]])]
        else:
            answers[question.key] = pick.sample(shared, pick.randint(1, len(shared)))
    return answers


randoms = st.integers(min_value=0).map(random.Random)


@given(randoms)
@settings(max_examples=300)
def test_every_whole_answer_set_gives_every_intervention_one_status_and_a_reason(guide: Guide, pick: random.Random):
    assessment = assess(guide, complete(guide, pick))
    assert list(assessment.outcomes) == ["zinc", "magnesium", "potassium", "fluids"]
    for outcome in assessment.outcomes.values():
        assert bool(outcome.rules) != assessment.get_help


@given(randoms)
def test_the_order_of_rules_and_answers_never_matters(guide: Guide, pick: random.Random):
    answers = complete(guide, pick)
    rules = list(guide.rules)
    pick.shuffle(rules)
    shuffled = msgspec.structs.replace(guide, rules=tuple(rules))
    items = [(key, pick.sample(a, len(a)) if isinstance(a, list) else a) for key, a in answers.items()]
    pick.shuffle(items)
    one_way, other_way = assess(guide, answers), assess(shuffled, dict(items))
    for before, after in zip(one_way.outcomes.values(), other_way.outcomes.values(), strict=True):
        assert (before.status, before.verdict) == (after.status, after.verdict)
        assert set(before.rules) == set(after.rules) and set(before.cautions) == set(after.cautions)
    assert one_way.alert == other_way.alert and set(one_way.notes) == set(other_way.notes)


STRENGTH = [*Verdict][::-1]


def known_answers(guide: Guide, answers: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    """The answer sets with each answer a not-sure stands for in its place, opened questions answered not-sure."""
    question = next(question for question in guide.questions if question.key == key)
    for option in question.options:
        if not option.unknown:
            known = answers | {key: option.key if question.choice is Choice.ONE else [option.key]}
            while opened := flow.next_question(guide, known):
                known[opened.key] = NOT_SURE if opened.choice is Choice.ONE else [NOT_SURE]
            yield known


@given(randoms)
@settings(max_examples=200)
def test_a_not_sure_never_gives_a_stronger_verdict_than_the_answers_it_stands_for(guide: Guide, pick: random.Random):
    answers = complete(guide, pick)
    unsure = [key for key, answer in answers.items() if NOT_SURE in ([answer] if isinstance(answer, str) else answer)]
    before = assess(guide, answers)
    for key in unsure:
        told = [assess(guide, known) for known in known_answers(guide, answers, key)]
        for name, outcome in before.outcomes.items():
            verdicts = [after.outcomes[name].verdict for after in told]
            if outcome.verdict and None not in verdicts:
                assert STRENGTH.index(outcome.verdict) <= max(STRENGTH.index(v) for v in verdicts if v)


@given(randoms)
def test_a_caution_never_turns_a_no_into_anything_else(guide: Guide, pick: random.Random):
    for outcome in assess(guide, complete(guide, pick)).outcomes.values():
        if outcome.verdict in AGAINST:
            assert outcome.status.value == outcome.verdict.value
        elif outcome.cautions and outcome.status is not Status.GET_HELP:
            assert outcome.status is Status.ASK_FIRST
