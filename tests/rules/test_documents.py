from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec import structs

from guidance.rules import documents, loading, verification
from guidance.rules.guide import Citation, Guide, Noun, Verdict
from tests.rules import builders, examples
from tests.rules.builders import any_of, many, one, verdict


@pytest.mark.parametrize(
    "text",
    [
        "Take 400 mg.",
        "Take 400mg.",
        "1.5 L a day",
        "two to three glasses of water",
        "2–3 cups",
        "one tablet at night",
        "half a teaspoon",
        "an extra litre",
        "250 µg",
        "5000 IU",
        "a few milligrams",
        "30 mmol",
        "1,000 units",
        "three times a day",
        "twice daily",
        "５００ｍｇ",
        "100\u200bmg",
    ],
)
def test_a_dose_or_a_volume_is_seen(text: str) -> None:
    assert documents.dose(text)


@pytest.mark.parametrize(
    "text",
    [
        "once a week or more",
        "over 10 minutes",
        "12 people, 12 weeks",
        "no potassium tablets at 65 or over",
        "water tablets",
        "one calf or leg",
        "trial doses were above the adult upper limit",
        "four groups",
        "no urine for 8 hours",
        "Am Fam Physician 86:350",
        "between 18 and 64",
        "drink when you are thirsty",
    ],
)
def test_a_number_that_is_no_dose_is_left_alone(text: str) -> None:
    assert documents.dose(text) == ""


@pytest.mark.parametrize(
    ("text", "seen"), [("Quinine", True), ("quin\u200bine", True), ("tonic  water", True), ("water", False)]
)
def test_quinine_is_seen_by_any_of_its_names(text: str, seen: bool) -> None:
    assert bool(documents.quinine(text)) is seen


def test_every_text_of_the_shipped_guide_is_looked_at(guide: Guide) -> None:
    """Whatever text is replaced by a dose, it is found: nothing that is shown is overlooked."""
    places = {(text.place, text.field) for text in documents.texts(guide)}
    assert len(places) == len(list(documents.texts(guide)))
    assert {field for _, field in places} == {
        "title", "publisher", "label", "topic", "why", "hint", "text", "rationale", "heading", "direction", "reason",
    }  # fmt: skip
    for noun in ("questions", "rules", "interventions", "wordings", "appraisals", "omissions", "guarantees", "cases"):
        assert any(place.startswith(f"{noun}[") for place, _ in places)


def written(noun: object) -> Iterator[str]:
    """Every word in a noun and what it is made of, keys and addresses left out."""
    if isinstance(noun, tuple):
        for item in noun:
            yield from written(item) if isinstance(item, Noun) else ()
    elif isinstance(noun, Noun):
        for field in structs.fields(noun):
            value = getattr(noun, field.name)
            if type(value) is not str:
                yield from written(value)
            elif field.name not in {"key", "section", "address", "doi", "sha256", "language", "quote"}:
                yield value


def test_nothing_that_is_written_is_left_out(guide: Guide) -> None:
    """The article's text is the article's, and is not looked at for doses."""
    words = Counter(text.text for text in documents.texts(guide))
    assert words == Counter(word for word in written(guide) if word != guide.source.text)


def test_every_text_is_looked_at_where_it_stands(guide: Guide) -> None:
    for text in documents.texts(guide):
        at, _ = examples.standing(guide, text.place)
        assert (at if isinstance(at, str) else getattr(at, text.field)) == text.text
        assert examples.stands_there(guide, text.place)


def test_every_citation_is_looked_at_where_it_stands(guide: Guide) -> None:
    cited = list(documents.citations(guide))
    for place, citation in cited:
        assert examples.standing(guide, place)[0] is citation
        assert examples.stands_there(guide, place)
    assert len(cited) == loading.dump(guide).count(b'"quote":')


def test_an_altered_quote_says_where_it_differs() -> None:
    altered = Citation(sentence=2, quote="A second one with a comma.")
    guide = builders.guide(
        one("timing", "night"),
        structs.replace(verdict("night", Verdict.RELEVANT, any_of("timing.night")), citations=(altered,)),
    )
    (problem,) = [p for p in verification.problems(guide) if p.code.startswith("quote")]
    assert (problem.code, problem.place) == ("quote-altered", "rules[0].citations[0] night")
    assert "after “A second one” the article goes on “, with a comma.”" in problem.message
    assert "the quote “ with a comma.”" in problem.message
    assert problem.mend == "Quote sentence 2 to the letter: “A second one, with a comma.”"


@pytest.mark.parametrize(
    ("sentence", "quote", "code", "message", "mend"),
    [
        (1, "first sentence.", "partial", "is not one whole sentence: it touches sentence 1.", "Quote the whole"),
        (1, "A first sentence. ", "partial", "is not one whole sentence: it touches sentence 1.", "Quote the whole"),
        (2, " A second one", "partial", "is not one whole sentence: it touches sentence 2.", "Quote the whole"),
        (1, "sentence. A second", "partial", "it touches sentence 1 and 2.", "Quote the whole"),
        (3, "A Heading", "partial", "it touches no sentence.", "Quote the whole"),
        (1, "A ", "ambiguous", "The quote “A ” stands in 5 places of the article.", "Quote one whole sentence"),
        (
            2,
            "A first sentence.",
            "elsewhere",
            "The quote is sentence 1 of the article, and the citation names sentence 2.",
            "Cite sentence 1, or quote sentence 2: “A second one, with a comma.”",
        ),
        (9, "A fourth.", "elsewhere", "and the citation names sentence 9.", "Cite sentence 4."),
        (1, "Nothing of the kind!", "missing", "The quote “Nothing of the kind!” stands nowhere", "Quote a sentence"),
    ],
)
def test_a_wrong_quote_is_said_with_what_is_wrong(
    sentence: int, quote: str, code: str, message: str, mend: str
) -> None:
    cited = (Citation(sentence=sentence, quote=quote),)
    guide = builders.guide(
        one("timing", "night"),
        structs.replace(verdict("night", Verdict.RELEVANT, any_of("timing.night")), citations=cited),
    )
    (problem,) = [p for p in verification.problems(guide) if p.code.startswith("quote")]
    assert (problem.code, problem.place) == (f"quote-{code}", "rules[0].citations[0] night")
    assert message in problem.message
    assert problem.mend.startswith(mend)
    assert examples.said(problem)


def test_a_sentence_that_stands_twice_is_ambiguous_even_with_its_number() -> None:
    guide = builders.guide(one("timing", "night"), verdict("night", Verdict.RELEVANT, any_of("timing.night")))
    text = "On Cramps\n\nA first sentence. A first sentence.\n"
    twice = structs.replace(guide, source=structs.replace(guide.source, text=text))
    codes = {problem.code for problem in verification.problems(twice)}
    assert {"quote-ambiguous", "source-altered"} <= codes


def test_an_article_without_a_sentence_is_no_source() -> None:
    guide = builders.guide(one("timing", "night"))
    empty = structs.replace(guide, source=structs.replace(guide.source, text=""))
    found = {problem.code: problem for problem in verification.problems(empty)}
    assert {"source-altered", "source-empty"} <= set(found)
    assert all(examples.said(problem) for problem in found.values())


def test_ten_questions_that_decide_one_verdict_are_too_many() -> None:
    asked = [one(f"q{n}", "yes") for n in range(10)]
    rules = [verdict(f"r{n}", Verdict.POSSIBLE, any_of(f"q{n}.yes")) for n in range(10)]
    found = {problem.code for problem in verification.problems(builders.guide(*asked, *rules))}
    assert "many-questions" in found
    fewer = {problem.code for problem in verification.problems(builders.guide(*asked, *rules[:9]))}
    assert "many-questions" not in fewer


def said(guide: Guide, code: str) -> list[tuple[str, str]]:
    return [(p.place, p.message) for p in documents.problems(guide, date(2026, 1, 1)) if p.code == code]


def test_questions_that_wait_for_each_other_or_for_a_later_one_are_named() -> None:
    waiting = builders.guide(
        one("first", "yes", asked=[any_of("third.yes")]),
        one("second", "yes", asked=[any_of("second.yes")]),
        one("third", "yes", asked=[any_of("first.yes")]),
        one("fourth", "yes", asked=[any_of("sixth.yes", "fifth.yes", "second.yes")]),
        one("fifth", "yes"),
        one("sixth", "yes", asked=[any_of("first.yes")]),
    )
    each_other = "Whether the question is asked hangs on first and third, which wait for each other."
    assert said(waiting, "asked-loop") == [
        ("questions[0] first", each_other),
        ("questions[1] second", "Whether the question is asked hangs on itself."),
        ("questions[2] third", each_other),
    ]
    assert said(waiting, "asked-later") == [
        ("questions[3] fourth", "Whether the question is asked hangs on fifth and sixth, asked after it."),
    ]


def test_a_question_that_leaves_no_choice_is_named() -> None:
    assert [place for place, _ in said(builders.guide(one("timing", "")), "question-without-choice")] == [
        "questions[0] timing"
    ]


def test_sentences_cited_twice_are_named() -> None:
    twice = verdict("night", Verdict.RELEVANT, any_of("timing.night"), cites=[3, 2, 3, 1, 2])
    assert said(builders.guide(one("timing", "night"), twice), "named-twice") == [
        ("rules[0] night", "The rule cites sentence 2 and 3 twice.")
    ]


def test_a_box_and_none_of_them_in_one_criterion_are_named() -> None:
    mixed = verdict("mixed", Verdict.RELEVANT, any_of("signs.none", "signs.leg"))
    unsure = verdict("unsure", Verdict.RELEVANT, any_of("signs.not-sure", "signs.leg"))
    either = verdict("either", Verdict.RELEVANT, any_of("signs.none", "signs.not-sure"))
    guide = builders.guide(many("signs", "leg"), unsure, either, mixed)
    assert [place for place, _ in said(guide, "none-among-others")] == ["rules[2].criteria[0] mixed"]


def test_the_questions_that_decide_one_verdict_are_named_in_order() -> None:
    asked = [one(f"q{n}", "yes") for n in range(10)]
    rules = [verdict(f"r{n}", Verdict.POSSIBLE, any_of(f"q{n}.yes")) for n in reversed(range(10))]
    assert said(builders.guide(*asked, *rules), "many-questions") == [
        (
            "interventions[0] zinc",
            "10 questions decide the verdict on zinc, more than 9: q0, q1, q2, q3, q4, q5, q6, q7, q8 and q9.",
        )
    ]
