import time
from datetime import date

import pytest
from msgspec import structs

from guidance.rules import answer_space, comparison, engine
from guidance.rules.answer_space import LIMIT
from guidance.rules.comparison import Change, Difference, Effect
from guidance.rules.guide import (
    Aside,
    Case,
    Citation,
    Criterion,
    Guarantee,
    Guide,
    Intervention,
    Level,
    Question,
    Reference,
    Rule,
    Section,
    Status,
    Verdict,
)
from tests.rules import brute_force, builders, random_guides
from tests.rules.builders import alert, any_of, caution, many, none_of, one, verdict

NIGHT = verdict("night", Verdict.POSSIBLE, any_of("timing.night"))
DAY = verdict("day", Verdict.MAINTAIN, any_of("timing.day", "timing.not-sure"))
TIMING = one("timing", "night day")
BEFORE = builders.guide(TIMING, NIGHT, DAY)


def without(guide: Guide, *keys: str) -> Guide:
    return structs.replace(guide, rules=tuple(rule for rule in guide.rules if rule.key not in keys))


def test_the_same_guide_tells_everyone_the_same(guide: Guide) -> None:
    for key, effect in comparison.effect(guide, guide).items():
        assert effect == Effect(key, (), 0, answer_space.count(guide), True)


def test_a_changed_verdict_is_counted_with_its_smallest_example() -> None:
    after = builders.guide(TIMING, structs.replace(NIGHT, verdict=Verdict.RELEVANT), DAY)
    change = Change(Status.POSSIBLE, Status.RELEVANT, 1, {"timing": "night"})
    assert comparison.effect(BEFORE, after)["zinc"] == Effect("zinc", (change,), 1, 3, True)


@pytest.mark.parametrize("limit", [LIMIT, 0], ids=["counted", "searched"])
def test_changes_come_in_the_order_of_what_is_told_now(limit: int) -> None:
    swapped = structs.replace(NIGHT, verdict=Verdict.MAINTAIN), structs.replace(DAY, verdict=Verdict.RELEVANT)
    effect = comparison.effect(BEFORE, builders.guide(TIMING, *swapped), limit=limit)["zinc"]
    assert effect.intervention == "zinc"
    assert [(c.before, c.after) for c in effect.changes] == [
        (Status.MAINTAIN, Status.RELEVANT),
        (Status.POSSIBLE, Status.MAINTAIN),
    ]


@pytest.mark.parametrize("limit", [LIMIT, 0], ids=["counted", "searched"])
def test_an_alert_on_more_signs_is_a_change(limit: int) -> None:
    signs = many("signs", "chest leg")
    before, after = (
        builders.guide(signs, TIMING, alert("help", Level.URGENT, any_of(*names)), NIGHT, DAY)
        for names in (["signs.chest"], ["signs.chest", "signs.leg"])
    )
    effect = comparison.effect(before, after, limit=limit)["zinc"]
    assert [(c.before, c.after, c.example["signs"]) for c in effect.changes] == [
        (Status.POSSIBLE, Status.GET_HELP, ["leg"]),
        (Status.MAINTAIN, Status.GET_HELP, ["leg"]),
    ]


def test_a_new_caution_asks_first() -> None:
    after = builders.guide(TIMING, NIGHT, DAY, caution("careful", any_of("timing.day")))
    effect = comparison.effect(BEFORE, after)["zinc"]
    assert [(c.before, c.after, c.number) for c in effect.changes] == [(Status.MAINTAIN, Status.ASK_FIRST, 1)]


@pytest.mark.parametrize("limit", [LIMIT, 0], ids=["counted", "searched"])
def test_a_new_question_is_answered_for_the_new_guide_alone(limit: int) -> None:
    signs = many("signs", "chest")
    after = builders.guide(signs, TIMING, NIGHT, DAY, alert("help", Level.URGENT, any_of("signs.chest")))
    effect = comparison.effect(BEFORE, after, limit=limit)["zinc"]
    assert effect.shared == (9 if limit else None)  # every timing with a sign, with none and not sure of it
    assert [(c.before, c.after, c.number) for c in effect.changes] == [
        (Status.POSSIBLE, Status.GET_HELP, 1 if limit else None),
        (Status.MAINTAIN, Status.GET_HELP, 2 if limit else None),
    ]
    example = effect.changes[0].example
    assert comparison.known_to(BEFORE, example) == {"timing": example["timing"]}
    assert set(comparison.known_to(after, example)) == {"signs", "timing"}


@pytest.mark.parametrize("limit", [LIMIT, 0], ids=["counted", "searched"])
def test_one_question_may_go_while_another_comes(limit: int) -> None:
    old, new = one("old", "yes no"), many("new", "yes no")
    relevant = structs.replace(NIGHT, verdict=Verdict.RELEVANT)
    before = builders.guide(old, TIMING, relevant, verdict("old", Verdict.RELEVANT, any_of("old.yes")), DAY)
    after = builders.guide(TIMING, new, relevant, verdict("new", Verdict.POSSIBLE, any_of("new.yes")), DAY)
    effect = comparison.effect(before, after, limit=limit)["zinc"]
    fates = brute_force.effect(before, after, brute_force.common(before, after))["zinc"]
    moved = {pair: fate for pair, fate in fates.items() if pair[0] != pair[1]}
    assert {(change.before, change.after) for change in effect.changes} == set(moved)
    if limit:
        assert effect.shared == 3 * 3 * 5  # each of three answers and of three times, with five ways to tick boxes
        assert {(c.before, c.after): c.number for c in effect.changes} == {k: f.number for k, f in moved.items()}


@pytest.mark.parametrize("limit", [LIMIT, 0], ids=["counted", "searched"])
def test_a_question_of_another_kind_has_no_answer_in_common(limit: int) -> None:
    after = builders.guide(many("timing", "night day"), structs.replace(NIGHT, verdict=Verdict.RELEVANT), DAY)
    effect = comparison.effect(BEFORE, after, limit=limit)["zinc"]
    assert (effect.changes, effect.number, effect.shared) == ((), 0, 0 if limit else None)


def test_of_examples_with_as_few_signs_the_one_with_the_fewest_ticks_is_shown() -> None:
    asks = many("first", "x"), many("second", "left right")
    x = verdict("x", Verdict.POSSIBLE, any_of("first.x"))
    both = verdict("both", Verdict.POSSIBLE, any_of("second.left"), any_of("second.right"))
    either = verdict("either", Verdict.POSSIBLE, any_of("second.left", "second.right"))
    rest = verdict("rest", Verdict.MAINTAIN)
    after = builders.guide(*asks, rest)
    for rules, example in (
        ((x, both), {"first": ["x"], "second": ["none"]}),
        ((either,), {"first": ["none"], "second": ["left"]}),
    ):
        (change,) = comparison.effect(builders.guide(*asks, *rules, rest), after)["zinc"].changes
        assert change.example == example


def test_an_option_that_is_gone_belongs_to_no_common_answer_set() -> None:
    after = builders.guide(one("timing", "night"), NIGHT, verdict("day", Verdict.MAINTAIN, any_of("timing.not-sure")))
    effect = comparison.effect(BEFORE, after)["zinc"]
    assert (effect.number, effect.shared) == (0, 2)


def test_an_intervention_that_comes_or_goes_changes_from_or_to_nothing() -> None:
    after = builders.guide(TIMING, NIGHT, DAY, interventions="zinc magnesium")
    came = comparison.effect(BEFORE, after)["magnesium"]
    assert [(c.before, c.after, c.number) for c in came.changes] == [(None, Status.CANNOT_TELL, 3)]
    gone = comparison.effect(after, BEFORE)["magnesium"]
    assert [(c.before, c.after, c.number) for c in gone.changes] == [(Status.CANNOT_TELL, None, 3)]


@pytest.mark.parametrize("limit", [LIMIT, 0], ids=["counted", "searched"])
@pytest.mark.parametrize("block", range(4))
def test_the_second_algorithm_sees_the_same_effect(block: int, limit: int) -> None:
    compared = 0
    for seed in range(40 * block, 40 * block + 40):
        before = random_guides.small(seed)
        after = random_guides.neighbour(before, seed + 1)
        if max(len(brute_force.answer_sets(guide)) for guide in (before, after)) > 250:
            continue
        compared += 1
        shared = brute_force.common(before, after)
        fates = brute_force.effect(before, after, shared)
        for key, effect in comparison.effect(before, after, limit=limit).items():
            moved = {pair: fate for pair, fate in fates.get(key, {}).items() if pair[0] != pair[1]}
            assert {(c.before, c.after) for c in effect.changes} == set(moved), f"seed {seed}"
            if effect.shared is not None:
                numbers = {pair: fate.number for pair, fate in moved.items()}
                assert {(c.before, c.after): c.number for c in effect.changes} == numbers, f"seed {seed}"
                assert (effect.number, effect.shared) == (sum(numbers.values()), len(shared)), f"seed {seed}"
            for change in effect.changes:
                least = moved[change.before, change.after].unquiet
                assert brute_force.unquiet(before, after, change.example) == least, f"seed {seed}"
                _is_true(before, after, key, change)
    assert compared > 25


def test_what_was_not_counted_is_at_least_one() -> None:
    after = builders.guide(TIMING, structs.replace(NIGHT, verdict=Verdict.RELEVANT), DAY)
    effect = comparison.effect(BEFORE, after, limit=0)["zinc"]
    assert (effect.number, effect.shared, effect.changed, effect.finished) == (None, None, True, True)
    assert [(c.number, c.example) for c in effect.changes] == [(None, {"timing": "night"})]


def test_a_comparison_without_time_says_that_it_is_not_finished(guide: Guide) -> None:
    for effect in comparison.effect(guide, without(guide, "child"), limit=0, seconds=0).values():
        assert (effect.finished, effect.changed, effect.number) == (False, False, None)


def test_the_shipped_guide_is_compared_within_three_seconds(guide: Guide) -> None:
    start = time.perf_counter()
    effects = comparison.effect(guide, without(guide, "child", "unsure-signs"))
    assert time.perf_counter() - start < 3
    for key, effect in effects.items():
        assert effect.number
        assert effect.shared == 2_029_279_452_521
        for change in effect.changes:
            _is_true(guide, without(guide, "child", "unsure-signs"), key, change)


def test_differences_name_the_field_and_say_criteria_in_words() -> None:
    after = builders.guide(
        TIMING,
        structs.replace(NIGHT, criteria=(any_of("timing.night", "timing.not-sure"),), review_by=date(2027, 1, 2)),
        verdict("new", Verdict.MAINTAIN, any_of("timing.day")),
    )
    assert comparison.differences(BEFORE, after) == (
        Difference("rule", "night", "changed", "criteria", "timing: night", "timing: night or not-sure"),
        Difference("rule", "night", "changed", "review by", "", "2027-01-02"),
        Difference("rule", "new", "added", "", "", "Heading of new"),
        Difference("rule", "day", "removed", "", "Heading of day", ""),
    )


def test_differences_reach_into_options_and_order() -> None:
    relabelled = tuple(structs.replace(option, label="In the dark") for option in TIMING.options[:1])
    timing = structs.replace(TIMING, options=(TIMING.options[1], *relabelled, TIMING.options[2]))
    difference, order = comparison.differences(BEFORE, builders.guide(timing, NIGHT, DAY))
    assert difference == Difference("option", "timing.night", "changed", "label", "night", "In the dark")
    assert order == Difference("option", "timing", "reordered", "", "night, day, not-sure", "day, night, not-sure")


def test_a_difference_of_the_whole_or_of_its_article_is_named() -> None:
    renamed = structs.replace(BEFORE, title="Another guide", source=structs.replace(BEFORE.source, publisher="A press"))
    assert comparison.differences(BEFORE, renamed) == (
        Difference("guide", "", "changed", "title", "A small guide", "Another guide"),
        Difference("source", "article", "changed", "publisher", "", "A press"),
    )


def said(rule: Rule, **fields: object) -> list[str]:
    """What a field of a rule is, in words, once it is filled like this."""
    when = structs.replace(TIMING, topic="When", options=(structs.replace(TIMING.options[0], label="By night"),))
    before = builders.guide(when, many("signs", "chest leg"), rule)
    after = structs.replace(before, rules=(structs.replace(rule, **fields),))
    return [difference.now for difference in comparison.differences(before, after)]


def test_values_are_said_as_one_reads_them() -> None:
    both = Criterion(any_of=("timing.night", "signs.chest", "signs.leg"))
    neither = none_of("gone.left", "timing.night")
    assert said(NIGHT, criteria=(both,)) == ["When: By night; or signs: chest or leg"]
    assert said(NIGHT, criteria=(neither, any_of("signs.leg"))) == [
        "none of gone: gone.left; or When: By night; and signs: leg"
    ]
    assert said(NIGHT, references=("one", "two")) == ["one, two"]
    assert said(NIGHT, own_reasoning=True) == ["yes"]
    assert said(structs.replace(NIGHT, own_reasoning=True), own_reasoning=False) == ["no"]


def test_the_answers_of_a_case_are_said_with_their_questions() -> None:
    night = Case(key="night", title="By night", answers={"timing": "night"}, expected={"zinc": Status.POSSIBLE})
    day = structs.replace(night, answers={"signs": ("none", "chest"), "timing": "day"})
    (difference,) = comparison.differences(*(structs.replace(BEFORE, cases=(case,)) for case in (night, day)))
    assert (difference.was, difference.now) == ("timing: night", "signs: none, chest; timing: day")


def test_what_comes_is_named_by_the_first_of_its_words() -> None:
    cited = (Citation(sentence=1, quote=builders.SENTENCES[0]),)
    promise = Guarantee(key="promise", text="A promise.", when=(), on=("zinc",), always=Status.POSSIBLE)
    after = structs.replace(
        BEFORE,
        sections=(Section(key="more", label="More of it"), *BEFORE.sections),
        interventions=(Intervention(key="iron", label="Iron", text="A metal.", rationale="."), *BEFORE.interventions),
        rules=(structs.replace(NIGHT, key="bare", heading="", text=""), *BEFORE.rules),
        asides=(Aside(key="idle", citations=cited, reason="Says nothing."),),
        references=(Reference(key="book", title="A book", publisher="A press"),),
        guarantees=(promise,),
    )
    assert comparison.differences(BEFORE, after) == (
        Difference("section", "more", "added", "", "", "More of it"),
        Difference("intervention", "iron", "added", "", "", "Iron"),
        Difference("rule", "bare", "added", "", "", "bare"),
        Difference("aside", "idle", "added", "", "", "Says nothing."),
        Difference("reference", "book", "added", "", "", "A book"),
        Difference("guarantee", "promise", "added", "", "", "A promise."),
    )


def test_what_changed_is_named_beside_what_came_before_it() -> None:
    heading = structs.replace(NIGHT, heading="By night")
    added, changed = comparison.differences(
        BEFORE, builders.guide(TIMING, verdict("new", Verdict.MAINTAIN, any_of("timing.day")), heading, DAY)
    )
    assert (added.key, added.what) == ("new", "added")
    assert changed == Difference("rule", "night", "changed", "heading", "Heading of night", "By night")


@pytest.mark.parametrize(
    ("difference", "words"),
    [
        (Difference("rule", "night", "added", "", "", "At night"), "The rule night was added: At night."),
        (Difference("rule", "night", "removed", "", "At night", ""), "The rule night was removed: At night."),
        (
            Difference("rule", "night", "changed", "text", "Old.", "New."),
            "The text of the rule night changed from “Old.” to “New.”.",
        ),
        (
            Difference("rule", "night", "changed", "references", "", "one"),
            "The references of the rule night was added: one",
        ),
        (Difference("rule", "", "reordered", "", "a, b", "b, a"), "The order of the rules changed from a, b to b, a."),
    ],
)
def test_a_difference_is_said_in_words(difference: Difference, words: str) -> None:
    assert difference.in_words == words


def test_every_field_of_every_noun_is_compared(guide: Guide) -> None:
    """Change each thing of the shipped guide in each of its fields, and see it named."""
    for name in ("sections", "questions", "interventions", "wordings", "rules", "appraisals", "references", "cases"):
        first = getattr(guide, name)[0]
        for field in structs.fields(first):
            value = getattr(first, field.name)
            if field.name in {"key", "status"} or not isinstance(value, str) or field.name in {"kind", "choice"}:
                continue
            changed = structs.replace(first, **{field.name: f"{value} changed"})
            after = structs.replace(guide, **{name: (changed, *getattr(guide, name)[1:])})
            (difference,) = comparison.differences(guide, after)
            assert difference.field == field.name.replace("_", " ")
            assert difference.now == f"{value} changed"


def test_a_counterweight_is_said() -> None:
    def citing(rule: Rule, *, counterweight: bool) -> Guide:
        cited = Citation(sentence=1, quote=builders.SENTENCES[0], counterweight=counterweight)
        return builders.guide(TIMING, structs.replace(rule, citations=(cited,)), DAY)

    (difference,) = comparison.differences(citing(NIGHT, counterweight=False), citing(NIGHT, counterweight=True))
    assert difference.was == "S1: “A first sentence.”"
    assert difference.now == "S1, as a counterweight: “A first sentence.”"


def test_the_same_guide_has_no_difference(guide: Guide) -> None:
    assert comparison.differences(guide, guide) == ()


def _is_true(before: Guide, after: Guide, key: str, change: comparison.Change) -> None:
    for guide, status in ((before, change.before), (after, change.after)):
        outcome = engine.assess(guide, comparison.known_to(guide, change.example)).outcomes.get(key)
        assert (outcome.status if outcome else None) == status


def test_examples_hold_only_what_one_of_the_guides_asks() -> None:
    hidden: Question = one("more", "yes", asked=[any_of("timing.day")])
    after = builders.guide(TIMING, hidden, structs.replace(NIGHT, verdict=Verdict.RELEVANT), DAY)
    (change,) = comparison.effect(BEFORE, after)["zinc"].changes
    assert change.example == {"timing": "night"}
