"""Answers given otherwise, tried by the hundred: which rules would hold, mostly without a walk through the questions.

Another answer moves criteria that read its question. As long as none of these decides who is asked what or where the
questions end, all other answers still count, and the criteria that hold are one OR away. Else the questions are walked.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from guidance.rules import flow, masks
from guidance.rules.flow import Path
from guidance.rules.guide import NOT_SURE, Choice, Guide, Question


class Tried(NamedTuple):
    """What an answer given otherwise comes to."""

    holding: int
    """The rules that hold, as bits of `masks`."""
    opens: tuple[Question, ...]
    """Questions that were not asked before. They are answered with their quiet option."""


class Ground:
    """A whole set of answers, from which others are tried. Raises `AnswerError` where one of them cannot be given."""

    def __init__(self, guide: Guide, answers: Mapping[str, Any]) -> None:
        self.guide = guide
        self.answers = answers
        path = flow.path(guide, answers)
        self.held = path.held
        self.masks = masks.of(guide)
        self.holding = self.masks.holding(self.held)
        steps = self.masks.step_of
        self.others = _all_but_one({key: flow.chosen(steps[key], answers[key]) for key in path.asked})
        """By question that is asked: the criteria that all other answers hit."""

    def tried(self, question: Question, answer: str | list[str]) -> Tried:
        """This one answer given instead."""
        if question.key not in self.others:
            return Tried(self.holding, ())
        hits = self.others[question.key] | flow.chosen(self.masks.step_of[question.key], answer)
        held = hits ^ self.masks.flipped
        turns = self.masks.turns
        if turns is not None and not (held ^ self.held) & turns:
            return Tried(self.masks.holding(held), ())
        _, opens, path = completed(self.guide, {**self.answers, question.key: answer})
        return Tried(self.masks.holding(path.held), opens)


def completed(guide: Guide, answers: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Question, ...], Path]:
    """The answers with every question that is now missing answered by its quiet option, those questions, and the path
    that is whole with them."""
    complete = dict(answers)
    opened: list[Question] = []
    path = flow.path(guide, complete)
    while path.missing:
        question = next(question for question in guide.questions if question.key == path.missing[0])
        key = quiet(question)
        complete[question.key] = key if question.choice is Choice.ONE else [key]
        opened.append(question)
        path = flow.path(guide, complete)
    return complete, tuple(opened), path


def quiet(question: Question) -> str:
    """The key of the option that says the least: "none of these" where there is one, else "not sure"."""
    return next((option.key for option in question.options if option.exclusive and not option.unknown), NOT_SURE)


def _all_but_one(marks: dict[str, int]) -> dict[str, int]:
    """By key: all other marks in one."""
    found = {}
    before = 0
    for key, mark in marks.items():
        found[key] = before
        before |= mark
    after = 0
    for key in reversed(marks):
        found[key] |= after
        after |= marks[key]
    return found
