import re
import time
from collections import Counter
from datetime import date
from typing import Any

import pytest
from msgspec import structs

from guidance.rules import answer_space, clauses, engine, proofs, verification
from guidance.rules.answer_space import Uncountable
from guidance.rules.clauses import Search, Space
from guidance.rules.guide import (
    AGAINST,
    FOR,
    Answers,
    Appraisal,
    Case,
    Citation,
    Guarantee,
    Guide,
    Level,
    Omission,
    Reference,
    Rule,
    Scope,
    Status,
    Verdict,
)
from guidance.rules.problem import Problem
from guidance.rules.verification import ERROR, WARNING, CaseResult, Standing
from tests.rules import brute_force, builders, examples, random_guides
from tests.rules.builders import alert, any_of, caution, many, none_of, one, verdict

BY_READING = {
    "uncited-sentence", "unread-option", "rule-without-criteria", "asked-loop", "asked-later", "late-alert",
    "not-sure-missing", "not-sure-not-last", "not-sure-not-open", "option-not-alone", "all-options-alone",
    "question-without-choice", "named-twice", "many-questions", "none-among-others",
}  # fmt: skip
"""What the random guides have wrong with them that needs no search, and that the second algorithm leaves alone."""


NAMING = "Naming '(.+)' here"


def codes(guide: Guide, severity: str | None = None) -> set[str]:
    return {p.code for p in verification.problems(guide) if severity in (None, p.severity)}


def found(guide: Guide, code: str) -> list[Problem]:
    return [problem for problem in verification.problems(guide) if problem.code == code]


SOUND = (
    many("signs", "chest"),
    one("timing", "night day"),
    alert("chest", Level.EMERGENCY, any_of("signs.chest")),
    verdict("night", Verdict.POSSIBLE, any_of("timing.night"), cites=[1, 2]),
    verdict("day", Verdict.NOT_SUPPORTED, any_of("timing.day"), cites=[3]),
    verdict("unsure", Verdict.CANNOT_TELL, any_of("timing.not-sure"), cites=[4]),
    caution("signs-unsure", any_of("signs.not-sure")),
)


def test_a_sound_guide_has_no_problem() -> None:
    assert verification.problems(builders.guide(*SOUND)) == ()


def test_the_shipped_guide_has_no_error(guide: Guide) -> None:
    assert codes(guide, ERROR) == set()


def test_the_warnings_of_the_shipped_guide_are_these(guide: Guide) -> None:
    """Two questions let the visitor say "not sure" or "not tested" where only a finding changes what is told."""
    warned = [(p.code, p.place.rpartition(" ")[2]) for p in verification.problems(guide, today=date(2026, 1, 1))]
    assert warned == [
        ("unread-option", "low-minerals.not-tested"),
        ("unread-option", "low-minerals.not-sure"),
        ("unread-option", "routine-signs.not-sure"),
    ]


def test_checking_the_shipped_guide_takes_less_than_two_seconds(guide: Guide) -> None:
    start = time.perf_counter()
    verification.problems(guide)
    assert time.perf_counter() - start < 2


def test_checking_forty_questions_and_sixty_rules_takes_less_than_five_seconds() -> None:
    large = random_guides.large(40, 60)
    start = time.perf_counter()
    assert "not-proved" not in codes(large)
    assert time.perf_counter() - start < 5


def test_all_else_is_proved_of_a_guide_that_names_references_that_are_not_there() -> None:
    night, *others = (part for part in SOUND if isinstance(part, Rule) and part.key in {"night", "day"})
    cited = (Citation(sentence=1, quote=builders.SENTENCES[0]),)
    book = Reference(key="book", title="A book", publisher="A press")
    named = ("nowhere", "book")
    guide = builders.guide(
        *SOUND[:2],
        structs.replace(night, references=named),
        *others,
        references=(book,),
        appraisals=(Appraisal(key="weak", citations=cited, direction="weaker", text="It is.", references=named),),
        omissions=(Omission(key="rest", heading="Rest", text="It helps some.", references=named),),
    )
    unsound = found(guide, "unsound-key")
    assert [(p.place, p.message, p.mend) for p in unsound] == [
        (f"{place}.references", "No reference 'nowhere'. Known: book.", "Name what is there, once.")
        for place in ("rules[0]", "appraisals[0]", "omissions[0]")
    ]
    assert [problem.place for problem in found(guide, "gap")] == ["interventions[0] zinc"]


@pytest.mark.parametrize("block", range(8))
def test_the_second_algorithm_finds_the_same_problems(block: int) -> None:
    compared = 0
    for seed in range(50 * block, 50 * block + 50):
        guide = random_guides.small(seed)
        if len(brute_force.answer_sets(guide)) > 1_200:
            continue
        compared += 1
        problems = verification.problems(guide)
        searched = Counter(_named(problem) for problem in problems if problem.code not in BY_READING)
        listed = Counter((code, keys) for code, keys in brute_force.findings(guide))
        assert searched == listed, f"seed {seed}"
        for problem in problems:
            assert (problem.code in examples.WITH_EXAMPLE) <= (problem.example is not None), problem
            assert problem.example is None or examples.shows(guide, problem), f"seed {seed}: {problem}"
    assert compared > 40


@pytest.mark.parametrize("block", range(4))
def test_answer_sets_are_counted_exactly(block: int) -> None:
    for seed in range(1_000 + 50 * block, 1_050 + 50 * block):
        guide = random_guides.small(seed)
        assert answer_space.count(guide) == len(brute_force.answer_sets(guide)), f"seed {seed}"
        for rule in guide.rules:
            counted = answer_space.count(guide, rule.criteria)
            assert counted == brute_force.number(guide, rule.criteria), f"seed {seed}, {rule.key}"


def test_the_shipped_guide_has_this_many_answer_sets(guide: Guide) -> None:
    """Reckoned by hand from content and order: of n boxes that go together, 2**n - 1 ways to tick some."""
    minerals, conditions, medicines, supplements, routine = 7 + 3, 15 + 2, 15 + 2, 7 + 2, 127 + 2
    zinc_test, diet = 4, 3
    rest = zinc_test * minerals * diet * conditions * medicines * supplements * routine
    timing, frequency, exertion, hydration = 5, 3, 5, 4
    illness = 4 * rest + (7 + 2 * rest)  # with cirrhosis, one of three liver signs ends the questions
    after_signs = timing * frequency * exertion * hydration * illness
    same_day = 31 + 2 * after_signs
    adult = 255 + 2 * same_day
    pregnant = 255 + 2 * (7 + 2 * same_day)
    child = 255 + 2 * (31 + 2 * (15 + 2 * after_signs))
    assert answer_space.count(guide) == 3 * adult + pregnant + child


def test_whoever_cannot_differ_any_more_is_walked_on_together(guide: Guide) -> None:
    """In so many steps, each of one group of visitors over one question, and not in many times as many."""
    assert answer_space.count(guide, limit=130)
    for questions, rules, steps in ((8, 12, 42), (12, 20, 115), (18, 40, 1_300)):
        reading = answer_space.statuses(random_guides.large(questions, rules), "zinc")
        assert answer_space.survey([reading], limit=steps)
        with pytest.raises(Uncountable):
            answer_space.survey([reading], limit=steps * 4 // 5)


def test_a_guide_that_cannot_be_counted_says_so() -> None:
    with pytest.raises(Uncountable):
        answer_space.count(random_guides.small(7), [any_of("q0.o0"), any_of("q1.o0")], limit=0)


def test_guarantees_say_over_how_many_answer_sets_they_are_proved(guide: Guide) -> None:
    for proof in verification.guarantees(guide):
        assert proof.standing is Standing.PROVED
        assert proof.counterexample is None
        assert proof.answer_sets == answer_space.count(guide, proof.guarantee.when)


def test_a_broken_guarantee_has_a_counterexample() -> None:
    promise = Guarantee(
        key="never-by-day", text="A promise.", when=(none_of("timing.day"),), on=("zinc",), never=(Status.POSSIBLE,)
    )
    guide = builders.guide(*SOUND, guarantees=(promise,))
    (proof,) = verification.guarantees(guide)
    assert proof.guarantee is promise
    assert (proof.standing, proof.intervention, proof.status) == (Standing.BROKEN, "zinc", Status.POSSIBLE)
    assert proof.counterexample == {"signs": ["none"], "timing": "night"}
    assert proof.answer_sets == 5  # chest alone; no sign or unsure of it, each with night or not sure


@pytest.mark.parametrize(
    ("promised", "words"),
    [
        ({"never": (Status.POSSIBLE, Status.RELEVANT)}, "never possible or relevant"),
        ({"always": Status.NOT_SUPPORTED}, "always not-supported"),
    ],
)
def test_a_broken_guarantee_is_said_with_what_was_promised(promised: dict[str, Any], words: str) -> None:
    promise = Guarantee(key="promise", text="A promise.", when=(none_of("timing.day"),), on=("zinc",), **promised)
    (problem,) = found(builders.guide(*SOUND, guarantees=(promise,)), "guarantee-broken")
    assert problem.message == f"Promised: zinc is {words}. For some answers it is 'possible'."


def test_what_is_not_finished_in_time_is_not_proved(guide: Guide) -> None:
    (rushed,) = (problem for problem in verification.problems(guide, seconds=0) if problem.severity == ERROR)
    assert (rushed.code, rushed.place) == ("not-proved", "questions")
    assert rushed.message.endswith(": whether the questions can be answered at all. Open for questions.")
    for proof, guarantee in zip(verification.guarantees(guide, seconds=0), guide.guarantees, strict=True):
        assert (proof.guarantee, proof.standing) == (guarantee, Standing.NOT_PROVED)
        assert proof.answer_sets == answer_space.count(guide, guarantee.when)


def test_a_search_that_runs_out_of_time_half_way_names_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    rushed = verification.problems(random_guides.large(18, 40), seconds=150)
    open_checks = [problem for problem in rushed if problem.code == "not-proved"]
    assert open_checks
    assert any(problem.code == "contradiction" for problem in rushed)
    assert all("Open for" in problem.message for problem in open_checks)


def test_every_check_that_is_open_is_said_with_what_it_is_open_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one look at the clock that is allowed goes to whether the questions can be answered at all."""
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(ticks)))
    large = random_guides.large(18, 40)
    yes = next(rule for rule in large.rules if rule.verdict in FOR)
    no = next(rule for rule in large.rules if rule.verdict in AGAINST and rule.on == yes.on)
    rules = tuple(structs.replace(yes, outranks=(no.key,)) if rule is yes else rule for rule in large.rules)
    limit = Scope(key="limit", citations=yes.citations, criteria=(any_of("q1.o0"),), reason="So far.")
    guide = structs.replace(large, questions=(*large.questions[1:], large.questions[0]), rules=rules, scopes=(limit,))
    rushed = [p for p in verification.problems(guide, seconds=1) if p.code == "not-proved"]
    said = [
        re.fullmatch("Not proved in the time given: (whether [a-z' -]+)[.] Open for (.+)[.]", p.message) for p in rushed
    ]
    open_for = {match[1]: match[2] for match in said if match}
    assert len(open_for) == len(rushed) == 14
    assert open_for["whether every criterion rules something out"] == (
        "rules[0] signs, rules[1] rule-1, rules[2] rule-2 and 37 more"
    )
    assert open_for["whether an intervention always has a verdict"] == (
        "interventions[0] zinc, interventions[1] magnesium, interventions[2] potassium and 1 more"
    )
    assert open_for["whether the guarantees are kept"] == "guarantees[0] promise"
    for problem in rushed:
        assert examples.said(problem) and examples.stands_there(guide, problem.place), problem


def test_cases_are_held_or_say_what_differs() -> None:
    held = Case(
        key="by-night",
        title="By night",
        answers={"signs": ("none",), "timing": "night"},
        expected={"zinc": Status.POSSIBLE},
    )
    failing = structs.replace(held, key="failing", expected={"zinc": Status.RELEVANT})
    results = verification.cases(builders.guide(*SOUND, cases=(held, failing)))
    answers: Answers = {"signs": ["none"], "timing": "night"}
    told = {"zinc": Status.POSSIBLE}
    assert results == (
        CaseResult(held, answers, told, None, (), (), (), ""),
        CaseResult(failing, answers, told, None, ("zinc",), (), (), ""),
    )
    assert [result.held for result in results] == [True, False]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rules": ("night", "tells")}, ""),
        ({"rules": ("tells", "night")}, ""),
        ({"rules": ("night", "tells", "gone")}, "the rule 'gone' does not hold"),
        ({"alert": Level.ROUTINE}, "the alert is 'none', not 'routine'"),
    ],
)
def test_a_case_may_name_the_alert_and_every_rule_that_holds(more: dict[str, Any], said: str) -> None:
    case = Case(
        key="case",
        title="A case",
        answers={"signs": ("none",), "timing": "night"},
        expected={"zinc": Status.POSSIBLE},
        **more,
    )
    guide = builders.guide(*SOUND, builders.note("tells", any_of("timing.night")), cases=(case,))
    assert "case-unnamed-rule" not in codes(guide)
    failing = [problem for problem in verification.problems(guide) if problem.code == "case-failing"]
    assert [problem.message for problem in failing] == ([f"The case does not hold: {said}."] if said else [])
    assert [result.held for result in verification.cases(guide)] == [not said]


def test_a_rule_that_cases_do_not_name_is_a_warning_with_the_first_of_them() -> None:
    answers: dict[str, str | tuple[str, ...]] = {"signs": ("none",), "timing": "night"}
    case = Case(key="a", title="A", answers=answers, expected={"zinc": Status.POSSIBLE}, rules=("night",))
    silent = structs.replace(case, key="b", rules=None)
    other = structs.replace(case, key="c")
    tells = builders.note("tells", any_of("timing.night"))
    (found,) = verification.problems(builders.guide(*SOUND, tells, cases=(silent, case, other)))
    assert (found.code, found.severity, found.place) == ("case-unnamed-rule", WARNING, "rules[5] tells")
    assert found.message == "The rule holds in cases that do not name it: a and c."
    assert found.example == {"signs": ["none"], "timing": "night"}


def test_every_case_of_the_shipped_guide_holds(guide: Guide) -> None:
    assert all(result.held for result in verification.cases(guide))
    assert len(verification.cases(guide)) >= 10


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"signs": ("none",)}, {"zinc": Status.POSSIBLE}),
        ({"signs": ("none",), "timing": "dusk"}, {"zinc": Status.POSSIBLE}),
        ({"signs": ("chest",), "timing": "night"}, {"zinc": Status.GET_HELP}),
        ({"signs": ("none",), "timing": "night"}, {}),
    ],
)
def test_a_case_that_cannot_be_tried_is_an_error(
    answers: dict[str, str | tuple[str, ...]], expected: dict[str, Status]
) -> None:
    case = Case(key="case", title="A case", answers=answers, expected=expected)
    guide = builders.guide(*SOUND, cases=(case,))
    assert codes(guide) == {"case-invalid"}
    (problem,) = verification.problems(guide)
    assert examples.said(problem) and ".." not in problem.message
    (result,) = verification.cases(guide)
    assert not result.held and result.fault
    if result.fault.startswith("answers."):
        assert result == CaseResult(case, {}, {}, None, (), (), (), result.fault)


def test_a_stronger_not_sure_is_found_behind_questions_that_hang_on_it() -> None:
    """Saying yes opens a question, and one answer to that reaches what "not sure" brings; then one that never does."""
    asks = (one("ill", "yes no"), one("cirrhosis", "yes no", asked=[any_of("ill.yes")]))
    rules = (
        verdict("unsure", Verdict.POSSIBLE, any_of("ill.not-sure")),
        verdict("else", Verdict.MAINTAIN, none_of("ill.not-sure")),
    )
    reached = verdict("ill", Verdict.RELEVANT, any_of("cirrhosis.yes"))
    assert not found(builders.guide(*asks, *rules, reached), "not-sure-stronger")
    (problem,) = found(builders.guide(*asks, *rules), "not-sure-stronger")
    assert problem.example == {"ill": "not-sure"}


def test_a_not_sure_is_not_compared_with_answers_that_end_in_an_alert() -> None:
    asks = (one("sign", "yes"),)
    rules = (
        alert("help", Level.URGENT, any_of("sign.yes")),
        verdict("unsure", Verdict.RELEVANT, any_of("sign.not-sure")),
        verdict("never", Verdict.MAINTAIN, any_of("sign.not-sure", "sign.yes")),
    )
    assert not found(builders.guide(*asks, *rules), "not-sure-stronger")


def test_two_questions_with_nothing_between_them_but_signs_are_in_time() -> None:
    illness = one("illness", "cirrhosis none")
    liver = many("liver", "bleeding", asked=[any_of("illness.cirrhosis")])
    rules = (
        alert("liver", Level.EMERGENCY, any_of("liver.bleeding")),
        verdict("all", Verdict.POSSIBLE, any_of("illness.cirrhosis", "timing.day")),
    )
    timing = one("timing", "night day")
    assert "late-alert" not in codes(builders.guide(illness, liver, timing, *rules))
    (late,) = found(builders.guide(illness, timing, liver, *rules), "late-alert")
    assert (late.place, late.mend) == ("questions[2] liver", "Put it directly after illness.")
    assert late.message == "A sign that ends the questions is asked here, and timing was asked before it."
    assert examples.shows(builders.guide(illness, timing, liver, *rules), late)
    (later,) = found(builders.guide(illness, timing, one("sport", "yes"), liver, *rules), "late-alert")
    assert later.message.endswith("and timing and sport were asked before it.")


# On these answers a sign brings help by day and none by night, and day is the quiet answer.
BY_DAY = (
    many("signs", "chest"),
    one("timing", "day night"),
    alert("now", Level.URGENT, any_of("signs.chest"), any_of("timing.day")),
    verdict("rest", Verdict.MAINTAIN),
)


def test_a_verdict_that_never_wins_is_shown_without_help_beside_the_stronger_one() -> None:
    weak = verdict("weak", Verdict.NOT_SUPPORTED, any_of("signs.chest"))
    strong = verdict("strong", Verdict.POSSIBLE, any_of("signs.chest"))
    guide = builders.guide(*BY_DAY, weak, strong)
    (problem,) = found(guide, "verdict-never-wins")
    assert problem.place == "rules[2] weak"
    assert problem.example and problem.example["timing"] != "day"
    assert examples.shows(guide, problem)
    assert problem.message.endswith(" Where it holds, a stronger verdict does too, here of strong.")


def test_a_verdict_that_holds_only_under_help_is_said_to() -> None:
    hidden = verdict("hidden", Verdict.POSSIBLE, any_of("signs.chest"), any_of("timing.day"))
    (problem,) = found(builders.guide(*BY_DAY, hidden), "verdict-never-wins")
    assert problem.example == {"signs": ["chest"], "timing": "day"}
    assert problem.message.endswith(" It holds only where an alert asks for help first.")


def test_rules_that_outrank_the_wrong_way_are_shown_together_without_help() -> None:
    weak = structs.replace(verdict("weak", Verdict.NOT_SUPPORTED, any_of("signs.chest")), outranks=("strong",))
    strong = verdict("strong", Verdict.POSSIBLE, any_of("signs.chest"))
    guide = builders.guide(*BY_DAY, weak, strong)
    (problem,) = found(guide, "outranks-wrong-way")
    assert problem.example and problem.example["timing"] != "day"
    assert examples.shows(guide, problem)


def test_a_rule_may_leave_the_second_of_two_scopes() -> None:
    def scope(key: str, sentence: int) -> Scope:
        cited = Citation(sentence=sentence, quote=builders.SENTENCES[sentence - 1])
        return Scope(key=key, citations=(cited,), criteria=(none_of("timing.night"),), reason="By day.")

    guide = builders.guide(*SOUND, scopes=(scope("third", 3), scope("second", 2)))
    (problem,) = found(guide, "out-of-scope")
    assert problem.place == "rules[1].citations[1] night"
    assert problem.message == "Sentence 2 is cited where the scope 'second' does not hold: By day."


def test_examples_are_true_where_there_are_too_many_to_make_them_quiet() -> None:
    guide = random_guides.large(12, 40)
    space = Space(guide, Search(time.monotonic() + 60))
    space.examples = clauses.QUIETED
    shown = [problem for problem in proofs.problems(space) if problem.code in examples.WITH_EXAMPLE]
    space.search.close()
    assert "contradiction" in {problem.code for problem in shown}
    assert all(examples.shows(guide, problem) for problem in shown)


def test_a_gap_is_shown_by_the_only_answer_set_of_a_guide_that_asks_nothing() -> None:
    waits = one("one", "yes", asked=[any_of("one.yes")])
    (gap,) = found(builders.guide(waits, verdict("never", Verdict.POSSIBLE, any_of("one.yes"))), "gap")
    assert gap.example == {}


def test_an_alert_without_criteria_holds_without_ending_the_questions() -> None:
    guide = builders.guide(one("timing", "night"), alert("always", Level.URGENT))
    assert {"rule-without-criteria"} <= codes(guide)
    assert answer_space.count(guide) == 2
    assert not found(guide, "gap")


def test_review_dates_are_held_against_the_day_given(guide: Guide) -> None:
    overdue = structs.replace(
        guide, rules=(structs.replace(guide.rules[0], review_by=date(2026, 5, 1)), *guide.rules[1:])
    )
    on_time, late = (
        {p.code for p in verification.problems(overdue, today=today)} for today in (date(2026, 5, 1), date(2026, 5, 2))
    )
    assert "review-overdue" not in on_time
    assert "review-overdue" in late


def test_errors_come_before_warnings() -> None:
    severities = [problem.severity for problem in verification.problems(random_guides.large(10, 30))]
    assert severities == sorted(severities, key=[ERROR, WARNING].index)
    assert {ERROR, WARNING} == set(severities)


def test_every_problem_says_where_it_is_and_how_to_mend_it() -> None:
    for seed in range(30):
        guide = random_guides.small(seed)
        for problem in verification.problems(guide):
            assert examples.said(problem), problem
            assert examples.stands_there(guide, problem.place), problem


def test_examples_are_taken_by_the_engine_as_they_are() -> None:
    guide = random_guides.large(12, 40)
    shown = [problem for problem in verification.problems(guide) if problem.example is not None]
    assert len(shown) > 10
    for problem in shown:
        assert problem.example is not None
        assert engine.assess(guide, problem.example).answers == problem.example


def _named(problem: Problem) -> tuple[str, str]:
    """A problem as the second algorithm names it."""
    key = problem.place.rpartition(" ")[2]
    patterns = {
        "contradiction": r"and '([^']+)' says",
        "outranks-wrong-way": r"outranks '([^']+)'",
        "outranks-nothing": r"outranks '([^']+)'",
        "guarantee-broken": r"Promised: (\S+) ",
        "not-sure-stronger": r"' of (\S+), more",
    }
    if problem.code == "no-answers":
        return problem.code, ""
    if problem.code == "criterion-idle":
        return problem.code, f"{re.findall('criteria.([0-9]+)', problem.place)[0]} {key}"
    if problem.code == "option-idle":
        place = re.findall("criteria.([0-9]+)", problem.place)[0]
        return problem.code, f"{place} {re.findall(NAMING, problem.message)[0]} {key}"
    if problem.code in patterns:
        return problem.code, f"{key} {re.findall(patterns[problem.code], problem.message)[0]}"
    return problem.code, key
