"""The shipped guide, broken in one place at a time: each breakage is found, under its code, with a true example."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

import pytest
from msgspec import structs

from guidance.rules import masks, verification
from guidance.rules.guide import (
    Choice,
    Citation,
    Criterion,
    Guide,
    Level,
    Option,
    Question,
    Rule,
    Status,
    Verdict,
)
from guidance.rules.problem import Problem
from tests.rules import examples
from tests.rules.builders import any_of, none_of

TODAY = date(2026, 1, 1)


class Breakage(NamedTuple):
    """A way to break the guide, the codes it must be found under, and what stands in the place of the first of them."""

    name: str
    broken: Callable[[Guide], Guide]
    codes: tuple[str, ...]
    place: str = ""


def listed(guide: Guide, name: str, key: str, *instead: Any) -> Guide:
    """The guide with other things where one stood in one of its lists."""
    things: list[Any] = []
    for thing in getattr(guide, name):
        things += instead if getattr(thing, "key", getattr(thing, "status", None)) == key else [thing]
    assert tuple(things) != getattr(guide, name), f"{key} is as it was"
    return structs.replace(guide, **{name: tuple(things)})


def of(guide: Guide, name: str, key: str) -> Any:
    return next(t for t in getattr(guide, name) if getattr(t, "key", getattr(t, "status", None)) == key)


def edited(name: str, key: str, **changes: Any) -> Callable[[Guide], Guide]:
    return lambda guide: listed(guide, name, key, structs.replace(of(guide, name, key), **changes))


def removed(name: str, key: str) -> Callable[[Guide], Guide]:
    return lambda guide: listed(guide, name, key)


def rule(key: str, change: Callable[[Rule], Rule]) -> Callable[[Guide], Guide]:
    return lambda guide: listed(guide, "rules", key, change(of(guide, "rules", key)))


def question(key: str, change: Callable[[Question], Question]) -> Callable[[Guide], Guide]:
    return lambda guide: listed(guide, "questions", key, change(of(guide, "questions", key)))


def criterion(key: str, place: int, new: Criterion | None) -> Callable[[Guide], Guide]:
    """The rule with another criterion in one place, or without it."""

    def changed(old: Rule) -> Rule:
        kept = (new,) if new else ()
        return structs.replace(old, criteria=(*old.criteria[:place], *kept, *old.criteria[place + 1 :]))

    return rule(key, changed)


def citation(key: str, place: int = 0, **changes: Any) -> Callable[[Guide], Guide]:
    def changed(old: Rule) -> Rule:
        cited = structs.replace(old.citations[place], **changes)
        return structs.replace(old, citations=(*old.citations[:place], cited, *old.citations[place + 1 :]))

    return rule(key, changed)


def requoted(key: str, quoted: Callable[[str], str]) -> Callable[[Guide], Guide]:
    return lambda guide: citation(key, quote=quoted(of(guide, "rules", key).citations[0].quote))(guide)


def options(key: str, change: Callable[[list[Option]], Iterable[Option]]) -> Callable[[Guide], Guide]:
    return question(key, lambda old: structs.replace(old, options=tuple(change(list(old.options)))))


def moved(key: str, *, after: str | None) -> Callable[[Guide], Guide]:
    def changed(guide: Guide) -> Guide:
        rest = [q for q in guide.questions if q.key != key]
        at = 0 if after is None else [q.key for q in rest].index(after) + 1
        return structs.replace(guide, questions=(*rest[:at], of(guide, "questions", key), *rest[at:]))

    return changed


def added(name: str, copied: str, **changes: Any) -> Callable[[Guide], Guide]:
    """The guide with one more thing at the end of a list, made from another."""
    return lambda guide: structs.replace(
        guide, **{name: (*getattr(guide, name), structs.replace(of(guide, name, copied), **changes))}
    )


def source(**changes: Any) -> Callable[[Guide], Guide]:
    return lambda guide: structs.replace(guide, source=structs.replace(guide.source, **changes))


def sentence(guide: Guide, number: int) -> Citation:
    """A sentence of the article as the guide cites it somewhere."""
    cited = [c for rule in guide.rules for c in rule.citations] + [c for a in guide.asides for c in a.citations]
    return next(c for c in cited if c.sentence == number)


def citing(key: str, number: int) -> Callable[[Guide], Guide]:
    def changed(guide: Guide) -> Guide:
        more = structs.replace(sentence(guide, number), counterweight=False)
        return rule(key, lambda old: structs.replace(old, citations=(*old.citations, more)))(guide)

    return changed


BROKEN_RULES = [
    Breakage("drop a rule", removed("rules", "zinc-average-person"), ("gap", "case-failing"), "zinc"),
    Breakage("drop the rule for the rest", removed("rules", "fluids-maintain"), ("gap",), "fluids"),
    Breakage("drop an alert", removed("rules", "emergency-signs"), ("guarantee-broken", "unread-option"), "help-first"),
    Breakage("drop a caution", removed("rules", "child"), ("guarantee-broken",), "child-no-yes"),
    Breakage(
        "widen a criterion",
        criterion("zinc-low-with-cirrhosis", 0, any_of("zinc-test.low", "zinc-test.normal")),
        ("guarantee-broken", "contradiction"),
        "zinc-needs-a-test",
    ),
    Breakage(
        "widen a criterion to everything",
        criterion(
            "zinc-low-with-other-illness",
            0,
            none_of("who.child", "who.adult", "who.older", "who.pregnant", "who.not-sure"),
        ),
        ("rule-never-holds",),
        "zinc-low-with-other-illness",
    ),
    Breakage(
        "narrow a criterion",
        criterion("magnesium-some-nights", 1, any_of("timing.night")),
        ("gap",),
        "magnesium",
    ),
    Breakage("drop a criterion", criterion("zinc-tested-normal", 0, None), ("rule-without-criteria", "contradiction")),
    Breakage(
        "turn any of into none of",
        criterion("potassium-diet", 0, none_of("diet.rarely")),
        ("contradiction", "gap"),
        "potassium-diet",
    ),
    Breakage(
        "swap two options between rules",
        lambda guide: criterion("zinc-tested-normal", 0, any_of("zinc-test.low"))(guide),
        ("contradiction", "guarantee-broken"),
    ),
    Breakage(
        "criteria that exclude each other",
        lambda guide: rule(
            "magnesium-rare-no-pattern",
            lambda old: structs.replace(old, criteria=(*old.criteria, any_of("frequency.weekly"))),
        )(guide),
        ("rule-never-holds", "gap"),
        "magnesium-rare-no-pattern",
    ),
    Breakage(
        "a rule on answers that are never given together",
        lambda guide: rule(
            "copper",
            lambda old: structs.replace(old, criteria=(any_of("pregnancy-signs.none"), any_of("child-signs.none"))),
        )(guide),
        ("rule-never-holds",),
        "copper",
    ),
    Breakage(
        "a note that only an alert could show",
        lambda guide: rule("copper", lambda old: structs.replace(old, criteria=(any_of("emergency.chest"),)))(guide),
        ("rule-never-shown",),
        "copper",
    ),
    Breakage(
        "a verdict that only an alert could show",
        lambda guide: structs.replace(
            guide,
            rules=(
                *guide.rules,
                structs.replace(
                    of(guide, "rules", "fluids-sweat"), key="fluids-chest", criteria=(any_of("emergency.chest"),)
                ),
            ),
        ),
        ("verdict-never-wins",),
        "fluids-chest",
    ),
    Breakage(
        "a verdict below one that always holds with it",
        added(
            "rules", "fluids-maintain", key="fluids-too", criteria=(any_of("hydration.short"), any_of("exertion.sweat"))
        ),
        ("verdict-never-wins",),
        "fluids-too",
    ),
    Breakage(
        "duplicate a rule", added("rules", "magnesium-frequent-night", key="again"), ("superfluous-rule",), "again"
    ),
    Breakage("duplicate a caution", added("rules", "nerve-muscle", key="again"), ("superfluous-rule",), "again"),
    Breakage("duplicate an alert", added("rules", "child-signs", key="again"), ("superfluous-rule",), "again"),
    Breakage(
        "a narrower copy of a rule",
        added("rules", "fluids-sweat", key="again", criteria=(any_of("exertion.both"),)),
        ("superfluous-rule",),
        "again",
    ),
    Breakage(
        "a criterion that rules nothing out",
        lambda guide: rule(
            "fluids-sweat",
            lambda old: structs.replace(
                old,
                criteria=(*old.criteria, any_of(*(f"diet.{o.key}" for o in of(guide, "questions", "diet").options))),
            ),
        )(guide),
        ("criterion-idle",),
        "rules",
    ),
    Breakage("say nothing of outranking", edited("rules", "magnesium-known-low", outranks=()), ("contradiction",)),
    Breakage(
        "outrank the wrong way",
        lambda guide: edited("rules", "potassium-not-indicated", outranks=("potassium-known-low",))(
            edited("rules", "potassium-known-low", outranks=())(guide)
        ),
        ("outranks-wrong-way",),
        "potassium-not-indicated",
    ),
    Breakage(
        "outrank what never contradicts",
        edited("rules", "zinc-low-alone", outranks=("zinc-tested-normal",)),
        ("outranks-nothing",),
        "zinc-low-alone",
    ),
    Breakage(
        "outrank a rule on something else",
        edited("rules", "zinc-low-alone", outranks=("fluids-maintain",)),
        ("outranks-nothing",),
        "zinc-low-alone",
    ),
    Breakage(
        "turn a no into a yes",
        edited("rules", "zinc-average-person", verdict=Verdict.RELEVANT),
        ("guarantee-broken", "contradiction", "case-failing"),
    ),
    Breakage(
        "turn a yes into a no",
        edited("rules", "magnesium-some-nights", verdict=Verdict.NOT_INDICATED),
        ("contradiction", "case-failing"),
    ),
    Breakage(
        "a not-sure that says more than an answer would",
        edited("rules", "fluids-maintain", verdict=Verdict.CANNOT_TELL, criteria=(any_of("hydration.not-sure"),)),
        ("gap",),
    ),
    Breakage(
        "a not-sure that reassures",
        criterion("potassium-diet", 0, any_of("diet.not-sure")),
        ("not-sure-stronger", "gap"),
        "diet",
    ),
    Breakage(
        "an alert made routine",
        edited("rules", "liver-signs", level=Level.ROUTINE),
        ("guarantee-broken",),
        "help-first",
    ),
    Breakage(
        "a caution on less",
        edited("rules", "kidney", on=("magnesium", "fluids")),
        ("guarantee-broken",),
        "potassium-kidney",
    ),
    Breakage(
        "a review date gone by", edited("rules", "kidney", review_by=date(2025, 12, 31)), ("review-overdue",), "kidney"
    ),
    Breakage(
        "an intervention twice",
        edited("rules", "kidney", on=("fluids", "fluids", "magnesium", "potassium")),
        ("unsound-key",),
    ),
    Breakage(
        "a caution for a finding and for none",
        criterion("low-potassium", 0, any_of("low-minerals.potassium", "low-minerals.none")),
        ("none-among-others",),
        "low-potassium",
    ),
    Breakage(
        "a caution that swallows another",
        criterion("kidney", 0, any_of("conditions.kidney", "conditions.fluid")),
        ("superfluous-rule",),
        "fluid-limits",
    ),
    Breakage("a sentence twice", citing("zinc-low-alone", 26), ("named-twice",), "zinc-low-alone"),
    Breakage(
        "an alert on none of the signs",
        criterion("pregnancy-signs", 0, any_of("pregnancy-signs.rib-pain", "pregnancy-signs.none")),
        ("alert-without-sign",),
        "pregnancy-signs",
    ),
    Breakage(
        "an alert turned round",
        lambda guide: criterion("routine-signs", 0, none_of(*of(guide, "rules", "routine-signs").criteria[0].any_of))(
            guide
        ),
        ("alert-without-sign",),
        "routine-signs",
    ),
    Breakage(
        "an option that a stronger verdict always covers",
        criterion(
            "magnesium-frequent-other",
            1,
            any_of("timing.exercise", "timing.night", "timing.no-pattern", "timing.not-sure"),
        ),
        ("option-idle",),
        "magnesium-frequent-other",
    ),
    Breakage(
        "a caution named for a sign that ends the questions",
        lambda guide: criterion(
            "unsure-signs", 0, any_of(*of(guide, "rules", "unsure-signs").criteria[0].any_of, "emergency.chest")
        )(guide),
        ("option-idle",),
        "unsure-signs",
    ),
]

BROKEN_QUESTIONS = [
    Breakage("a sign asked late", moved("same-day", after="timing"), ("late-alert",), "same-day"),
    Breakage("a sign asked last", moved("emergency", after="routine-signs"), ("late-alert",), "emergency"),
    Breakage("a conditional sign asked late", moved("liver-signs", after="diet"), ("late-alert",), "liver-signs"),
    Breakage(
        "a question asked before the one it hangs on",
        moved("liver-signs", after="timing"),
        ("asked-later", "question-unreachable"),
        "liver-signs",
    ),
    Breakage(
        "two questions that wait for each other",
        lambda guide: question("illness", lambda old: structs.replace(old, asked=(any_of("liver-signs.none"),)))(guide),
        ("asked-loop", "question-unreachable"),
        "illness",
    ),
    Breakage(
        "a question that waits for itself",
        question("diet", lambda old: structs.replace(old, asked=(any_of("diet.rarely"),))),
        ("asked-loop", "question-unreachable"),
        "diet",
    ),
    Breakage(
        "a question on an answer that ends the questions",
        question("diet", lambda old: structs.replace(old, asked=(any_of("emergency.chest"),))),
        ("question-unreachable", "gap"),
        "diet",
    ),
    Breakage(
        "a question on two answers that exclude each other",
        question("supplements", lambda old: structs.replace(old, asked=(any_of("who.child"), any_of("who.adult")))),
        ("question-unreachable", "rule-never-holds"),
        "supplements",
    ),
    Breakage(
        "a question asked of some",
        question("zinc-test", lambda old: structs.replace(old, asked=(any_of("illness.cirrhosis"),))),
        ("gap", "case-invalid"),
        "zinc",
    ),
    Breakage("no not-sure", options("routine-signs", lambda old: old[:-1]), ("not-sure-missing",), "routine-signs"),
    Breakage("an option gone that a rule reads", options("timing", lambda old: old[1:]), ("unsound-key",), "rules"),
    Breakage(
        "not-sure not last",
        options("diet", lambda old: [old[-1], *old[:-1]]),
        ("not-sure-not-last",),
        "diet",
    ),
    Breakage(
        "a not-sure that settles the matter",
        options("diet", lambda old: [*old[:-1], structs.replace(old[-1], unknown=False)]),
        ("not-sure-not-open",),
        "diet",
    ),
    Breakage(
        "not-sure that can be ticked with others",
        options("medicines", lambda old: [*old[:-1], structs.replace(old[-1], exclusive=False)]),
        ("option-not-alone",),
        "medicines",
    ),
    Breakage(
        "none that can be ticked with others",
        options("emergency", lambda old: [structs.replace(o, exclusive=o.key == "not-sure") for o in old]),
        ("option-not-alone",),
        "emergency",
    ),
    Breakage(
        "every box alone",
        options("supplements", lambda old: [structs.replace(o, exclusive=True) for o in old]),
        ("all-options-alone",),
        "supplements",
    ),
    Breakage(
        "several where one was meant",
        question("zinc-test", lambda old: structs.replace(old, choice=Choice.MANY)),
        ("contradiction", "option-not-alone", "case-invalid"),
    ),
    Breakage(
        "an option no rule reads",
        options("diet", lambda old: [*old[:-1], Option(key="now-and-then", label="Now and then"), old[-1]]),
        ("unread-option", "gap"),
        "diet.now-and-then",
    ),
    Breakage(
        "a sign no alert reads",
        options("emergency", lambda old: [Option(key="tingling", label="Tingling"), *old]),
        ("unread-option",),
        "emergency.tingling",
    ),
    Breakage(
        "a sign taken out of its alert",
        lambda guide: rule(
            "same-day-signs",
            lambda old: structs.replace(
                old, criteria=(any_of(*(n for n in old.criteria[0].any_of if n != "same-day.toxin")),)
            ),
        )(guide),
        ("guarantee-broken", "unread-option"),
        "help-first",
    ),
]

BROKEN_WORDS = [
    Breakage(
        "a comma in a quote", requoted("zinc-low-alone", lambda q: q.replace("may be", "may, be")), ("quote-altered",)
    ),
    Breakage(
        "a letter in a quote", requoted("magnesium-known-low", lambda q: q.replace("Low", "low")), ("quote-altered",)
    ),
    Breakage(
        "a straight apostrophe",
        lambda guide: structs.replace(
            guide,
            asides=tuple(
                structs.replace(
                    a, citations=tuple(structs.replace(c, quote=c.quote.replace(" ", "  ", 1)) for c in a.citations)
                )
                for a in guide.asides
            ),
        ),
        ("quote-altered",),
        "asides",
    ),
    Breakage("a quote that is nowhere", requoted("zinc-low-alone", lambda q: "Zinc cures it all."), ("quote-missing",)),
    Breakage("an empty quote", requoted("zinc-low-alone", lambda q: ""), ("quote-missing",)),
    Breakage("half a sentence", requoted("zinc-low-alone", lambda q: q[:60]), ("quote-partial",)),
    Breakage("a word that stands often", requoted("zinc-low-alone", lambda q: "zinc"), ("quote-ambiguous",)),
    Breakage("a heading as a quote", requoted("zinc-low-alone", lambda q: "Why Leg Cramps Occur"), ("quote-partial",)),
    Breakage(
        "two sentences",
        lambda guide: requoted("zinc-low-alone", lambda q: f"{q} {sentence(guide, 27).quote}")(guide),
        ("quote-partial",),
    ),
    Breakage("a citation pointed elsewhere", citation("zinc-low-alone", sentence=25), ("quote-elsewhere",)),
    Breakage("a citation pointed past the end", citation("zinc-low-alone", sentence=36), ("quote-elsewhere",)),
    Breakage(
        "another sentence under the number",
        lambda guide: citation("zinc-low-alone", quote=sentence(guide, 27).quote)(guide),
        ("quote-elsewhere",),
    ),
    Breakage(
        "a comma in the article",
        lambda guide: source(text=guide.source.text.replace(", and", " and", 1))(guide),
        ("source-altered", "quote-altered"),
    ),
    Breakage("another digest", source(sha256="0" * 64), ("source-altered",), "source"),
    Breakage("an aside that a verdict cites", citing("zinc-low-alone", 19), ("aside-cited",), "zinc-low-alone"),
    Breakage(
        "a sentence on cirrhosis for another disease", citing("zinc-low-with-other-illness", 24), ("out-of-scope",)
    ),
    Breakage("a sentence on the well for the ill", citing("zinc-tested-normal", 27), ("out-of-scope",)),
    Breakage("a sentence nobody cites", removed("asides", "zinc-background"), ("uncited-sentence",), "s13"),
    Breakage(
        "a verdict on no word",
        edited("rules", "fluids-sweat", citations=()),
        ("verdict-without-citation",),
        "fluids-sweat",
    ),
    Breakage(
        "a verdict on a counterweight alone",
        lambda guide: rule(
            "fluids-sweat",
            lambda old: structs.replace(
                old, citations=tuple(structs.replace(c, counterweight=True) for c in old.citations)
            ),
        )(guide),
        ("verdict-without-citation",),
        "fluids-sweat",
    ),
    Breakage("a caution that cites the article", citing("kidney", 26), ("article-cited",), "kidney"),
    Breakage("a caution without reference", edited("rules", "kidney", references=()), ("missing-reference",), "kidney"),
    Breakage(
        "an alert without reference",
        edited("rules", "emergency-signs", references=(), own_reasoning=False),
        ("missing-reference",),
        "emergency-signs",
    ),
    Breakage("a caution without text", edited("rules", "kidney", text=" "), ("missing-text",), "kidney"),
    Breakage(
        "an alert without its action",
        edited("rules", "emergency-signs", heading=""),
        ("missing-text",),
        "emergency-signs",
    ),
    Breakage("an intervention without text", edited("interventions", "zinc", text=""), ("missing-text",), "zinc"),
    Breakage("no title", lambda guide: structs.replace(guide, title=" "), ("missing-text",), "title"),
    Breakage("no rationale", edited("rules", "zinc-low-alone", rationale=""), ("missing-text",), "zinc-low-alone"),
    Breakage(
        "an option without label",
        options("diet", lambda old: [structs.replace(old[0], label="\u200b"), *old[1:]]),
        ("missing-text",),
        "diet.regular",
    ),
    Breakage("a status without words", removed("wordings", Status.ASK_FIRST), ("wording-missing",), "wordings"),
    Breakage("a dose", edited("rules", "zinc-low-alone", text="Take 30 mg of zinc."), ("dose",), "zinc-low-alone"),
    Breakage(
        "a dose in words", edited("interventions", "magnesium", text="Two tablets will do."), ("dose",), "magnesium"
    ),
    Breakage("a volume", edited("rules", "fluids-sweat", heading="Drink two litres"), ("dose",), "fluids-sweat"),
    Breakage(
        "a hidden dose",
        options("diet", lambda old: [structs.replace(old[0], hint="５００\u200bｍｇ"), *old[1:]]),
        ("dose",),
        "diet.regular",
    ),
    Breakage("quinine", edited("rules", "cirrhosis", text="Ask about Quinine."), ("quinine",), "cirrhosis"),
    Breakage("tonic water", edited("rules", "fluids-sweat", rationale="Tonic water was considered."), ("quinine",)),
    Breakage(
        "an appraisal without reference",
        edited("appraisals", "zinc-cirrhosis-study", references=()),
        ("missing-reference",),
        "zinc-cirrhosis-study",
    ),
    Breakage(
        "an appraisal of no sentence",
        edited("appraisals", "zinc-cirrhosis-study", citations=()),
        ("appraisal-of-nothing",),
        "zinc-cirrhosis-study",
    ),
    Breakage(
        "an omission without reference",
        edited("omissions", "stretching", references=()),
        ("missing-reference",),
        "stretching",
    ),
    Breakage(
        "an address that is a script",
        edited("references", "garrison-2020", address="javascript:alert()"),
        ("no-address",),
        "garrison-2020",
    ),
    Breakage("an address of the article that is none", source(address="www.example"), ("no-address",), "source"),
    Breakage(
        "a reference nobody names",
        added("references", "garrison-2020", key="another"),
        ("unused-reference",),
        "another",
    ),
]

BROKEN_PROMISES = [
    Breakage(
        "a guarantee that is not kept",
        edited("guarantees", "zinc-normal-is-no", always=Status.NOT_INDICATED),
        ("guarantee-broken",),
        "zinc-normal-is-no",
    ),
    Breakage(
        "a guarantee on more",
        edited("guarantees", "zinc-needs-a-test", when=(none_of("zinc-test.not-sure"),)),
        ("guarantee-broken",),
        "zinc-needs-a-test",
    ),
    Breakage(
        "a guarantee on nothing",
        edited("guarantees", "child-no-yes", when=(any_of("who.child"), any_of("who.adult"))),
        ("guarantee-empty",),
    ),
    Breakage("a guarantee on no intervention", edited("guarantees", "child-no-yes", on=()), ("guarantee-empty",)),
    Breakage(
        "a case expecting something else",
        lambda guide: edited(
            "cases", guide.cases[0].key, expected={**guide.cases[0].expected, "zinc": Status.RELEVANT}
        )(guide),
        ("case-failing",),
    ),
    Breakage(
        "a case expecting too little",
        lambda guide: edited("cases", guide.cases[0].key, expected={"zinc": Status.NOT_SUPPORTED})(guide),
        ("case-invalid",),
    ),
    Breakage(
        "a case with an answer missing",
        lambda guide: edited(
            "cases", guide.cases[0].key, answers={k: a for k, a in guide.cases[0].answers.items() if k != "diet"}
        )(guide),
        ("case-invalid",),
    ),
    Breakage(
        "a case with an answer too many",
        lambda guide: edited("cases", guide.cases[0].key, answers={**guide.cases[0].answers, "child-signs": ("none",)})(
            guide
        ),
        ("case-invalid",),
    ),
    Breakage("a rule named that is not there", removed("rules", "magnesium-rare-exercise"), ("unsound-key", "gap")),
    Breakage("a rule there twice", added("rules", "kidney"), ("unsound-key",)),
]

BREAKAGES = BROKEN_RULES + BROKEN_QUESTIONS + BROKEN_WORDS + BROKEN_PROMISES


@pytest.fixture(scope="module")
def sound(guide: Guide) -> set[tuple[str, str, str]]:
    """What is said of the guide before it is broken."""
    return {_said(problem) for problem in verification.problems(guide, today=TODAY)}


@pytest.mark.parametrize("breakage", BREAKAGES, ids=[breakage.name.replace(" ", "-") for breakage in BREAKAGES])
def test_a_breakage_is_found(guide: Guide, sound: set[tuple[str, str, str]], breakage: Breakage) -> None:
    broken = breakage.broken(guide)
    news = [problem for problem in verification.problems(broken, today=TODAY) if _said(problem) not in sound]
    assert set(breakage.codes) <= {problem.code for problem in news}
    assert any(problem.code == breakage.codes[0] and breakage.place in problem.place for problem in news)
    for problem in news:
        assert examples.said(problem), problem
        assert examples.stands_there(broken, problem.place), problem
        assert (problem.code in examples.WITH_EXAMPLE) <= (problem.example is not None), problem
        assert problem.example is None or examples.shows(broken, problem), problem


def slips(guide: Guide) -> Iterator[tuple[str, Guide]]:
    """Every rule left out; every criterion turned round or left out, every option of its questions put in or out."""
    for old in guide.rules:
        yield f"{old.key} left out", removed("rules", old.key)(guide)
        for place, one in enumerate(old.criteria):
            asked = masks.read_by([one])
            known = [f"{q.key}.{option.key}" for q in guide.questions if q.key in asked for option in q.options]
            changed = [[name for name in known if (name in one.options) != (name == other)] for other in known]
            build = any_of if one.any_of else none_of
            turned = none_of if one.any_of else any_of
            for new in (None, turned(*one.options), *(build(*names) for names in changed if names)):
                if new is not None or len(old.criteria) > 1:
                    yield f"{old.key}, criterion {place}: {new}", criterion(old.key, place, new)(guide)


def test_no_slip_in_a_single_criterion_goes_unnoticed(guide: Guide) -> None:
    """Most times a case fails, or does not name a rule that holds; else another problem is found."""
    sound = {_said(problem) for problem in verification.problems(guide, today=TODAY)}
    tried = list(slips(guide))
    unseen = [(name, slip) for name, slip in tried if all(r.held and not r.unnamed for r in verification.cases(slip))]
    assert len(tried) > 500
    assert len(unseen) < len(tried) / 5
    for name, slip in unseen:
        assert {_said(problem) for problem in verification.problems(slip, today=TODAY)} - sound, name


def test_there_are_as_many_breakages_as_were_asked_for() -> None:
    assert len(BREAKAGES) >= 40
    assert len({breakage.name for breakage in BREAKAGES}) == len(BREAKAGES)


def _said(problem: Problem) -> tuple[str, str, str]:
    return problem.code, problem.place.rpartition(" ")[2], problem.message
