import random
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import structs

from guidance.rules import changing, explanation
from guidance.rules.engine import assess
from guidance.rules.explanation import Evidence, Quote, explain
from guidance.rules.guide import (
    Appraisal,
    Citation,
    Guide,
    Level,
    Omission,
    Reference,
    Status,
    Verdict,
    Wording,
)
from tests.rules.builders import SENTENCES, alert, any_of, caution, guide, many, none_of, note, one, verdict
from tests.rules.test_engine import complete, randoms

GUIDE = guide(
    one("who", "adult child", changeable=False),
    one("test", "low normal not-tested"),
    many("signs", "chest leg"),
    verdict("test-low", Verdict.RELEVANT, any_of("test.low"), none_of("signs.leg"), cites=[1, 3]),
    verdict("test-low-leg", Verdict.POSSIBLE, any_of("test.low"), any_of("signs.leg")),
    verdict("test-open", Verdict.CANNOT_TELL, any_of("test.not-tested", "test.not-sure"), cites=[2]),
    verdict("test-normal", Verdict.NOT_SUPPORTED, any_of("test.normal"), cites=[4]),
    verdict("anyone", Verdict.MAINTAIN),
    caution("child", any_of("who.child")),
    alert("chest", Level.URGENT, any_of("signs.chest")),
    note("leg-note", any_of("signs.leg")),
    note("low-note", any_of("test.low"), on=["zinc"]),
)


def explained(**answers: Any) -> explanation.Explanation:
    return explain(GUIDE, assess(GUIDE, {"who": "adult", "test": "low", "signs": ["none"]} | answers))


def finding(**answers: Any) -> explanation.Finding:
    return explained(**answers).findings[0]


def offers(of: explanation.Finding) -> set[tuple[str, str]]:
    return {(option.key, group.wording.status) for group in of.changes for option in group.picked + group.cleared}


def test_a_reason_is_the_rule_that_held_with_its_answers_and_sentences():
    [reason] = finding().reasons
    assert reason.rule.key == "test-low"
    assert [(a.question.key, [o.key for o in a.options]) for a in reason.because] == [
        ("test", ["low"]),
        ("signs", ["none"]),
    ]
    assert [quote.text for quote in reason.quotes] == ["A first sentence.", "A third sentence."]


def test_a_reason_quotes_each_sentence_with_its_weight_and_evidence():
    cited = tuple(Citation(sentence=n, quote=SENTENCES[n - 1], counterweight=n == 3) for n in (1, 3))
    weak = Appraisal(key="weak", citations=cited[1:], direction="weaker", text="It is.", references=("book",))
    book = Reference(key="book", title="A book", publisher="A press")
    appraised = guide(
        one("test", "low"),
        structs.replace(verdict("low", Verdict.RELEVANT, any_of("test.low")), citations=cited, references=("book",)),
        appraisals=(weak,),
        references=(book,),
    )
    [found] = explain(appraised, assess(appraised, {"test": "low"})).findings
    [reason] = found.reasons
    assert reason.references == (book,)
    assert reason.quotes == (
        Quote(1, SENTENCES[0], False, ()),
        Quote(3, SENTENCES[2], True, (Evidence(weak, (book,)),)),
    )
    assert found.quotes == reason.quotes


def test_alerts_come_soonest_first_and_what_was_set_aside_is_named():
    levels = guide(
        many("signs", "chest"),
        one("more", "yes no"),
        *(alert(level.value, level, any_of("signs.chest")) for level in reversed(Level)),
    )
    told = explain(levels, assess(levels, {"signs": ["chest"], "more": "yes"}))
    assert [reason.rule.level for reason in told.alerts] == list(Level)
    assert [question.key for question in told.set_aside] == ["more"]


def test_a_status_without_words_is_put_as_itself():
    assert structs.replace(GUIDE, wordings=()).wording(Status.POSSIBLE) == Wording(
        status=Status.POSSIBLE, label="possible", text=""
    )


def test_conditions_say_whether_any_or_none_of_the_options_of_each_question():
    both, neither = explanation.conditions(GUIDE, [any_of("signs.leg", "test.low"), none_of("who.child")])
    assert (both.none_of, neither.none_of) == (False, True)
    assert [(p.question.key, [o.key for o in p.options]) for p in both.parts] == [("signs", ["leg"]), ("test", ["low"])]


def test_a_reason_names_only_the_answers_that_made_its_rule_hold():
    either = guide(
        one("sweat", "yes no"),
        one("thirst", "yes no"),
        verdict("rule", Verdict.POSSIBLE, any_of("sweat.yes", "thirst.yes")),
    )
    [reason] = explain(either, assess(either, {"sweat": "yes", "thirst": "no"})).findings[0].reasons
    assert [a.question.key for a in reason.because] == ["sweat"]


def test_why_not_names_the_criteria_that_failed_nearest_first():
    nearest = finding().why_not[0]
    assert nearest.rule.key == "test-low-leg"
    assert [[o.key for part in c.parts for o in part.options] for c in nearest.failed] == [["leg"]]


def test_a_rule_that_gave_way_stays_visible():
    assert [reason.rule.key for reason in finding().outranked] == ["anyone"]


def test_changes_are_every_single_answer_that_would_change_the_status():
    assert offers(finding()) == {
        ("normal", "not-supported"),
        ("not-tested", "cannot-tell"),
        ("not-sure", "cannot-tell"),
        ("leg", "possible"),
        ("chest", "get-help"),
    }


def test_clearing_a_box_is_a_change():
    assert ("leg", "relevant") not in offers(finding(signs=["leg"]))
    both = guide(
        many("ticks", "left right"),
        verdict("left", Verdict.POSSIBLE, any_of("ticks.left")),
        verdict("rest", Verdict.MAINTAIN),
    )
    found = explain(both, assess(both, {"ticks": ["left", "right"]})).findings[0]
    [change] = [group for group in found.changes if group.cleared]
    assert (change.cleared[0].key, change.wording.status) == ("left", Status.MAINTAIN)


def test_what_nobody_can_change_is_not_offered_but_is_known():
    assert "child" not in {option for option, _ in offers(finding())}
    known = changing.Changes(GUIDE, assess(GUIDE, {"who": "adult", "test": "low", "signs": ["none"]})).single()
    [child] = [change for change in known["zinc"] if change.option.key == "child"]
    assert (child.status, child.verdict, child.way_round) == (Status.ASK_FIRST, Verdict.RELEVANT, False)


def test_no_change_is_offered_as_a_way_round_a_caution():
    cautioned = guide(
        one("tablet", "yes no"),
        verdict("all", Verdict.RELEVANT),
        caution("tablet", any_of("tablet.yes")),
    )
    assert explain(cautioned, assess(cautioned, {"tablet": "yes"})).findings[0].changes == ()


def test_under_get_help_no_sentence_verdict_note_or_change_is_shown():
    omission = Omission(key="stretching", heading="Stretching", text="It helps some.", references=())
    left_out = structs.replace(GUIDE, omissions=(omission,))
    whole = {"who": "child", "test": "low", "signs": ["none"]}
    assert explain(left_out, assess(left_out, whole)).omissions == ((omission, ()),)
    told = explain(left_out, assess(left_out, whole | {"signs": ["chest", "leg"]}))
    [found] = told.findings
    assert (found.cautions, found.pairs, found.wording.status) == ((), (), Status.GET_HELP)
    assert told.get_help and told.quotes == () and told.notes == () and told.omissions == ()
    assert (found.status, found.verdict, found.reasons, found.why_not) == (Status.GET_HELP, None, (), ())
    assert (found.notes, found.changes, found.settling, found.outranked) == ((), (), (), ())
    [reason] = told.alerts
    assert [(a.question.key, [o.key for o in a.options]) for a in reason.because] == [("signs", ["chest"])]


def test_ask_first_keeps_the_articles_view_and_how_it_is_put():
    found = finding(who="child")
    assert (found.status, found.verdict) == (Status.ASK_FIRST, Verdict.RELEVANT)
    assert found.verdict_wording and found.verdict_wording.status is Status.RELEVANT
    assert [reason.rule.key for reason in found.cautions] == ["child"]


def test_cannot_tell_names_what_would_settle_it_and_how():
    [settling] = finding(test="not-tested").settling
    assert settling.question.key == "test"
    assert [(settled.option.key, settled.wording.status) for settled in settling.outcomes] == [
        ("low", Status.RELEVANT),
        ("normal", Status.NOT_SUPPORTED),
    ]


def test_under_a_caution_what_would_settle_it_says_the_verdict_that_would_be_covered():
    [settling] = finding(who="child", test="not-tested").settling
    assert [
        (s.option.key, s.wording.status, s.verdict_wording and s.verdict_wording.status) for s in settling.outcomes
    ] == [
        ("low", Status.ASK_FIRST, Status.RELEVANT),
        ("normal", Status.NOT_SUPPORTED, None),
    ]


def test_what_stays_open_names_what_else_would_have_to_be_settled():
    doubly = guide(
        one("often", "yes no"),
        one("when", "day night"),
        verdict("yes", Verdict.RELEVANT, any_of("often.yes")),
        verdict("no", Verdict.NOT_INDICATED, any_of("often.no"), any_of("when.day")),
        verdict("open", Verdict.CANNOT_TELL),
    )
    unsure = assess(doubly, {"often": "not-sure", "when": "not-sure"})
    assert explain(doubly, unsure).findings[0].settling == ()
    told = guide(
        *doubly.questions,
        *doubly.rules[:2],
        verdict(
            "open", Verdict.CANNOT_TELL, any_of("often.not-sure", "often.no"), any_of("when.not-sure", "when.night")
        ),
        verdict("open-often", Verdict.CANNOT_TELL, any_of("often.not-sure")),
    )
    often, when = explain(told, assess(told, {"often": "not-sure", "when": "not-sure"})).findings[0].settling
    assert [(s.option.key, s.wording.status, [t.question.key for t in s.then]) for s in often.outcomes] == [
        ("yes", Status.RELEVANT, []),
        ("no", Status.CANNOT_TELL, ["when"]),
    ]
    [then] = often.outcomes[1].then
    assert [(s.option.key, s.wording.status) for s in then.outcomes] == [
        ("day", Status.NOT_INDICATED),
        ("night", Status.CANNOT_TELL),
    ]
    assert [s.wording.status for s in when.outcomes] == [Status.CANNOT_TELL, Status.CANNOT_TELL]


def test_where_no_single_change_is_offered_a_pair_is():
    paired = guide(
        one("test", "low normal"),
        one("ill", "yes no"),
        verdict("both", Verdict.RELEVANT, any_of("test.low"), any_of("ill.yes")),
        verdict("rest", Verdict.NOT_SUPPORTED),
    )
    found = explain(paired, assess(paired, {"test": "normal", "ill": "no"})).findings[0]
    assert found.changes == ()
    [group] = found.pairs
    assert group.wording.status is Status.RELEVANT
    assert [(side.question.key, [o.key for o in side.picked]) for side in group.sides] == [
        ("test", ["low"]),
        ("ill", ["yes"]),
    ]


def test_where_a_single_change_is_offered_no_pair_is():
    either = guide(
        one("test", "low normal"),
        one("ill", "yes no"),
        verdict("both", Verdict.RELEVANT, any_of("test.low"), any_of("ill.yes")),
        verdict("low", Verdict.POSSIBLE, any_of("test.low")),
        verdict("rest", Verdict.NOT_SUPPORTED),
    )
    assessment = assess(either, {"test": "normal", "ill": "no"})
    [found] = explain(either, assessment).findings
    assert [group.wording.status for group in found.changes] == [Status.POSSIBLE]
    assert found.pairs == ()
    assert [pair.status for pair in changing.Changes(either, assessment).pairs()["zinc"]] == [Status.RELEVANT]


def test_no_pair_is_offered_as_a_way_round_a_caution_or_of_what_nobody_can_change():
    cautioned = guide(
        one("tablet", "yes no"),
        one("kidney", "yes no"),
        verdict("all", Verdict.RELEVANT),
        caution("tablet", any_of("tablet.yes")),
        caution("kidney", any_of("kidney.yes")),
    )
    both = assess(cautioned, {"tablet": "yes", "kidney": "yes"})
    assert explain(cautioned, both).findings[0].pairs == ()
    known = changing.Changes(cautioned, both).pairs()["zinc"]
    assert {pair.status for pair in known} == {Status.RELEVANT} and all(pair.way_round for pair in known)
    fixed = guide(
        one("age", "old young", changeable=False),
        one("ill", "yes no"),
        verdict("both", Verdict.RELEVANT, any_of("age.old"), any_of("ill.yes")),
        verdict("rest", Verdict.NOT_SUPPORTED),
    )
    assert explain(fixed, assess(fixed, {"age": "young", "ill": "no"})).findings[0].pairs == ()


def test_any_sign_is_said_where_every_box_leads_to_the_same():
    signs = guide(
        many("signs", "chest leg"),
        verdict("any", Verdict.POSSIBLE, any_of("signs.chest", "signs.leg")),
        verdict("rest", Verdict.MAINTAIN),
    )
    [group] = explain(signs, assess(signs, {"signs": ["none"]})).findings[0].changes
    assert group.every_sign and [option.key for option in group.picked] == ["chest", "leg"]
    some = structs.replace(
        signs, rules=(structs.replace(signs.rules[0], criteria=(any_of("signs.leg"),)), signs.rules[1])
    )
    [group] = explain(some, assess(some, {"signs": ["none"]})).findings[0].changes
    assert not group.every_sign


def test_a_verdict_that_is_not_open_needs_no_settling():
    assert finding(test="not-tested").settling != ()
    unsure = guide(
        one("test", "low"),
        verdict("unsure", Verdict.POSSIBLE, any_of("test.not-sure")),
        verdict("rest", Verdict.MAINTAIN),
    )
    [found] = explain(unsure, assess(unsure, {"test": "not-sure"})).findings
    assert (found.status, found.settling) == (Status.POSSIBLE, ())


def test_boxes_may_settle_it_and_what_stays_open_is_followed_once():
    asks = [many("ticks", "x"), one("when", "day"), one("where", "leg")]
    open_rules = [verdict(q.key, Verdict.CANNOT_TELL, any_of(f"{q.key}.not-sure")) for q in asks]
    deep = guide(*asks, *open_rules, verdict("rest", Verdict.MAINTAIN))
    unsure = assess(deep, {"ticks": ["not-sure"], "when": "not-sure", "where": "not-sure"})
    ticks, *_ = explain(deep, unsure).findings[0].settling
    assert [(s.option.key, s.wording.status) for s in ticks.outcomes] == [("x", "cannot-tell"), ("none", "cannot-tell")]
    assert [then.question.key for then in ticks.outcomes[0].then] == ["when", "where"]
    [day] = ticks.outcomes[0].then[0].outcomes
    assert (day.wording.status, day.then) == (Status.CANNOT_TELL, ())
    settled = assess(deep, {"ticks": ["not-sure"], "when": "day", "where": "leg"})
    [last] = explain(deep, settled).findings[0].settling
    assert [(s.wording.status, s.then) for s in last.outcomes] == [(Status.MAINTAIN, ()), (Status.MAINTAIN, ())]


def test_notes_stand_with_the_result_or_with_their_intervention():
    told = explained(signs=["leg"])
    assert [reason.rule.key for reason in told.notes] == ["leg-note"]
    assert [reason.rule.key for reason in told.findings[0].notes] == ["low-note"]


def test_findings_come_in_the_order_of_their_status():
    two = guide(
        one("asked", "yes no"),
        verdict("zinc", Verdict.NOT_INDICATED, on="zinc"),
        verdict("iron", Verdict.POSSIBLE, on="iron"),
        interventions="zinc iron",
    )
    told = explain(two, assess(two, {"asked": "yes"}))
    assert [found.intervention.key for found in told.findings] == ["iron", "zinc"]


def test_a_change_that_opens_a_question_says_so():
    opening = guide(
        one("first", "yes no"),
        many("second", "x", asked=[any_of("first.yes")]),
        verdict("yes", Verdict.POSSIBLE, any_of("first.yes")),
        verdict("rest", Verdict.MAINTAIN),
    )
    groups = explain(opening, assess(opening, {"first": "no"})).findings[0].changes
    assert [(group.wording.status, [q.key for q in group.opens]) for group in groups] == [("possible", ["second"])]


# Of the shipped guide.


@given(randoms)
@settings(max_examples=1000)
def test_the_trace_names_exactly_the_rules_that_hold(guide: Guide, pick: random.Random):
    assessment = assess(guide, complete(guide, pick))
    chosen = {
        f"{key}.{option}"
        for key, answer in assessment.answers.items()
        for option in ([answer] if isinstance(answer, str) else answer)
    }
    for traced in explanation.trace(guide, assessment):
        held = [bool(chosen & set(c.any_of)) if c.any_of else not chosen & set(c.none_of) for c in traced.rule.criteria]
        assert [condition.held for condition in traced.conditions] == held
        assert traced.held == all(held)


@given(randoms)
@settings(max_examples=100)
def test_no_article_sentence_is_shown_under_get_help_and_each_quote_is_in_the_article(
    guide: Guide, pick: random.Random
):
    told = explain(guide, assess(guide, complete(guide, pick)))
    if told.get_help:
        assert told.quotes == ()
    assert all(quote.text in guide.source.text for quote in told.quotes)
    assert all(finding.reasons or told.get_help for finding in told.findings)


@pytest.mark.parametrize("place", range(10))
def test_a_shipped_case_is_explained_with_the_status_it_expects(guide: Guide, place: int):
    case = guide.cases[place]
    told = explain(guide, assess(guide, case.answers))
    assert {found.intervention.key: found.status for found in told.findings} == case.expected
