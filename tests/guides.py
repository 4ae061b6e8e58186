"""Random guides for properties: small, sound, and of every shape that a guide may take; and random answers to them.

``guides()`` are what `loading.load` takes. They need not be free of problems: gaps, rules that never hold and questions
that are never asked are among them.
"""

import hashlib
import string
from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from guidance.rules import flow, quotes
from guidance.rules.guide import (
    NOT_SURE,
    Answers,
    Appraisal,
    Aside,
    Case,
    Choice,
    Citation,
    Criterion,
    Guarantee,
    Guide,
    Intervention,
    Kind,
    Level,
    Omission,
    Option,
    Question,
    Reference,
    Rule,
    Scope,
    Section,
    Source,
    Status,
    Verdict,
    Wording,
)
from tests.rules.builders import ARTICLE

SENTENCES = quotes.sentences(ARTICLE)

plain = st.sampled_from(["Words.", "Other words.", "Some more, for a page."])
"""Texts where only the rules matter."""

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
"""Texts where every letter matters: quotes, line ends and all."""

keys = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=4)


@st.composite
def guides(draw: DrawFn, *, texts: SearchStrategy[str] = plain, questions: int = 4, rules: int = 6) -> Guide:
    """A sound guide with at most so many questions and rules. ``texts`` are what its words are drawn from."""
    asked = draw(_questions(texts, questions))
    interventions = ["zinc", "magnesium", "fluids"][: draw(st.integers(1, 3))]
    references = draw(st.lists(keys, max_size=3, unique=True))
    options = [f"{question.key}.{option.key}" for question in asked for option in question.options]
    scoped = _criteria(options, least=0, most=2)
    return Guide(
        title=draw(texts),
        language=draw(st.sampled_from(["en", "cy"])),
        source=draw(_source(texts)),
        sections=tuple(Section(key=key, label=draw(texts)) for key in dict.fromkeys(q.section for q in asked)),
        questions=asked,
        interventions=tuple(
            Intervention(key=key, label=draw(texts), text=draw(texts), rationale=draw(texts)) for key in interventions
        ),
        wordings=tuple(
            Wording(status=status, label=draw(texts), text=draw(texts))
            for status in draw(st.permutations(list(Status)))
        ),
        rules=draw(_rules(texts, options, interventions, references, rules)),
        appraisals=tuple(
            Appraisal(
                key=key,
                citations=draw(_citations()),
                direction=draw(texts),
                text=draw(texts),
                references=draw(_some(references)),
                own_reasoning=draw(st.booleans()),
            )
            for key in draw(_several_keys())
        ),
        scopes=tuple(
            Scope(key=key, citations=draw(_citations()), criteria=draw(scoped), reason=draw(texts))
            for key in draw(_several_keys())
        ),
        asides=tuple(Aside(key=key, citations=draw(_citations()), reason=draw(texts)) for key in draw(_several_keys())),
        omissions=tuple(
            Omission(key=key, heading=draw(texts), text=draw(texts), references=draw(_some(references)))
            for key in draw(_several_keys())
        ),
        references=tuple(
            Reference(
                key=key,
                title=draw(texts),
                publisher=draw(texts),
                year=draw(st.none() | st.integers(1900, 2100)),
                doi=draw(texts),
                address=draw(texts),
            )
            for key in references
        ),
        guarantees=tuple(draw(_guarantee(key, texts, options, interventions)) for key in draw(_several_keys())),
        cases=tuple(draw(_case(key, texts, asked, interventions)) for key in draw(_several_keys())),
    )


@st.composite
def answers(draw: DrawFn, guide: Guide, *, stray: bool = False) -> Answers:
    """A whole set of answers to ``guide``. With ``stray``, questions that are not asked may be answered as well."""
    given: Answers = {}
    while question := flow.next_question(guide, given):
        given[question.key] = draw(answer(question))
    if stray:
        for question in guide.questions:
            if question.key not in given and draw(st.booleans()):
                given[question.key] = draw(answer(question))
    order = draw(st.permutations(list(given)))
    return {key: given[key] for key in order}


@st.composite
def answer(draw: DrawFn, question: Question) -> str | list[str]:
    """An answer that ``question`` takes."""
    if question.choice is Choice.ONE:
        return draw(st.sampled_from(question.options)).key
    alone = [[option.key] for option in question.options if option.exclusive]
    together = [option.key for option in question.options if not option.exclusive]
    several = [st.lists(st.sampled_from(together), min_size=1, unique=True)] if together else []
    chosen: list[str] = draw(st.one_of(*several, *([st.sampled_from(alone)] if alone else [])))
    return chosen


@st.composite
def _questions(draw: DrawFn, texts: SearchStrategy[str], most: int) -> tuple[Question, ...]:
    sections = ["first", "second"][: draw(st.integers(1, 2))]
    made: list[Question] = []
    for key in draw(st.lists(keys, min_size=1, max_size=most, unique=True)):
        before = [f"{question.key}.{option.key}" for question in made for option in question.options]
        choice = draw(st.sampled_from(Choice))
        made.append(
            Question(
                key=key,
                section=draw(st.sampled_from(sections)),
                choice=choice,
                label=draw(texts),
                topic=draw(texts),
                hint=draw(texts),
                why=draw(texts),
                citations=draw(_citations()),
                changeable=draw(st.booleans()),
                asked=draw(_criteria(before, least=0, most=2)) if before else (),
                options=draw(_options(texts, choice)),
            )
        )
    return tuple(made)


@st.composite
def _options(draw: DrawFn, texts: SearchStrategy[str], choice: Choice) -> tuple[Option, ...]:
    named = draw(st.lists(keys, min_size=1, max_size=3, unique=True))
    alone = ["none"] if choice is Choice.MANY and draw(st.booleans()) else []
    return tuple(
        Option(
            key=key,
            label=draw(texts),
            hint=draw(texts),
            exclusive=choice is Choice.MANY and key in {"none", NOT_SURE},
            unknown=key == NOT_SURE,
        )
        for key in [*(key for key in named if key != "none"), *alone, NOT_SURE]
    )


@st.composite
def _criteria(draw: DrawFn, options: Sequence[str], *, least: int = 1, most: int = 3) -> tuple[Criterion, ...]:
    chosen = st.lists(st.sampled_from(options), min_size=1, max_size=3, unique=True).map(tuple)
    return tuple(
        Criterion(any_of=names) if any_of else Criterion(none_of=names)
        for any_of, names in draw(st.lists(st.tuples(st.booleans(), chosen), min_size=least, max_size=most))
    )


@st.composite
def _rules(
    draw: DrawFn,
    texts: SearchStrategy[str],
    options: Sequence[str],
    interventions: Sequence[str],
    references: Sequence[str],
    most: int,
) -> tuple[Rule, ...]:
    named = draw(st.lists(keys, max_size=most, unique=True))
    kinds = [draw(st.sampled_from([Kind.VERDICT, *Kind])) for _ in named]
    rules = []
    for key, kind in zip(named, kinds, strict=True):
        verdict = kind is Kind.VERDICT
        others = [other for other in named if other != key]
        rules.append(
            Rule(
                key=key,
                kind=kind,
                on=draw(_subjects(kind, interventions)),
                verdict=draw(st.sampled_from(Verdict)) if verdict else None,
                level=draw(st.sampled_from(Level)) if kind is Kind.ALERT else None,
                criteria=draw(_criteria(options, least=0 if draw(st.integers(0, 9)) == 0 else 1)),
                heading=draw(texts),
                text=draw(texts),
                rationale=draw(texts),
                citations=draw(_citations()),
                references=draw(_some(references)),
                own_reasoning=draw(st.booleans()),
                outranks=draw(_some(others)) if verdict else (),
                review_by=draw(st.none() | st.dates(date(2020, 1, 1), date(2040, 1, 1))),
            )
        )
    return tuple(rules)


def _subjects(kind: Kind, interventions: Sequence[str]) -> SearchStrategy[tuple[str, ...]]:
    least = 0 if kind in {Kind.NOTE, Kind.ALERT} else 1
    most = {Kind.VERDICT: 1, Kind.ALERT: 0}.get(kind, len(interventions))
    return st.lists(st.sampled_from(interventions), min_size=least, max_size=most, unique=True).map(tuple)


@st.composite
def _guarantee(
    draw: DrawFn, key: str, texts: SearchStrategy[str], options: Sequence[str], interventions: Sequence[str]
) -> Guarantee:
    promise: dict[str, Any] = draw(
        st.one_of(
            st.builds(dict, always=st.sampled_from(Status)),
            st.builds(dict, never=st.lists(st.sampled_from(Status), min_size=1, unique=True).map(tuple)),
        )
    )
    return Guarantee(
        key=key,
        text=draw(texts),
        when=draw(_criteria(options, least=0)),
        on=draw(_some(interventions)),
        **promise,
    )


@st.composite
def _case(
    draw: DrawFn, key: str, texts: SearchStrategy[str], questions: Sequence[Question], interventions: Sequence[str]
) -> Case:
    answered = {question.key: draw(answer(question)) for question in questions if draw(st.booleans())}
    return Case(
        key=key,
        title=draw(texts),
        answers={name: tuple(value) if isinstance(value, list) else value for name, value in answered.items()},
        expected={name: draw(st.sampled_from(Status)) for name in draw(_some(interventions))},
        alert=draw(st.none() | st.sampled_from(Level)),
        rules=draw(st.none() | _several_keys().map(tuple)),
    )


def _citations() -> SearchStrategy[tuple[Citation, ...]]:
    cited = st.builds(
        lambda sentence, counterweight: Citation(
            sentence=sentence.number, quote=sentence.text, counterweight=counterweight
        ),
        st.sampled_from(SENTENCES),
        st.booleans(),
    )
    return st.lists(cited, max_size=2).map(tuple)


def _some(words: Sequence[str]) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), unique=True, max_size=3).map(tuple) if words else st.just(())


def _several_keys() -> SearchStrategy[list[str]]:
    return st.lists(keys, max_size=2, unique=True)


def _source(texts: SearchStrategy[str]) -> SearchStrategy[Source]:
    return st.builds(
        Source,
        key=st.just("article"),
        title=texts,
        publisher=texts,
        address=texts,
        sha256=st.just(hashlib.sha256(ARTICLE.encode()).hexdigest()),
        text=st.just(ARTICLE),
    )
