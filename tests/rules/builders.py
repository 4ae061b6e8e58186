"""Small guides for tests: a test builds what its sentence mentions, these fill in the rest."""

import hashlib
from collections.abc import Iterable

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

ARTICLE = "On Cramps\n\nA first sentence. A second one, with a comma.\n\nA Heading\n\nA third sentence. A fourth.\n"


def any_of(*options: str) -> Criterion:
    return Criterion(any_of=options)


def none_of(*options: str) -> Criterion:
    return Criterion(none_of=options)


def one(key: str, options: str, *, asked: Iterable[Criterion] = (), changeable: bool = True) -> Question:
    """A question of which one option is picked; ``not-sure`` is added."""
    keys = [*options.split(), "not-sure"]
    return _question(key, Choice.ONE, [_option(option) for option in keys], asked, changeable)


def many(key: str, options: str, *, asked: Iterable[Criterion] = (), changeable: bool = True) -> Question:
    """A question of which several may be ticked; the exclusive ``none`` and ``not-sure`` are added."""
    shared = [_option(option) for option in options.split()]
    alone = [_option("none", exclusive=True), _option("not-sure", exclusive=True)]
    return _question(key, Choice.MANY, [*shared, *alone], asked, changeable)


def verdict(key: str, value: Verdict, *criteria: Criterion, on: str = "zinc", cites: Iterable[int] = (1,)) -> Rule:
    citations = tuple(Citation(sentence=n, quote=SENTENCES[n - 1]) for n in cites)
    return _rule(key, Kind.VERDICT, criteria, on=(on,), verdict=value, citations=citations)


def caution(key: str, *criteria: Criterion, on: Iterable[str] = ("zinc",)) -> Rule:
    return _rule(key, Kind.CAUTION, criteria, on=tuple(on), own_reasoning=True)


def alert(key: str, level: Level, *criteria: Criterion) -> Rule:
    return _rule(key, Kind.ALERT, criteria, level=level, own_reasoning=True)


def note(key: str, *criteria: Criterion, on: Iterable[str] = ()) -> Rule:
    return _rule(key, Kind.NOTE, criteria, on=tuple(on), own_reasoning=True)


def guide(*parts: Question | Rule, interventions: str = "zinc", **fields: object) -> Guide:
    """A guide of these questions and rules, in the order given."""
    return Guide(
        title="A small guide",
        source=Source(
            key="article", title="On Cramps", sha256=hashlib.sha256(ARTICLE.encode()).hexdigest(), text=ARTICLE
        ),
        sections=(Section(key="all", label="All"),),
        questions=tuple(part for part in parts if isinstance(part, Question)),
        rules=tuple(part for part in parts if isinstance(part, Rule)),
        interventions=tuple(
            Intervention(key=key, label=key.title(), text="What it is.", rationale="Why.")
            for key in interventions.split()
        ),
        wordings=tuple(Wording(status=status, label=status.value, text="What it means.") for status in Status),
        **fields,  # type: ignore[arg-type]
    )


SENTENCES = ("A first sentence.", "A second one, with a comma.", "A third sentence.", "A fourth.")


def _question(
    key: str, choice: Choice, options: list[Option], asked: Iterable[Criterion], changeable: bool
) -> Question:
    return Question(
        key=key,
        section="all",
        choice=choice,
        label=f"What of {key}?",
        topic=key,
        why="To tell.",
        options=tuple(options),
        asked=tuple(asked),
        changeable=changeable,
    )


def _option(key: str, *, exclusive: bool = False) -> Option:
    return Option(key=key, label=key, exclusive=exclusive, unknown=key in {"not-sure", "not-tested"})


def _rule(key: str, kind: Kind, criteria: Iterable[Criterion], **fields: object) -> Rule:
    return Rule(
        key=key,
        kind=kind,
        criteria=tuple(criteria),
        heading=f"Heading of {key}",
        text=f"Text of {key}.",
        rationale=f"Rationale of {key}.",
        **fields,  # type: ignore[arg-type]
    )
