import weakref

from guidance.rules import engine, explanation, lasting
from guidance.rules.guide import Guide, Verdict
from tests.rules.builders import any_of, guide, one, verdict


class Found:
    """Something that can be lost."""


def deciding() -> Guide:
    return guide(one("sure", "yes no"), verdict("rule", Verdict.RELEVANT, any_of("sure.yes")))


def test_what_a_guide_entails_is_worked_out_once_for_each():
    known = lasting.per_guide(lambda guide: Found())
    one, other = deciding(), deciding()
    assert known(one) is known(one)
    assert known(one) is not known(other)


def test_it_goes_when_the_guide_goes():
    known = lasting.per_guide(lambda guide: Found())
    short_lived = deciding()
    found = weakref.ref(known(short_lived))
    assert found()
    del short_lived
    assert not found()


def test_a_guide_that_was_decided_and_explained_is_not_held_by_what_was_worked_out():
    short_lived = deciding()
    explanation.explain(short_lived, engine.assess(short_lived, {"sure": "yes"}))
    gone = weakref.ref(short_lived)
    del short_lived
    assert not gone()
