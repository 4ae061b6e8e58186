"""A question as a form. The server decides what is valid; what an error says in words stands in the template."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms

from guidance.rules.guide import Choice, Option, Question


class Item(NamedTuple):
    """One option on the page."""

    option: Option
    id: str
    chosen: bool
    divided: bool
    """A divider stands before it: from here on come the options that are chosen alone, or the one not-sure."""


class Shown(NamedTuple):
    """What a page says of a form."""

    items: tuple[Item, ...]
    fault: forms.ValidationError | None
    """What is wrong with the answer: ``code`` is required, unknown, one or alone."""


class QuestionForm(forms.Form):
    """One field, named by the question's key. ``answer`` is what was chosen, in the form of the fixed interface."""

    def __init__(self, question: Question, data: Any = None, *, answer: str | Sequence[str] | None = None) -> None:
        super().__init__(data, use_required_attribute=False, label_suffix="")
        self.question = question
        self.fields[question.key] = OptionField(question)
        self.initial = {question.key: [answer] if isinstance(answer, str) else list(answer or ())}

    @property
    def answer(self) -> str | list[str]:
        answer: str | list[str] = self.cleaned_data[self.question.key]
        return answer

    @property
    def untouched(self) -> bool:
        """Whether nothing is chosen and nothing was sent: as everybody meets the question for the first time."""
        return not self.is_bound and not self.initial[self.question.key]

    @property
    def shown(self) -> Shown:
        return Shown(self.items, self.fault)

    @property
    def fault(self) -> forms.ValidationError | None:
        found = self.errors.as_data().get(self.question.key)
        return found[0] if found else None

    @property
    def items(self) -> tuple[Item, ...]:
        chosen = self[self.question.key].value() or ()
        divided_at = self._divided_at
        return tuple(
            Item(option, f"{self.question.key}-{option.key}", option.key in chosen, place == divided_at)
            for place, option in enumerate(self.question.options)
        )

    @property
    def _divided_at(self) -> int:
        options = self.question.options
        alone = (place for place, option in enumerate(options) if option.exclusive)
        return next(alone, len(options) - 1) if self.question.choice is Choice.MANY else len(options) - 1


class OptionField(forms.Field):
    """The options of one question. Several values for a ``one`` question are an error; none of them is picked here."""

    widget = forms.SelectMultiple

    def __init__(self, question: Question) -> None:
        super().__init__(label=question.label)
        self.question = question

    def clean(self, value: Any) -> str | list[str]:
        options = {option.key: option for option in self.question.options}
        picked = list(value or ())
        if not picked:
            raise forms.ValidationError("Nothing is chosen.", code="required")
        if not options.keys() >= set(picked):
            raise forms.ValidationError("An option that is not there is chosen.", code="unknown")
        chosen = [key for key in options if key in picked]
        if self.question.choice is Choice.ONE:
            if len(picked) > 1:
                raise forms.ValidationError("Several options are chosen where one belongs.", code="one")
            return chosen[0]
        for key in chosen:
            if options[key].exclusive and len(chosen) > 1:
                raise forms.ValidationError("It stands alone.", code="alone", params={"option": options[key]})
        return chosen
