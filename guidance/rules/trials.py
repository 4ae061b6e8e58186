"""Answers given otherwise, tried by the hundred: which rules would hold, mostly without a walk through the questions.

Another answer moves criteria that read its question. As long as none of these decides who is asked what or where the
questions end, all other answers still count, and the criteria that hold are one OR away. Else the questions are walked.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from guidance.rules import flow, masks
from guidance.rules.flow import Path
from guidance.rules.guide import NOT_SURE, Choice, Guide, Option, Question


class Alternative(NamedTuple):
    """One answer given otherwise."""

    question: Question
    option: Option
    """The option picked, ticked or cleared."""
    cleared: bool
    answer: str | list[str]
    """The whole new answer."""
    mark: int
    """The criteria that it hits, as bits of `masks`."""

    @property
    def move(self) -> tuple[str, str, bool]:
        """What is done, whatever the answer was before."""
        return self.question.key, self.option.key, self.cleared


class Ground:
    """A whole set of answers, from which others are tried."""

    def __init__(
        self,
        guide: Guide,
        answers: Mapping[str, Any],
        held: int,
        marks: Mapping[str, int],
        opened: tuple[Question, ...] = (),
    ) -> None:
        self.guide = guide
        self.answers = answers
        self.masks = masks.of(guide)
        self.held = held
        self.holding = self.masks.holding(held)
        """The rules that hold, as bits of `masks`."""
        self.marks = marks
        """By question that is asked: the criteria that its answer hits."""
        self.others = _all_but_one(marks)
        self.opened = opened
        """Questions that were not asked on the ground before this one."""

    def alternatives(self, question: Question) -> Iterator[Alternative]:
        """Every way to answer it otherwise: one option picked, ticked or cleared. None where it is not answered."""
        if question.key not in self.answers:
            return
        now = self.answers[question.key]
        step = self.masks.step_of[question.key]
        for option in question.options:
            key = option.key
            if question.choice is Choice.ONE:
                if key != now:
                    yield Alternative(question, option, False, key, step.hits[key])
            elif key not in now:
                answer = [key] if option.exclusive or step.alone & set(now) else [*now, key]
                yield Alternative(question, option, False, answer, flow.chosen(step, answer))
            elif len(now) > 1:
                answer = [other for other in now if other != key]
                yield Alternative(question, option, True, answer, flow.chosen(step, answer))

    def idle(self, alternative: Alternative, criteria: int) -> bool:
        """Whether it moves none of these criteria, nor who is asked what. Then it moves none beside a change of another
        question either."""
        turns = self.masks.turns
        moved = alternative.mark ^ self.marks[alternative.question.key]
        return turns is not None and not moved & (criteria | turns)

    def tried(self, alternative: Alternative) -> tuple[int, tuple[Question, ...]]:
        """The rules that then hold, as bits of `masks`, and the questions that are then asked and were not; these are
        answered with their quiet option."""
        key = alternative.question.key
        if key not in self.others:
            return self.holding, ()
        held = self._held(alternative)
        if held is not None:
            return self.masks.holding(held), ()
        _, opens, path = completed(self.guide, {**self.answers, key: alternative.answer})
        return self.masks.holding(path.held), opens

    def moved(self, alternative: Alternative) -> "Ground":
        """The ground with this answer, to a question that is asked."""
        key = alternative.question.key
        answers = {**self.answers, key: alternative.answer}
        held = self._held(alternative)
        if held is not None:
            return Ground(self.guide, answers, held, {**self.marks, key: alternative.mark})
        complete, opened, _ = completed(self.guide, answers)
        return ground(self.guide, complete, opened)

    def _held(self, alternative: Alternative) -> int | None:
        """The criteria that then hold. None where the answer may turn the path, so that all has to be walked."""
        held = (self.others[alternative.question.key] | alternative.mark) ^ self.masks.flipped
        turns = self.masks.turns
        return None if turns is None or (held ^ self.held) & turns else held


def ground(guide: Guide, answers: Mapping[str, Any], opened: tuple[Question, ...] = ()) -> Ground:
    """The ground that whole answers make. Raises `AnswerError` where one of them cannot be given."""
    path = flow.path(guide, answers)
    steps = masks.of(guide).step_of
    return Ground(guide, answers, path.held, {key: flow.chosen(steps[key], answers[key]) for key in path.asked}, opened)


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


def _all_but_one(marks: Mapping[str, int]) -> dict[str, int]:
    """By key: all other marks in one."""
    found = {}
    before = 0
    for key, mark in marks.items():
        found[key] = before
        before |= mark
    after = 0
    for key in reversed(list(marks)):
        found[key] |= after
        after |= marks[key]
    return found
