"""How every row of the draft is edited: two editors meet without loss, and the history says in words what they did."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db import models as django_models
from django.db import transaction
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from guidance.admin import sheets
from guidance.admin.typed import InlineFormSet, ModelAdmin, StackedInline


class InList(sheets.PlainForm):
    """What can be changed of a row in the list of all."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = f"{field.label or name} of {self.instance}"


ROWS_OF_TEXT = {"heading": 2, "direction": 2, "title": 2, "text": 5, "rationale": 6}
"""Lines in a field of text, by its name."""


class Editor(ModelAdmin):
    """A kind of row of the draft."""

    form = sheets.EditedForm
    list_per_page = 200

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Room for as much as is usually written there."""
        if isinstance(db_field, django_models.TextField):
            rows = ROWS_OF_TEXT.get(db_field.name, 3)
            options.setdefault("widget", AdminTextareaWidget(attrs={"rows": rows}))
        return super().formfield_for_dbfield(db_field, request, **options)

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> Any:
        return super().get_changelist_form(request, **{"form": InList, **options})

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new row stands last until somebody says otherwise."""
        initial: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        if any(field.name == "position" for field in self.model._meta.concrete_fields):
            initial.setdefault("position", next_place(self.model.objects.all()))
        return initial

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "POST" or not object_id:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            # Held until the save is through, so that nobody saves between looking and saving.
            row = self.get_object(request, unquote(object_id))
            held = row and self.get_queryset(request).select_for_update().filter(pk=row.pk).first()
            if held is None and sheets.SEEN in request.POST and self.has_add_permission(request):
                request.POST = sheets.anew(request.POST, str(self.opts.model_name))  # type: ignore[assignment]
                add = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_add")
                return super().changeform_view(request, None, add, {**(extra_context or {}), "gone": True})
            return super().changeform_view(request, object_id, form_url, self._met(request, object_id, extra_context))

    def _met(self, request: HttpRequest, object_id: str, context: dict[str, Any] | None) -> dict[str, Any]:
        """The context for the page; with what another editor changed, where one did while the page was open."""
        row = self.get_object(request, unquote(object_id))
        seen = sheets.unpacked(request.POST.get(sheets.SEEN, ""))
        if row is None or seen is None or not self.has_change_permission(request, row):
            return context or {}
        meeting = sheets.meet(self._sheet(request, row), seen, request.POST)
        if meeting is None:
            return context or {}
        request.POST = meeting.data  # type: ignore[assignment] # what both wrote, in the place of what one did
        return {**(context or {}), "meeting": meeting, "met_by": last_change(row)}

    def _sheet(self, request: HttpRequest, row: django_models.Model) -> sheets.Sheet:
        form = self.get_form(request, row, change=True)(instance=row)
        formsets = [
            FormSet(instance=row, queryset=inline.get_queryset(request))
            for FormSet, inline in self.get_formsets_with_inlines(request, row)
            if inline.has_change_permission(request, row)
        ]
        return sheets.Sheet(form, formsets)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        row = options.get("obj")
        if row is not None and self.has_change_permission(request, row):
            posted = request.POST.get(sheets.SEEN)
            context["seen"] = posted or sheets.packed(self._sheet(request, row).cells())
        response: HttpResponse = super().render_change_form(request, context, *args, **options)
        return response

    def construct_change_message(  # type: ignore[override] # a sentence, where Django has a list to make one from
        self, request: HttpRequest, form: Any, formsets: Iterable[Any] | None, add: bool = False
    ) -> str:
        if add:
            return "Added."
        return " ".join(sheets.changes_in_words(form, formsets or ())) or "Saved without a change."

    def log_deletions(self, request: HttpRequest, queryset: Iterable[django_models.Model]) -> Any:
        """Say in the history what was there."""
        for row in queryset:
            names = [field.name for field in row._meta.concrete_fields if not field.is_relation]
            plain = model_to_dict(row, [name for name in names if name not in ("id", "position")])
            said = "; ".join(
                f"{name.replace('_', ' ')} {value}" for name, value in plain.items() if value not in ("", None, False)
            )
            LogEntry.objects.log_actions(
                request.user.pk or 0, [row], DELETION, f"Deleted. It said: {said}.", single_object=True
            )


class Rows(InlineFormSet):
    """Rows hanging on another, in order. A new one stands last until somebody says otherwise."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if form.instance.pk is None and "position" in form.fields:
            form.initial.setdefault("position", self.next_place)

    @property
    def next_place(self) -> int:
        if not hasattr(self, "_next_place"):
            self._next_place = max((row.position for row in self.get_queryset()), default=-1) + 1
        return self._next_place


class RowForm(sheets.PlainForm):
    """The form of one of these rows. One that holds nothing but a place is no row."""

    def has_changed(self) -> bool:
        changed = set(self.changed_data)
        return bool(changed if self.instance.pk else changed - {"position"})


class RowsInline(StackedInline):
    """Rows edited on the page of the row they hang on."""

    formset = Rows
    extra = 1


def next_place(rows: django_models.QuerySet[Any]) -> int:
    """The place after the last of these rows."""
    highest = rows.aggregate(highest=django_models.Max("position"))["highest"]
    return 0 if highest is None else highest + 1


def last_change(row: django_models.Model) -> LogEntry | None:
    """Who saved a row last, and when, as far as the history knows."""
    entries = LogEntry.objects.filter(content_type=get_content_type_for_model(row), object_id=str(row.pk))
    return entries.select_related("user").order_by("-action_time").first()
