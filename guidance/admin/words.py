"""What visitors read that is neither asked nor decided: interventions, wordings and omissions; and references."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin

from guidance import models
from guidance.admin import keys
from guidance.admin.editing import Editor
from guidance.admin.keys import KeysField, LinkedForm
from guidance.admin.sheets import EditedForm


@admin.register(models.Intervention)
class InterventionAdmin(Editor):
    fields = (("key", "position"), "label", "text", "rationale")
    list_display = ("key", "label", "position")
    list_editable = ("position",)
    search_fields = ("key", "label", "text", "rationale")


@admin.register(models.Wording)
class WordingAdmin(Editor):
    fields = (("status", "position"), "label", "text")
    list_display = ("status", "label", "position")
    list_editable = ("position",)
    search_fields = ("status", "label", "text")


@admin.register(models.Reference)
class ReferenceAdmin(Editor):
    fields = (("key", "position"), "title", "publisher", "year", "doi", "address")
    list_display = ("key", "title", "publisher", "year", "position")
    list_editable = ("position",)
    search_fields = ("key", "title", "publisher", "doi", "address")


class RestingForm(EditedForm, LinkedForm):
    """The form of what rests on references."""

    links: ClassVar = {"rests_on": "references"}
    rests_on = KeysField(label="References", help_text="What it rests on outside the article.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields.get("rests_on")
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = keys.references()


class RestingEditor(Editor):
    form = RestingForm

    @admin.display(description="References")
    def rests_on(self, row: models.Omission | models.Appraisal) -> str:
        """For those who may only look."""
        return ", ".join(keys.named(row, "references"))


@admin.register(models.Omission)
class OmissionAdmin(RestingEditor):
    fields = (("key", "position"), "heading", "text", "rests_on")
    list_display = ("key", "heading", "position")
    list_editable = ("position",)
    search_fields = ("key", "heading", "text")
