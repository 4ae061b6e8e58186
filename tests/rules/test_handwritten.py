"""The shipped guide against the same rules written out a second time, as plain ifs."""

import random

import msgspec
import pytest

from bench import generated, handwritten
from guidance.rules import engine, loading
from guidance.rules.guide import Guide


def test_the_engine_decides_as_the_ifs_do(guide: Guide):
    handwritten.agree(guide, 5_000)


def test_the_order_of_the_rules_never_matters(guide: Guide):
    rules = list(guide.rules)
    random.Random(7).shuffle(rules)
    shuffled = msgspec.structs.replace(guide, rules=tuple(rules))
    for answers in generated.answers(guide, 200, seed=5):
        before, after = engine.assess(guide, answers), engine.assess(shuffled, answers)
        assert before.alert == after.alert
        for one, other in zip(before.outcomes.values(), after.outcomes.values(), strict=True):
            assert (one.status, one.verdict, set(one.rules)) == (other.status, other.verdict, set(other.rules))
            assert set(one.cautions) == set(other.cautions)


def test_a_rule_left_out_is_noticed(guide: Guide):
    poorer = msgspec.structs.replace(guide, rules=tuple(r for r in guide.rules if r.key != "zinc-low-alone"))
    with pytest.raises(AssertionError, match="outcomes is"):
        handwritten.agree(poorer, 5_000)


@pytest.mark.parametrize("rules", [1, 60, 400])
def test_generated_guides_are_sound(rules: int):
    made = generated.guide(rules, questions=30, seed=rules)
    assert loading.load(loading.dump(made)) == made
