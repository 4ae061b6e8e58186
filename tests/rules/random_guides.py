"""Random guides: small ones of every shape, for the second algorithm to enumerate, and large ones to measure with."""

import random
from collections.abc import Sequence

from msgspec import structs

from guidance.rules.guide import Citation, Criterion, Guarantee, Guide, Level, Question, Rule, Scope, Status, Verdict
from tests.rules import builders
from tests.rules.builders import SENTENCES

VERDICTS = list(Verdict)


def small(seed: int) -> Guide:
    """A guide of at most a few thousand answer sets, often with faults of every kind."""
    dice = random.Random(seed)
    questions = _questions(dice)
    names = [f"{q.key}.{o.key}" for q in questions for o in q.options]
    interventions = ["zinc", "magnesium"][: dice.randint(1, 2)]
    rules = [_rule(dice, f"rule-{r}", names, interventions) for r in range(dice.randint(2, 8))]
    rules = [_outranking(dice, rule, rules) for rule in rules]
    if dice.random() < 0.15:
        rules.append(structs.replace(dice.choice(rules), key="copied"))
    guarantees = [_guarantee(dice, f"guarantee-{g}", names, interventions) for g in range(dice.randint(0, 3))]
    scopes = [
        Scope(
            key="scope",
            citations=(Citation(sentence=1, quote=SENTENCES[0]),),
            criteria=_criteria(dice, names, 1, 2),
            reason="So far and no further.",
        )
    ]
    return builders.guide(
        *questions,
        *rules,
        interventions=" ".join(interventions),
        guarantees=tuple(guarantees),
        scopes=tuple(scopes[: dice.randint(0, 1)]),
    )


def neighbour(guide: Guide, seed: int) -> Guide:
    """The guide with a few things changed: rules, options, questions, their order."""
    dice = random.Random(seed)
    for _ in range(dice.randint(1, 3)):
        guide = dice.choice([_rule_changed, _rule_gone, _question_gone, _option_gone, _asked_changed, _order_changed])(
            guide, dice
        )
    return guide


def large(questions: int, rules: int, seed: int = 1) -> Guide:
    """A guide of the shape of a real one: one alert at the start, some conditions, rules of one to three criteria."""
    dice = random.Random(seed)
    asked: list[Question] = [builders.many("signs", "chest leg")]
    for q in range(1, questions):
        make = builders.many if dice.random() < 0.3 else builders.one
        question = make(f"q{q}", " ".join(f"o{o}" for o in range(dice.randint(2, 5))))
        if q > 2 and dice.random() < 0.15:
            earlier = asked[dice.randrange(1, q)]
            names = [f"{earlier.key}.{option.key}" for option in earlier.options[:-1]]
            question = structs.replace(question, asked=(_some(dice, names, none=False),))
        asked.append(question)
    of = {q.key: [f"{q.key}.{o.key}" for o in q.options] for q in asked[1:]}
    made: list[Rule] = [builders.alert("signs", Level.EMERGENCY, builders.any_of("signs.chest", "signs.leg"))]
    interventions = ["zinc", "magnesium", "potassium", "fluids"]
    while len(made) < rules:
        key, on = f"rule-{len(made)}", dice.choice(interventions)
        read = dice.sample(list(of), dice.randint(1, 3))
        criteria = [builders.any_of(*dice.sample(of[q], dice.randint(1, min(3, len(of[q]))))) for q in read]
        if dice.random() < 0.25:
            made.append(builders.caution(key, *criteria, on=[on]))
        else:
            made.append(builders.verdict(key, dice.choice(VERDICTS), *criteria, on=on))
    promised = Guarantee(
        key="promise",
        text="Signs come first.",
        when=(builders.any_of("signs.chest", "signs.leg"),),
        on=tuple(interventions),
        always=Status.GET_HELP,
    )
    return builders.guide(*asked, *made, interventions=" ".join(interventions), guarantees=(promised,))


def _questions(dice: random.Random) -> list[Question]:
    made: list[Question] = []
    for q in range(dice.randint(2, 5)):
        keys = [f"o{o}" for o in range(dice.randint(1, 3))]
        if dice.random() < 0.4:
            question = builders.many(f"q{q}", " ".join(keys))
            if dice.random() < 0.3:
                kept = [structs.replace(o, exclusive=dice.random() < 0.5) for o in question.options]
                question = structs.replace(question, options=tuple(kept[: dice.randint(1, len(kept))]))
        else:
            question = builders.one(f"q{q}", " ".join(keys))
        if dice.random() < 0.03:
            question = structs.replace(question, options=())
        made.append(question)
    every = [f"{q.key}.{o.key}" for q in made for o in q.options]
    for q, question in enumerate(made):
        if dice.random() < 0.35:
            earlier = [f"{other.key}.{o.key}" for other in made[:q] for o in other.options]
            pool = every if dice.random() < 0.1 else earlier
            if pool:
                made[q] = structs.replace(question, asked=_criteria(dice, pool, 1, 2))
    return made


def _rule(dice: random.Random, key: str, names: Sequence[str], interventions: list[str]) -> Rule:
    criteria = _criteria(dice, names, 0 if dice.random() < 0.1 else 1, 3)
    roll = dice.random()
    if roll < 0.62:
        cites = dice.sample(range(1, 5), dice.randint(1, 2))
        return builders.verdict(key, dice.choice(VERDICTS), *criteria, on=dice.choice(interventions), cites=cites)
    if roll < 0.76:
        return builders.caution(key, *criteria, on=dice.sample(interventions, dice.randint(1, len(interventions))))
    if roll < 0.9:
        return builders.alert(key, dice.choice(list(Level)), *criteria)
    return structs.replace(
        builders.note(key, *criteria),
        citations=(Citation(sentence=1, quote=SENTENCES[0]),) if dice.random() < 0.5 else (),
    )


def _outranking(dice: random.Random, rule: Rule, rules: Sequence[Rule]) -> Rule:
    others = [other.key for other in rules if other is not rule]
    if rule.verdict and dice.random() < 0.3:
        return structs.replace(rule, outranks=tuple(dice.sample(others, min(len(others), dice.randint(1, 3)))))
    return rule


def _guarantee(dice: random.Random, key: str, names: Sequence[str], interventions: list[str]) -> Guarantee:
    statuses = dice.sample(list(Status), dice.randint(1, 3))
    always = dice.random() < 0.3
    return Guarantee(
        key=key,
        text="A promise.",
        when=_criteria(dice, names, 1, 2),
        on=tuple(interventions),
        never=() if always else tuple(statuses),
        always=statuses[0] if always else None,
    )


def _criteria(dice: random.Random, names: Sequence[str], least: int, most: int) -> tuple[Criterion, ...]:
    return tuple(_some(dice, names) for _ in range(dice.randint(least, most) if names else 0))


def _some(dice: random.Random, names: Sequence[str], none: bool = True) -> Criterion:
    chosen = tuple(dice.sample(names, min(len(names), dice.choice([1, 1, 2, 2, 3, 4]))))
    return Criterion(none_of=chosen) if none and dice.random() < 0.3 else Criterion(any_of=chosen)


def _all_names(guide: Guide) -> list[str]:
    return [f"{q.key}.{o.key}" for q in guide.questions for o in q.options]


def _rule_changed(guide: Guide, dice: random.Random) -> Guide:
    at = dice.randrange(len(guide.rules))
    rule = structs.replace(guide.rules[at], criteria=_criteria(dice, _all_names(guide), 1, 2))
    return structs.replace(guide, rules=(*guide.rules[:at], rule, *guide.rules[at + 1 :]))


def _rule_gone(guide: Guide, dice: random.Random) -> Guide:
    if len(guide.rules) < 2:
        return guide
    at = dice.randrange(len(guide.rules))
    return structs.replace(guide, rules=guide.rules[:at] + guide.rules[at + 1 :])


def _question_gone(guide: Guide, dice: random.Random) -> Guide:
    if len(guide.questions) < 2:
        return guide
    gone = dice.choice(guide.questions)
    return _without(
        structs.replace(guide, questions=tuple(q for q in guide.questions if q is not gone)),
        {f"{gone.key}.{option.key}" for option in gone.options},
    )


def _option_gone(guide: Guide, dice: random.Random) -> Guide:
    asked = dice.choice(guide.questions)
    if len(asked.options) < 2:
        return guide
    gone = dice.choice(asked.options)
    kept = structs.replace(asked, options=tuple(option for option in asked.options if option is not gone))
    replaced = structs.replace(guide, questions=tuple(kept if q is asked else q for q in guide.questions))
    return _without(replaced, {f"{asked.key}.{gone.key}"})


def _asked_changed(guide: Guide, dice: random.Random) -> Guide:
    at = dice.randrange(len(guide.questions))
    names = [f"{q.key}.{o.key}" for q in guide.questions[:at] for o in q.options]
    criteria = _criteria(dice, names, 0, 1) if names else ()
    question = structs.replace(guide.questions[at], asked=criteria)
    return structs.replace(guide, questions=(*guide.questions[:at], question, *guide.questions[at + 1 :]))


def _order_changed(guide: Guide, dice: random.Random) -> Guide:
    shuffled = list(guide.questions)
    if dice.random() < 0.5:
        dice.shuffle(shuffled)
    return structs.replace(guide, questions=tuple(shuffled))


def _without(guide: Guide, names: set[str]) -> Guide:
    """The guide with these options named nowhere; criteria that would name nothing are dropped."""

    def kept(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
        cut = [
            Criterion(
                any_of=tuple(n for n in criterion.any_of if n not in names),
                none_of=tuple(n for n in criterion.none_of if n not in names),
            )
            for criterion in criteria
        ]
        return tuple(criterion for criterion in cut if criterion.options)

    return structs.replace(
        guide,
        questions=tuple(structs.replace(q, asked=kept(q.asked)) for q in guide.questions),
        rules=tuple(structs.replace(rule, criteria=kept(rule.criteria)) for rule in guide.rules),
        guarantees=(),
        scopes=(),
    )
