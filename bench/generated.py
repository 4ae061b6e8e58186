"""Guides of any size, made from a seed, and answers to walk through them."""

import hashlib
import random
from collections.abc import Sequence
from typing import Any

from guidance.rules import flow
from guidance.rules.guide import (
    Choice,
    Citation,
    Criterion,
    Guide,
    Intervention,
    Kind,
    Level,
    Option,
    Question,
    Rule,
    Section,
    Source,
    Status,
    Verdict,
    Wording,
)

INTERVENTIONS = ("zinc", "magnesium", "potassium", "fluids")
TEXT = "A generated guide\n\nThis sentence stands behind every rule.\n"


def guide(rules: int, *, questions: int, seed: int) -> Guide:
    """A loadable guide: half its questions ``many``, one in seven asked only after some answers; rules of all kinds,
    one to three criteria each, and get-help alerts on the first questions only, so that most journeys go on."""
    chance = random.Random(seed)
    asked: list[Question] = []
    for number in range(questions):
        asked.append(_question(chance, number, asked))
    return Guide(
        title="A generated guide",
        source=Source(key="text", title="Text", sha256=hashlib.sha256(TEXT.encode()).hexdigest(), text=TEXT),
        sections=(Section(key="all", label="All"),),
        questions=tuple(asked),
        interventions=tuple(
            Intervention(key=key, label=key.title(), text="What it is.", rationale="Why.") for key in INTERVENTIONS
        ),
        wordings=tuple(Wording(status=status, label=status.value, text="What it means.") for status in Status),
        rules=tuple(_rule(chance, number, asked) for number in range(rules)),
    )


def answers(guide: Guide, count: int, *, seed: int, strays: bool = False) -> list[dict[str, Any]]:
    """Whole sets of answers, with ``strays`` to every question and without to those that are asked. Of a question with
    options that stand alone, one of these is chosen nine times in ten, so that most sets pass all the signs."""
    chance = random.Random(seed)
    return [_answers(chance, guide, strays) for _ in range(count)]


def _answers(chance: random.Random, guide: Guide, strays: bool) -> dict[str, Any]:
    chosen = {question.key: _choose(chance, question) for question in guide.questions}
    return chosen if strays else {key: chosen[key] for key in flow.path(guide, chosen).asked}


def _choose(chance: random.Random, question: Question) -> str | list[str]:
    keys = [option.key for option in question.options]
    if question.choice is Choice.ONE:
        return chance.choice(keys)
    alone = [option.key for option in question.options if option.exclusive]
    shared = [key for key in keys if key not in alone]
    if chance.random() < 0.9:
        return [chance.choice(alone)]
    return chance.sample(shared, chance.randint(1, min(3, len(shared))))


def _question(chance: random.Random, number: int, before: Sequence[Question]) -> Question:
    many = number % 2 == 0
    keys = [f"option-{option}" for option in range(chance.randint(2, 6))]
    alone = ["none", "not-sure"] if many else []
    options = [Option(key=key, label=key) for key in (keys if many else [*keys, "not-sure"])]
    return Question(
        key=f"question-{number}",
        section="all",
        choice=Choice.MANY if many else Choice.ONE,
        label=f"Question {number}?",
        topic=f"Question {number}",
        why="To tell.",
        asked=(_criterion(chance, before[-1]),) if number % 7 == 6 else (),
        options=(*options, *(Option(key=key, label=key, exclusive=True) for key in alone)),
    )


def _rule(chance: random.Random, number: int, questions: Sequence[Question]) -> Rule:
    words: dict[str, Any] = {"heading": f"Rule {number}", "text": "What it says.", "rationale": "Why."}
    if number % 20 == 0:
        signs = questions[(number // 20) % 3 * 2]
        sign = chance.choice([option.key for option in signs.options if not option.exclusive])
        criteria: tuple[Criterion, ...] = (Criterion(any_of=(f"{signs.key}.{sign}",)),)
        level = chance.choice([Level.EMERGENCY, Level.URGENT])
        return Rule(key=f"alert-{number}", kind=Kind.ALERT, level=level, criteria=criteria, own_reasoning=True, **words)
    criteria = tuple(_criterion(chance, question) for question in chance.sample(questions, chance.randint(1, 3)))
    if number % 3 == 0:
        on = tuple(chance.sample(INTERVENTIONS, chance.randint(1, 3)))
        return Rule(key=f"caution-{number}", kind=Kind.CAUTION, on=on, criteria=criteria, own_reasoning=True, **words)
    if number % 8 == 0:
        return Rule(key=f"note-{number}", kind=Kind.NOTE, criteria=criteria, own_reasoning=True, **words)
    return Rule(
        key=f"verdict-{number}",
        kind=Kind.VERDICT,
        on=(chance.choice(INTERVENTIONS),),
        verdict=chance.choice(list(Verdict)),
        criteria=criteria,
        citations=(Citation(sentence=1, quote="This sentence stands behind every rule."),),
        **words,
    )


def _criterion(chance: random.Random, question: Question) -> Criterion:
    keys = [option.key for option in question.options]
    names = tuple(f"{question.key}.{key}" for key in chance.sample(keys, chance.randint(1, len(keys) - 1)))
    return Criterion(none_of=names) if chance.random() < 0.2 else Criterion(any_of=names)
