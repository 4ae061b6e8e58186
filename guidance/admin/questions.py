"""Questions with their options and when they are asked; the sections over them."""

from typing import ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from guidance import models
from guidance.admin.citations import CitationInline
from guidance.admin.criteria import AskedInline
from guidance.admin.editing import Editor, RowForm, RowsInline


class OptionForm(RowForm):
    class Meta:
        model = models.Option
        fields = ("key", "position", "label", "hint", "exclusive", "unknown")
        widgets: ClassVar = {
            "label": forms.Textarea(attrs={"rows": 2, "cols": 80, "class": "vLargeTextField"}),
            "hint": forms.Textarea(attrs={"rows": 2, "cols": 80, "class": "vLargeTextField"}),
        }


class OptionInline(RowsInline):
    model = models.Option
    form = OptionForm
    fields = (("key", "position"), "label", "hint", ("exclusive", "unknown"))


@admin.register(models.Question)
class QuestionAdmin(Editor):
    inlines = (OptionInline, AskedInline, CitationInline)
    list_display = ("key", "topic", "section", "choice", "asked_when", "changeable", "position")
    list_editable = ("position",)
    list_filter = ("section", "choice", "changeable")
    list_select_related = ("section",)
    search_fields = ("key", "label", "topic", "hint", "why")
    fieldsets = (
        (None, {"fields": (("key", "position"), "section", "choice", "changeable")}),
        ("Words", {"fields": ("label", "topic", "hint", "why")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[models.Question]:
        return super().get_queryset(request).prefetch_related("asked__options__question")

    @admin.display(description="asked")
    def asked_when(self, question: models.Question) -> str:
        criteria = (
            f"{criterion.get_mode_display()} {', '.join(str(option) for option in criterion.options.all())}"
            for criterion in question.asked.all()
        )
        return "; and ".join(criteria) or "always"


@admin.register(models.Section)
class SectionAdmin(Editor):
    fields = (("key", "position"), "label")
    list_display = ("key", "label", "position")
    list_editable = ("position",)
    search_fields = ("key", "label")
