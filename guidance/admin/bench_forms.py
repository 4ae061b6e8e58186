"""What people write on the workbench."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from guidance.rules import loading
from guidance.rules.guide import Guide

LARGEST = 2 * 1024 * 1024
"""Of a document, in bytes; the shipped one has less than a tenth of it."""


class BenchForm(forms.Form):
    """A form whose faults the server finds and names, beside what was typed."""

    use_required_attribute = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Several of these stand on one page: each names its fields after itself.
        self.auto_id = f"{type(self).__name__.removesuffix('Form').lower()}-%s"


class ProposeForm(BenchForm):
    digest = forms.CharField(widget=forms.HiddenInput)
    summary = forms.CharField(
        label="What changes and why",
        help_text="Everybody reads this beside the release.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say what changes and why: reviewers and readers go by it."},
    )
    acknowledgement = forms.CharField(
        label="What you say to the warnings",
        help_text="Why it can be published all the same. Everybody reads this too.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "There are warnings: say in writing why it can be published all the same."},
    )

    def __init__(self, *args: Any, warnings: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not warnings:
            del self.fields["acknowledgement"]


class ReasonForm(BenchForm):
    reason = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say why."},
    )

    def __init__(self, *args: Any, needed: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].required = needed
        if not needed:
            self.fields["reason"].label = "Why (may be left empty)"


class ReplaceForm(BenchForm):
    sure = forms.BooleanField(
        label="I mean to lose the changes in the draft that are in no release and no proposal", required=False
    )


class ImportForm(ReplaceForm):
    field_order = ("document", "sure")
    document = forms.FileField(
        label="Document",
        help_text="A guide as JSON, such as an export or the document of a release.",
        error_messages={
            "required": "Choose the document to import.",
            "empty": "The file is empty. Choose a guide document.",
        },
    )

    def clean_document(self) -> Guide:
        """The guide in the file; every fault of what is none is an error of its own."""
        upload: UploadedFile[bytes] = self.cleaned_data["document"]
        if upload.size is None or upload.size > LARGEST:
            raise ValidationError(f"The file is larger than {LARGEST // 2**20} MB: this is no guide document.")
        try:
            return loading.load(upload.read())
        except loading.GuideError as error:
            raise ValidationError(list(error.faults)) from error


class SignOffForm(BenchForm):
    role = forms.CharField(
        label="Your role",
        help_text="Such as consultant hepatologist, with the place of work. Everybody reads it.",
        error_messages={"required": "Say in which role you sign."},
    )
    statement = forms.CharField(
        label="Statement",
        help_text="What you reviewed and what you say of it. Everybody reads it.",
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Say what you reviewed and what you say of it."},
    )
    reviewed_on = forms.DateField(
        label="Reviewed on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say when.", "invalid": "Write a date as year-month-day, such as 2026-03-31."},
    )

    def clean_reviewed_on(self) -> Any:
        when = self.cleaned_data["reviewed_on"]
        if when > timezone.localdate():
            raise ValidationError("This day is still to come. Give the day of the review.")
        return when
