"""The path through the questions: what is asked, what is missing, what was set aside, where it stops."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from guidance.rules import masks
from guidance.rules.guide import Guide, Question


class AnswerError(ValueError):
    """An answer that cannot be taken, or one that is missing. ``where`` is its path, such as ``answers.timing``."""

    def __init__(self, message: str, where: str) -> None:
        super().__init__(message)
        self.message = message
        self.where = where


class Path(NamedTuple):
    """The questionnaire for some answers, given so far or whole. Questions by key, in the guide's order."""

    asked: tuple[str, ...]
    missing: tuple[str, ...]
    """Asked and not answered yet. A path is whole when nothing is missing."""
    set_aside: tuple[str, ...]
    """Answered, and not asked: these answers count for nothing, and come back when they are asked again."""
    stopped_at: str | None
    """The question after which a get-help alert ended the path."""
    held: int
    """The criteria that hold on the answers to what was asked, as bits of `masks`."""


def path(guide: Guide, answers: Mapping[str, Any]) -> Path:
    """Walk ``answers`` through the guide. Raises `AnswerError` where one of them cannot be given."""
    compiled = masks.of(guide)
    flipped = compiled.flipped
    hits = 0
    asked: list[str] = []
    missing: list[str] = []
    set_aside: list[str] = []
    stopped_at = None
    for step in compiled.steps:
        key = step.key
        if stopped_at is not None or (step.asked and (hits ^ flipped) & step.asked != step.asked):
            if key in answers:
                chosen(step, answers[key])
                set_aside.append(key)
        else:
            asked.append(key)
            if key in answers:
                hits |= chosen(step, answers[key])
            else:
                missing.append(key)
        for stop in step.stops:
            if (hits ^ flipped) & stop == stop and stopped_at is None:
                stopped_at = key
    if len(answers) != len(asked) - len(missing) + len(set_aside):
        unknown = next(str(key) for key in answers if key not in compiled.step_of)[:40]
        raise AnswerError(f"no question '{unknown}'. Known: {', '.join(compiled.step_of)}", f"answers.{unknown}")
    return Path(tuple(asked), tuple(missing), tuple(set_aside), stopped_at, hits ^ flipped)


def next_question(guide: Guide, answers: Mapping[str, Any]) -> Question | None:
    """The first question on the path that has no answer, or None where the path is whole."""
    missing = path(guide, answers).missing
    return next((question for question in guide.questions if question.key in missing), None)


def possible(guide: Guide, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers this guide can be given, each looked at by itself. One that has lost an option is left out whole."""
    steps = masks.of(guide).step_of
    found = {}
    for key, answer in answers.items():
        if key in steps:
            try:
                chosen(steps[key], answer)
            except AnswerError:
                continue
            found[key] = answer
    return found


def chosen(step: masks.Step, answer: object) -> int:
    """The criteria hit by one answer. Raises `AnswerError` where the question cannot be answered so."""
    if step.many:
        if type(answer) is list or type(answer) is tuple:
            if len(answer) == 1:
                option = answer[0]
                if type(option) is str and option in step.hits:
                    return step.hits[option]
            return _several(step, answer)
        raise AnswerError(f"'{step.key}' takes a list of options. {_known(step)}", f"answers.{step.key}")
    if type(answer) is str and answer in step.hits:
        return step.hits[answer]
    if type(answer) is str:
        raise AnswerError(f"'{step.key}' has no option '{answer:.40}'. {_known(step)}", f"answers.{step.key}")
    raise AnswerError(f"'{step.key}' takes one option, as a word. {_known(step)}", f"answers.{step.key}")


def _several(step: masks.Step, options: list[object] | tuple[object, ...]) -> int:
    where = f"answers.{step.key}"
    if not options:
        raise AnswerError(f"'{step.key}' needs at least one option. {_known(step)}", where)
    hits = 0
    for i, option in enumerate(options):
        if type(option) is not str:
            raise AnswerError(f"'{step.key}' takes a list of options, each a word. {_known(step)}", where)
        if option not in step.hits:
            raise AnswerError(f"'{step.key}' has no option '{option:.40}'. {_known(step)}", where)
        if option in options[:i]:
            raise AnswerError(f"'{step.key}' has the option '{option}' twice. Name it once.", where)
        if option in step.alone and len(options) > 1:
            raise AnswerError(f"'{step.key}': the option '{option}' stands alone. Leave out it or the others.", where)
        hits |= step.hits[option]
    return hits


def _known(step: masks.Step) -> str:
    return f"Known: {', '.join(step.hits)}"
