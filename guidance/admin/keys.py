"""Lists of keys on a form: what a rule is on, what it rests on, which options a criterion names.

They are ticked in boxes, gathered under headings that open and close without script, and kept as positioned rows.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.db import models as django_models
from django.template import loader
from django.utils.safestring import SafeString

from guidance import models
from guidance.admin.typed import ModelForm

Choices = Sequence[tuple[str, Any]]


class Ticks(forms.CheckboxSelectMultiple):
    """Boxes to tick. Groups are closed unless something in them is ticked; choices without a group stand open."""

    template = "admin/guidance/widgets/ticks.html"
    label = ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context |= {"label": self.label, "describedby": (attrs or {}).get("aria-describedby")}
        context["groups"] = [
            (group, options, sum(option["selected"] for option in options))
            for group, options, _ in context["widget"]["optgroups"]
        ]
        return context

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        # By the site's own template loader: a form's renderer does not know the site's folder of templates.
        return loader.render_to_string(self.template, self.get_context(name, value, attrs))


class KeysField(forms.MultipleChoiceField):
    """Some of these keys, in no particular order."""

    widget = Ticks
    default_error_messages: ClassVar = {"invalid_choice": "“%(value)s” is not there any more. Look at what changed."}

    def __init__(self, *, label: str, **options: Any) -> None:
        super().__init__(label=label, required=options.pop("required", False), **options)
        if isinstance(self.widget, Ticks):
            self.widget.label = label


class LinkedForm(ModelForm):
    """A form on which some fields are lists of keys, kept in rows between two models: ``links`` says which."""

    links: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk:
            for name, field in self.links.items():
                self.initial.setdefault(name, named(self.instance, field))

    def _save_m2m(self) -> None:
        super()._save_m2m()  # type: ignore[misc]
        for name, field in self.links.items():
            if name in self.cleaned_data:
                name_all(self.instance, field, self.cleaned_data[name])


def named(owner: django_models.Model, field: str) -> list[str]:
    """The keys that a row names in a field, in order."""
    through, near, far = _between(owner, field)
    deep = f"{far}__question" if field == "options" else far
    return [str(getattr(row, far)) for row in through.objects.filter(**{near: owner}).select_related(deep)]


def name_all(owner: django_models.Model, field: str, keys: Iterable[str]) -> None:
    """Name exactly these keys. Those named before keep their order, new ones follow in the order given."""
    through, near, far = _between(owner, field)
    before, wanted = named(owner, field), list(keys)
    after = [key for key in before if key in wanted] + [key for key in wanted if key not in before]
    if after == before:
        return
    target = through._meta.get_field(far).related_model
    rows = target.objects.select_related("question") if target is models.Option else target.objects.all()
    by_key = {str(row): row for row in rows}
    through.objects.filter(**{near: owner}).delete()
    through.objects.bulk_create(
        through(**{near: owner, far: by_key[key]}, position=place) for place, key in enumerate(after)
    )


def interventions() -> Choices:
    return [(row.key, row.label) for row in models.Intervention.objects.all()]


def references() -> Choices:
    found = [(row.key, f"{row.key}: {row.title}, {row.publisher}") for row in models.Reference.objects.all()]
    return [("References", found)] if found else []


def options() -> Choices:
    """Every option of the draft under the topic of its question."""
    groups: dict[int, tuple[str, list[tuple[str, str]]]] = {
        question.pk: (question.topic or question.key, []) for question in models.Question.objects.all()
    }
    for option in models.Option.objects.select_related("question"):
        groups[option.question_id][1].append((str(option), option.label))
    return list(groups.values())


def _between(owner: django_models.Model, field: str) -> tuple[Any, str, str]:
    """The rows between, the field that leads back to the owner, and the one that leads on."""
    many: Any = owner._meta.get_field(field)
    return many.remote_field.through, many.m2m_field_name(), many.m2m_reverse_field_name()
