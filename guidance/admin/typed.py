"""Django's admin and form classes as the type checker wants them: they take parameters in its eyes alone."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    StackedInline = admin.StackedInline[Any, Any]
    ModelForm = forms.ModelForm[Any]
    InlineFormSet = forms.BaseInlineFormSet[Any, Any, Any]
else:
    ModelAdmin = admin.ModelAdmin
    StackedInline = admin.StackedInline
    ModelForm = forms.ModelForm
    InlineFormSet = forms.BaseInlineFormSet

__all__ = ["InlineFormSet", "ModelAdmin", "ModelForm", "StackedInline"]
