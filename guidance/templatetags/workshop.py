"""What the workshop's pages need to show: large numbers, and what is wrong with a form."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django import template
from django.contrib.admin.helpers import AdminForm, InlineAdminFormSet
from django.forms import BaseForm
from django.utils.text import capfirst

register = template.Library()


class Fault(NamedTuple):
    """Something that a form is refused for."""

    words: str
    label: str = ""
    place: str = ""
    """The id of the field to mend, where there is one."""


@register.filter
def faults(page: AdminForm, rows: Iterable[InlineAdminFormSet]) -> list[Fault]:
    """What is wrong with the row on a page and with the rows that hang on it, from above to below."""
    found = list(_faults(page.form))
    for formset in rows:
        found.extend(Fault(words) for words in formset.formset.non_form_errors())
        for number, form in enumerate(formset.formset.forms, start=1):
            found.extend(_faults(form, f"{formset.opts.verbose_name} {number}, "))
    return found


@register.filter
def faults_of_form(form: BaseForm) -> list[Fault]:
    """What is wrong with a form whose words say by themselves what they are about."""
    return [fault._replace(label="") for fault in _faults(form)]


def _faults(form: Any, row: str = "") -> Iterator[Fault]:
    for name, errors in form.errors.items():
        field = form[name] if name in form.fields else None
        for words in errors:
            if field is None:
                yield Fault(words, row.rstrip(", "))
            else:
                yield Fault(words, capfirst(f"{row}{field.label.lower()}"), field.auto_id)
