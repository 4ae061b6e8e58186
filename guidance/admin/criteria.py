"""Criteria on the page of the rule, question, scope or guarantee they belong to."""

from typing import Any, ClassVar

from django import forms
from django.db import models as django_models
from django.http import HttpRequest

from guidance import models
from guidance.admin import keys
from guidance.admin.editing import RowForm, RowsInline
from guidance.admin.keys import KeysField, LinkedForm


class CriterionForm(RowForm, LinkedForm):
    links: ClassVar = {"chosen": "options"}
    known: keys.Choices = ()
    chosen = KeysField(
        label="Options",
        required=True,
        error_messages={"required": "Tick at least one option, or mark the criterion for deletion."},
    )

    class Meta:
        model = models.Criterion
        fields = ("mode", "position")
        labels: ClassVar = {"mode": "Holds when chosen is"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["chosen"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = self.known


class CriterionInline(RowsInline):
    model = models.Criterion
    form = CriterionForm
    fields = (("mode", "position"), "chosen")
    verbose_name_plural = "criteria: all of them must hold"

    def get_formset(self, request: HttpRequest, obj: django_models.Model | None = None, **options: Any) -> Any:
        # The options are looked up once for all rows.
        options["form"] = type("CriterionForm", (CriterionForm,), {"known": keys.options()})
        return super().get_formset(request, obj, **options)

    def chosen(self, criterion: models.Criterion) -> str:
        """For those who may only look."""
        return "; ".join(keys.named(criterion, "options")) if criterion.pk else ""


class AskedInline(CriterionInline):
    verbose_name_plural = "asked when all of these hold on the answers before it; always, where there is none"
