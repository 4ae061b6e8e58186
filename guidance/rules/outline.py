"""The questions as they branch: when each is asked, what it opens, where it ends the questions, who reads it."""

from typing import NamedTuple

from guidance.rules import explanation, masks
from guidance.rules.explanation import Condition
from guidance.rules.guide import GET_HELP, Criterion, Guide, Question, Rule, Section


class Stop(NamedTuple):
    """An alert that ends the questions here."""

    rule: Rule
    conditions: tuple[Condition, ...]

    @property
    def any_sign(self) -> bool:
        """Every option of one question that is not exclusive ends them, and nothing else is asked for."""
        if len(self.conditions) != 1 or self.conditions[0].none_of or len(self.conditions[0].parts) != 1:
            return False
        return self.conditions[0].parts[0].every_sign


class Branch(NamedTuple):
    """A later question that is asked on some answers to this one."""

    question: Question
    number: int
    conditions: tuple[Condition, ...]


class Node(NamedTuple):
    """One question in its place."""

    number: int
    question: Question
    section: Section
    asked: tuple[Condition, ...]
    """None where it is always asked."""
    opens: tuple[Branch, ...]
    stops: tuple[Stop, ...]
    readers: tuple[Rule, ...]
    """The rules that read its answers."""


def nodes(guide: Guide) -> tuple[Node, ...]:
    """Every question, in the guide's order."""
    order = [question.key for question in guide.questions]
    sections = {section.key: section for section in guide.sections}
    return tuple(
        Node(
            number=place + 1,
            question=question,
            section=sections[question.section],
            asked=explanation.conditions(guide, question.asked),
            opens=tuple(
                Branch(
                    later, order.index(later.key) + 1, explanation.conditions(guide, _reading(later.asked, question))
                )
                for later in guide.questions
                if _reading(later.asked, question)
            ),
            stops=tuple(
                Stop(rule, explanation.conditions(guide, rule.criteria))
                for rule in guide.rules
                if rule.level in GET_HELP and question.key == max(masks.read_by(rule.criteria), key=order.index)
            ),
            readers=tuple(rule for rule in guide.rules if question.key in masks.read_by(rule.criteria)),
        )
        for place, question in enumerate(guide.questions)
    )


def _reading(criteria: tuple[Criterion, ...], question: Question) -> tuple[Criterion, ...]:
    return tuple(criterion for criterion in criteria if question.key in masks.read_by([criterion]))
