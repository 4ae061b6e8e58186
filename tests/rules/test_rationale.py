"""What the rationale is made of: coverage, accounts, answers for each rule, the outline, and exploring."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from guidance.rules import account, coverage, engine, explanation, exploring, flow, outline, quotes, trials, witness
from guidance.rules.guide import (
    AGAINST,
    GET_HELP,
    Appraisal,
    Aside,
    Case,
    Choice,
    Citation,
    Guide,
    Kind,
    Level,
    Scope,
    Status,
    Verdict,
)
from tests.rules.builders import SENTENCES, alert, any_of, caution, guide, many, none_of, note, one, verdict
from tests.rules.test_engine import complete


def cite(number: int) -> Citation:
    return Citation(sentence=number, quote=SENTENCES[number - 1])


GUIDE = guide(
    one("who", "adult child", changeable=False),
    many("signs", "chest leg"),
    many("child-signs", "limp", asked=[any_of("who.child")]),
    one("test", "low normal"),
    verdict("low", Verdict.RELEVANT, any_of("test.low"), none_of("signs.leg"), cites=[1, 3]),
    verdict("rest", Verdict.NOT_SUPPORTED, cites=[3]),
    caution("child", any_of("who.child")),
    alert("chest", Level.URGENT, any_of("signs.chest", "signs.leg")),
    alert("limp", Level.URGENT, any_of("child-signs.limp")),
    note("note", any_of("test.normal")),
    appraisals=(Appraisal(key="weak", citations=(cite(3),), direction="weaker", text="It is.", own_reasoning=True),),
    scopes=(Scope(key="adults", citations=(cite(1),), criteria=(none_of("who.child"),), reason="About adults."),),
    asides=(Aside(key="idle", citations=(cite(2),), reason="Says nothing."),),
    cases=(
        Case(key="broken", title="Broken", answers={"who": "nobody"}, expected={}),
        Case(
            key="low",
            title="Low",
            answers={"who": "adult", "signs": ("none",), "test": "low"},
            expected={"zinc": Status.RELEVANT},
        ),
        Case(
            key="low-unsure",
            title="Low, and not sure of signs",
            answers={"who": "adult", "signs": ("not-sure",), "test": "low"},
            expected={"zinc": Status.RELEVANT},
        ),
    ),
)


def test_coverage_tells_what_becomes_of_each_sentence() -> None:
    first, second, third, fourth = coverage.of(GUIDE).sentences
    assert [cited.rule.key for cited in third.verdicts] == ["low", "rest"]
    assert [one.appraisal.key for one in third.evidence] == ["weak"]
    assert [scope.key for scope in first.scopes] == ["adults"]
    assert second.aside and second.aside.key == "idle"
    assert [covered.uncovered for covered in (first, second, third, fourth)] == [False, False, False, True]


def test_coverage_tells_notes_and_counterweights_from_verdicts_that_are_spoken_for() -> None:
    against = structs.replace(cite(1), counterweight=True)
    cited = guide(
        one("test", "low normal"),
        structs.replace(verdict("low", Verdict.RELEVANT, any_of("test.low"), cites=[2]), citations=(cite(2), against)),
        structs.replace(note("note", any_of("test.normal")), citations=(cite(3), cite(1))),
    )
    first, second, third, _ = found = coverage.of(cited).sentences
    assert [covered.sentence.number for covered in found] == [1, 2, 3, 4]
    assert [[(c.rule.key, c.counterweight) for c in covered.verdicts] for covered in found] == [
        [("low", True)],
        [("low", False)],
        [],
        [],
    ]
    assert [[c.rule.key for c in covered.notes] for covered in (first, second, third)] == [["note"], [], ["note"]]
    assert coverage.of(cited).by_others_alone == 1


def test_a_scope_limits_the_sentences_it_names_and_no_others() -> None:
    assert [scope.key for scope in coverage.scopes(GUIDE, (cite(1), cite(3)))] == ["adults"]
    assert coverage.scopes(GUIDE, (cite(3),)) == ()


def test_coverage_counts_each_sentence_once() -> None:
    found = coverage.of(GUIDE)
    counts = (found.by_verdicts, found.by_others_alone, found.appraised, found.set_aside, found.uncovered)
    assert counts == (2, 0, 1, 1, 1)


def test_the_shipped_guide_leaves_no_sentence_uncovered(guide: Guide) -> None:
    found = coverage.of(guide)
    assert len(found.sentences) == 35
    assert found.uncovered == 0
    assert found.by_verdicts + found.by_others_alone + found.set_aside == 35


def test_a_passage_is_the_paragraph_around_a_sentence_and_the_heading_above_it() -> None:
    passage = coverage.passage(GUIDE, 3)
    assert passage.heading == "A Heading"
    assert [sentence.number for sentence in passage.sentences] == [3, 4]
    with pytest.raises(KeyError):
        coverage.passage(GUIDE, 5)


def test_an_account_has_the_sentences_limits_and_cases_of_a_rule() -> None:
    found = account.accounts(GUIDE)["low"]
    assert [quoted.quote.text for quoted in found.quoted] == [SENTENCES[0], SENTENCES[2]]
    assert [limit.scope.key for limit in found.limits] == ["adults"]
    assert [case.key for case in found.cases] == ["low", "low-unsure"]
    assert account.accounts(GUIDE)["rest"].cases == ()


def test_an_account_says_all_that_the_guide_says_of_a_rule(guide: Guide) -> None:
    for rule, found in zip(guide.rules, account.accounts(guide).values(), strict=True):
        assert found.rule is rule
        assert [intervention.key for intervention in found.on] == [
            i.key for i in guide.interventions if i.key in rule.on
        ]
        assert [reference.key for reference in found.references] == list(rule.references)
        limiting = [s for s in guide.scopes if {c.sentence for c in s.citations} & {c.sentence for c in rule.citations}]
        assert [limit.scope for limit in found.limits] == limiting
        said = [
            (found.conditions, rule.criteria),
            *((limit.conditions, limit.scope.criteria) for limit in found.limits),
        ]
        for conditions, criteria in said:
            named = [{f"{p.question.key}.{o.key}" for p in c.parts for o in p.options} for c in conditions]
            assert named == [set(criterion.options) for criterion in criteria]
            assert [condition.none_of for condition in conditions] == [bool(c.none_of) for c in criteria]
        for quoted, citation in zip(found.quoted, rule.citations, strict=True):
            quote = quoted.quote
            assert (quote.sentence, quote.text, quote.counterweight) == (
                citation.sentence,
                citation.quote,
                citation.counterweight,
            )
            assert quote.evidence == explanation.evidence(guide, citation.sentence)
            assert citation.sentence in [sentence.number for sentence in quoted.passage.sentences]


def test_an_account_names_what_a_rule_outranks_and_what_outranks_it(guide: Guide) -> None:
    accounts = account.accounts(guide)
    assert {rule.key for rule in accounts["magnesium-known-low"].outranks} == {
        "magnesium-rare-exercise",
        "magnesium-rare-no-pattern",
    }
    assert [rule.key for rule in accounts["potassium-not-indicated"].gives_way_to] == ["potassium-known-low"]


def test_no_caution_and_no_note_decides_under_get_help() -> None:
    assessment = engine.assess(GUIDE, {"who": "child", "signs": ["chest"]})
    assert account.deciding(assessment) == ("chest",)


def test_for_every_shipped_rule_there_are_answers_on_which_it_is_told(guide: Guide) -> None:
    for rule in guide.rules:
        answers = witness.answers(guide)[rule.key]
        assert answers is not None
        assessment = engine.assess(guide, answers)
        assert rule.key in account.deciding(assessment), rule.key
        assert assessment.get_help == (rule.level in GET_HELP), rule.key
        if rule.kind is Kind.CAUTION:
            assert {assessment.outcomes[key].status for key in rule.on} == {Status.ASK_FIRST}


def test_a_verdict_is_shown_without_a_caution_where_it_can_be(guide: Guide) -> None:
    covered = {
        rule.key
        for rule in guide.rules
        if rule.verdict and rule.verdict not in AGAINST
        for answers in [witness.answers(guide)[rule.key]]
        if answers and engine.assess(guide, answers).outcomes[rule.on[0]].cautions
    }
    assert covered == {"potassium-known-low"}


def test_a_rule_that_can_never_hold_has_no_answers() -> None:
    never = guide(
        one("test", "low normal"),
        verdict("never", Verdict.RELEVANT, any_of("test.low"), any_of("test.normal")),
        verdict("rest", Verdict.MAINTAIN),
    )
    found = witness.answers(never)
    assert found["never"] is None
    assert found["rest"] is not None


def test_a_caution_is_shown_where_it_turns_a_verdict_on_all_it_is_on_or_else_on_some() -> None:
    cautioned = guide(
        one("timing", "day night"),
        one("ill", "no yes"),
        verdict("zinc-day", Verdict.NOT_INDICATED, any_of("timing.day"), on="zinc"),
        verdict("zinc-else", Verdict.POSSIBLE, none_of("timing.day"), on="zinc"),
        verdict("iron-day", Verdict.NOT_INDICATED, any_of("timing.day"), on="iron"),
        verdict("iron-else", Verdict.POSSIBLE, none_of("timing.day"), on="iron"),
        verdict("water", Verdict.NOT_SUPPORTED, on="water"),
        caution("turns-both", any_of("ill.yes"), on=["zinc", "iron"]),
        caution("turns-one", any_of("ill.not-sure"), on=["zinc", "water"]),
        interventions="zinc iron water",
    )
    found = witness.answers(cautioned)
    for key, asking in (("turns-both", ["zinc", "iron"]), ("turns-one", ["zinc"])):
        outcomes = engine.assess(cautioned, found[key] or {}).outcomes.values()
        assert [outcome.intervention for outcome in outcomes if outcome.status is Status.ASK_FIRST] == asking, key


def test_a_note_and_a_routine_alert_are_shown_without_help_though_the_quiet_answer_would_bring_it() -> None:
    signs = guide(
        many("signs", "chest"),
        one("timing", "day night"),
        verdict("rest", Verdict.MAINTAIN),
        note("note", any_of("signs.chest")),
        alert("soon", Level.ROUTINE, any_of("signs.chest")),
        alert("now", Level.URGENT, any_of("signs.chest"), any_of("timing.day")),
    )
    found = witness.answers(signs)
    assert found["now"] == {"signs": ["chest"], "timing": "day"}
    for key in ("note", "soon"):
        assert not engine.assess(signs, found[key] or {}).get_help, key


def test_the_outline_says_what_opens_and_what_ends_the_questions() -> None:
    who, signs, child, test = outline.nodes(GUIDE)
    assert [(branch.number, branch.question.key) for branch in who.opens] == [(3, "child-signs")]
    assert [stop.rule.key for stop in signs.stops] == ["chest"] and signs.stops[0].any_sign
    assert child.asked and [stop.rule.key for stop in child.stops] == ["limp"]
    assert (test.opens, test.stops, test.asked) == ((), (), ())
    assert [rule.key for rule in test.readers] == ["low", "note"]


def test_the_outline_numbers_the_questions_under_their_sections() -> None:
    found = outline.nodes(GUIDE)
    assert [(node.number, node.question) for node in found] == list(enumerate(GUIDE.questions, 1))
    assert {node.section for node in found} == set(GUIDE.sections)
    [branch] = found[0].opens
    assert branch.conditions == explanation.conditions(GUIDE, [any_of("who.child")])


def test_an_alert_on_several_questions_ends_them_after_the_last_that_is_asked() -> None:
    several = guide(
        one("who", "adult child"),
        many("signs", "chest leg"),
        one("more", "yes no"),
        alert("both", Level.URGENT, any_of("signs.chest"), any_of("who.child")),
    )
    assert [[stop.rule.key for stop in node.stops] for node in outline.nodes(several)] == [[], ["both"], []]


def test_an_end_that_asks_for_more_than_any_sign_is_said_in_full() -> None:
    partly = guide(
        many("signs", "chest leg"),
        verdict("rest", Verdict.MAINTAIN),
        alert("one", Level.URGENT, any_of("signs.chest")),
        alert("both", Level.URGENT, any_of("signs.chest", "signs.leg"), any_of("signs.leg")),
    )
    [node] = outline.nodes(partly)
    assert [stop.any_sign for stop in node.stops] == [False, False]


def test_exploring_tells_which_rules_win_give_way_and_fail() -> None:
    [subject] = exploring.explore(GUIDE, {"who": "adult", "signs": ["none"], "test": "low"}).subjects
    assert [(w.traced.rule.key, w.traced.held, w.tells) for w in subject.verdicts] == [
        ("low", True, True),
        ("rest", True, False),
    ]
    assert [(w.traced.rule.key, w.tells) for w in subject.cautions] == [("child", False)]


def test_exploring_tells_of_each_intervention_what_is_on_it_nearest_first() -> None:
    two = guide(
        one("who", "adult child"),
        many("signs", "chest"),
        one("test", "low normal"),
        verdict("zinc-child", Verdict.RELEVANT, any_of("test.low"), any_of("who.child"), on="zinc"),
        verdict("zinc-far", Verdict.POSSIBLE, any_of("test.normal"), any_of("who.child"), on="zinc"),
        verdict("zinc-rest", Verdict.CANNOT_TELL, none_of("test.normal", "test.low"), on="zinc"),
        verdict("zinc-low", Verdict.CANNOT_TELL, any_of("test.low"), on="zinc"),
        verdict("zinc-weak", Verdict.MAINTAIN, on="zinc"),
        verdict("iron", Verdict.MAINTAIN, on="iron"),
        caution("child", any_of("who.child"), on=["zinc"]),
        caution("low", any_of("test.low"), on=["iron", "zinc"]),
        alert("chest", Level.URGENT, any_of("signs.chest")),
        alert("soon", Level.ROUTINE, any_of("test.low")),
        note("note", any_of("test.low")),
        interventions="zinc iron",
    )
    explored = exploring.explore(two, {"who": "adult", "signs": ["none"], "test": "low"})
    zinc, iron = explored.subjects
    assert [subject.intervention for subject in explored.subjects] == list(two.interventions)
    assert [subject.wording.status for subject in explored.subjects] == [Status.ASK_FIRST, Status.ASK_FIRST]
    assert [w.traced.rule.key for w in zinc.verdicts] == [
        "zinc-low",
        "zinc-weak",
        "zinc-child",
        "zinc-rest",
        "zinc-far",
    ]
    assert [w.traced.rule.key for w in iron.verdicts] == ["iron"]
    assert [(w.traced.rule.key, w.tells) for w in zinc.cautions] == [("low", True), ("child", False)]
    assert [w.traced.rule.key for w in iron.cautions] == ["low"]
    assert [(w.traced.rule.key, w.tells) for w in explored.alerts] == [("chest", False), ("soon", True)]
    assert [(w.traced.rule.key, w.tells) for w in explored.notes] == [("note", True)]
    assert explored.assessment == engine.assess(two, {"who": "adult", "signs": ["none"], "test": "low"})
    assert [(a.question.key, [o.key for o in a.options]) for a in explored.answers] == [
        ("who", ["adult"]),
        ("signs", ["none"]),
        ("test", ["low"]),
    ]
    assert explored.set_aside == ()


def test_exploring_names_what_was_set_aside_and_tells_no_caution_under_get_help() -> None:
    explored = exploring.explore(GUIDE, {"who": "child", "signs": ["chest"], "test": "low"})
    assert [question.key for question in explored.set_aside] == ["test"]
    assert [(w.traced.held, w.tells) for w in explored.subjects[0].cautions] == [(True, False)]


def test_exploring_says_what_would_settle_an_open_verdict() -> None:
    unsure = guide(
        one("test", "low normal"),
        verdict("low", Verdict.RELEVANT, any_of("test.low")),
        verdict("open", Verdict.CANNOT_TELL, any_of("test.not-sure")),
        verdict("rest", Verdict.MAINTAIN),
    )
    [subject] = exploring.explore(unsure, {"test": "not-sure"}).subjects
    assert [settling.question.key for settling in subject.settling] == ["test"]


def test_exploring_keeps_what_nobody_can_change_and_marks_ways_round() -> None:
    [subject] = exploring.explore(
        GUIDE, {"who": "child", "signs": ["none"], "child-signs": ["none"], "test": "low"}
    ).subjects
    assert subject.outcome.status is Status.ASK_FIRST
    adult = next(group for group in subject.changes if group.question.key == "who")
    assert adult.way_round and not adult.question.changeable and adult.wording.status is Status.RELEVANT


def test_exploring_offers_pairs_only_for_what_no_single_change_leads_to() -> None:
    [subject] = exploring.explore(
        GUIDE, {"who": "child", "signs": ["none"], "child-signs": ["none"], "test": "normal"}
    ).subjects
    singly = {group.wording.status for group in subject.changes}
    assert Status.RELEVANT not in singly
    paired = [group for group in subject.pairs if group.wording.status is Status.RELEVANT]
    assert [[side.question.key for side in group.sides] for group in paired] == [["who", "test"]]
    assert not singly & {group.wording.status for group in subject.pairs}


@given(st.integers(min_value=0).map(random.Random))
@settings(max_examples=15)
def test_whatever_is_explored_agrees_with_the_engine(guide: Guide, pick: random.Random) -> None:
    answers: dict[str, Any] = complete(guide, pick)
    explored = exploring.explore(guide, answers)
    assessment = engine.assess(guide, answers)
    assert [subject.outcome for subject in explored.subjects] == list(assessment.outcomes.values())
    told = {
        weighed.traced.rule.key
        for rules in (explored.alerts, explored.notes, *(s.verdicts + s.cautions for s in explored.subjects))
        for weighed in rules
        if weighed.tells
    }
    assert told == set(account.deciding(assessment))
    for subject in explored.subjects:
        for group in subject.changes:
            assert group.wording.status is not subject.outcome.status
    assert explored.held == sum(traced.held for traced in explanation.trace(guide, assessment))


@given(st.integers(min_value=0).map(random.Random))
@settings(max_examples=15)
def test_what_would_settle_it_is_true_when_tried(guide: Guide, pick: random.Random) -> None:
    assessment = engine.assess(guide, complete(guide, pick))
    for key in assessment.outcomes:
        for settling in explanation.settling(guide, assessment, key):
            for settled in settling.outcomes:
                answer = settled.option.key if settling.question.choice is Choice.ONE else [settled.option.key]
                answers = assessment.answers | {settling.question.key: answer}
                while opened := flow.next_question(guide, answers):
                    quietly = trials.quiet(opened)
                    answers[opened.key] = quietly if opened.choice is Choice.ONE else [quietly]
                assert engine.assess(guide, answers).outcomes[key].status is settled.wording.status


def test_every_sentence_of_the_article_stands_in_a_passage(guide: Guide) -> None:
    for sentence in quotes.sentences(guide.source.text):
        assert sentence in coverage.passage(guide, sentence.number).sentences
