from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guidance.rules import engine, explanation, retelling
from guidance.rules.guide import Criterion, Guide, Option, Question, Verdict
from guidance.rules.retelling import Retelling, Said
from tests import guides


def case(guide: Guide, key: str) -> dict[str, Any]:
    return dict(next(case.answers for case in guide.cases if case.key == key))


def with_rule(guide: Guide, key: str, **fields: Any) -> Guide:
    assert any(rule.key == key for rule in guide.rules)
    rules = tuple(msgspec.structs.replace(rule, **fields) if rule.key == key else rule for rule in guide.rules)
    return msgspec.structs.replace(guide, rules=rules)


def with_question(guide: Guide, key: str, **fields: Any) -> Guide:
    questions = tuple(msgspec.structs.replace(q, **fields) if q.key == key else q for q in guide.questions)
    return msgspec.structs.replace(guide, questions=questions)


def titles(guide: Guide, references: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(next(other.title for other in guide.references if other.key == key) for key in references)


def without_option(guide: Guide, name: str) -> Guide:
    """The guide without one option, which no criterion names any more."""
    question, _, key = name.partition(".")
    options = tuple(o for q in guide.questions if q.key == question for o in q.options if o.key != key)

    def without(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(other for other in names if other != name)

    def cut(criterion: Criterion) -> Criterion:
        return msgspec.structs.replace(criterion, any_of=without(criterion.any_of), none_of=without(criterion.none_of))

    rules = tuple(msgspec.structs.replace(rule, criteria=tuple(map(cut, rule.criteria))) for rule in guide.rules)
    return with_question(msgspec.structs.replace(guide, rules=rules), question, options=options)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_guide_tells_its_own_answers_as_it_did(data: st.DataObject) -> None:
    guide = data.draw(guides.guides())
    answers = data.draw(guides.answers(guide))
    again = retelling.retell(guide, guide, answers)
    assert again.same
    assert not again.unused and not again.reworded


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_what_is_told_otherwise_is_what_the_engine_decides_otherwise(guide: Guide, data: st.DataObject) -> None:
    answers = data.draw(guides.answers(guide))
    rule = data.draw(st.sampled_from([rule for rule in guide.rules if rule.verdict]))
    after = with_rule(guide, rule.key, verdict=data.draw(st.sampled_from(Verdict)))
    was, now = engine.assess(guide, answers).outcomes, engine.assess(after, answers).outcomes
    differing = [key for key in was if was[key].status is not now[key].status]
    again = retelling.retell(guide, after, answers)
    assert [told.intervention.key for told in again.told] == differing
    for told in again.told:
        assert told.was and told.now
        assert (told.was.status, told.now.status) == (
            was[told.intervention.key].status,
            now[told.intervention.key].status,
        )


def test_a_rule_in_other_words_is_said_otherwise_where_it_was_said_and_only_there(guide: Guide) -> None:
    after = with_rule(guide, "magnesium-some-nights", text="In other words.")
    again = retelling.retell(guide, after, case(guide, "healthy-night-cramps"))
    assert [(said.about, said.text) for said in again.changed] == [("Magnesium", "In other words.")]
    assert not again.same and not again.told and not again.added and not again.removed
    assert retelling.retell(guide, after, case(guide, "marathon-runner")).same


def test_what_comes_and_goes_is_named(guide: Guide) -> None:
    answers = case(guide, "healthy-night-cramps")
    fatigue = next(rule for rule in guide.rules if rule.key == "fatigue")
    after = with_rule(guide, "fatigue", criteria=(Criterion(any_of=("timing.night",)),))
    there = retelling.retell(guide, after, answers)
    rule, appraisal = there.added
    quotes = tuple(citation.quote for citation in fatigue.citations)
    assert rule == Said("", fatigue.heading, fatigue.text, quotes, titles(guide, fatigue.references))
    assert appraisal.sentences == tuple(citation.sentence for citation in fatigue.citations)
    assert not there.removed
    back = retelling.retell(after, guide, answers)
    assert back.removed == there.added
    assert not back.added


def test_a_note_is_said_with_the_references_it_rests_on(guide: Guide) -> None:
    review = next(rule for rule in guide.rules if rule.key == "medicine-review")
    after = with_rule(guide, review.key, criteria=(Criterion(any_of=("timing.night",)),))
    [note] = retelling.retell(guide, after, case(guide, "healthy-night-cramps")).added
    assert note == Said("", review.heading, review.text, (), titles(guide, review.references))
    assert note.references


def test_an_appraisal_and_what_the_article_leaves_out_are_said_too(guide: Guide) -> None:
    answers = case(guide, "healthy-night-cramps")
    omissions = (msgspec.structs.replace(guide.omissions[0], text="Another exercise."),)
    appraisals = tuple(msgspec.structs.replace(a, direction="seen otherwise now") for a in guide.appraisals)
    after = msgspec.structs.replace(guide, omissions=omissions, appraisals=appraisals)
    shown = {quote.sentence for quote in explanation.explain(after, engine.assess(after, answers)).quotes}
    seen_otherwise = [
        Said("", "seen otherwise now", a.text, (), titles(guide, a.references), tuple(sorted(about)))
        for a in appraisals
        if (about := shown & {citation.sentence for citation in a.citations})
    ]
    omission = omissions[0]
    left_out = Said("", omission.heading, "Another exercise.", (), titles(guide, omission.references))
    said = retelling.retell(guide, after, answers).changed
    assert sorted(said) == sorted([*seen_otherwise, left_out])
    assert sum(bool(item.references) for item in seen_otherwise) > 1 and left_out.references


def test_an_answer_that_lost_its_option_is_missing(guide: Guide) -> None:
    after = without_option(guide, "diet.regular")
    again = retelling.retell(guide, after, case(guide, "healthy-night-cramps"))
    assert [question.key for question in again.missing] == ["diet"]
    assert [answered.question.key for answered in again.unused] == ["diet"]
    assert not again.same
    assert again == Retelling(again.missing, again.unused, (), (), (), (), ())


def test_an_answer_to_a_question_that_is_gone_is_unused(guide: Guide) -> None:
    more = Question(
        key="shoes", section=guide.sections[0].key, choice=guide.questions[0].choice, label="Which shoes?",
        topic="Shoes", why="For this test.", options=(Option(key="flat", label="Flat"),),
    )  # fmt: skip
    before = msgspec.structs.replace(guide, questions=(*guide.questions, more))
    answers = case(guide, "healthy-night-cramps") | {"shoes": "flat"}
    again = retelling.retell(before, guide, answers)
    assert again.same
    assert [answered.question.key for answered in again.unused] == ["shoes"]
    assert [q.key for q in retelling.retell(guide, before, case(guide, "healthy-night-cramps")).missing] == ["shoes"]


def test_a_question_in_other_words_is_named(guide: Guide) -> None:
    after = with_question(guide, "timing", label="When at all?")
    again = retelling.retell(guide, after, case(guide, "healthy-night-cramps"))
    assert again == Retelling((), (), again.reworded, (), (), (), ())
    assert [question.key for question in again.reworded] == ["timing"]


def test_an_intervention_that_comes_or_goes_is_told(guide: Guide) -> None:
    after = msgspec.structs.replace(
        guide,
        interventions=tuple(item for item in guide.interventions if item.key != "zinc"),
        rules=tuple(
            msgspec.structs.replace(rule, on=tuple(key for key in rule.on if key != "zinc"))
            for rule in guide.rules
            if rule.on != ("zinc",)
        ),
    )
    answers = case(guide, "healthy-night-cramps")
    gone = retelling.retell(guide, after, answers).told
    assert [(told.intervention.key, told.was and told.was.status, told.now) for told in gone] == [
        ("zinc", "not-supported", None)
    ]
    come = retelling.retell(after, guide, answers).told
    assert [(told.intervention.key, told.was, told.now and told.now.status) for told in come] == [
        ("zinc", None, "not-supported")
    ]
