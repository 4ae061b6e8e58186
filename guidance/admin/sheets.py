"""What stands on a page of the workshop, cell by cell: to say what a save changed, and to let two editors meet.

A page carries, hidden, what it showed when it was opened. If the row says something else when the page comes back,
nothing is saved: what the other editor changed is taken over wherever this one has not touched it, everything typed
stays, and both are shown side by side.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from guidance.admin.typed import ModelForm

SEEN = "_seen"
MET = "_met"

Cells = dict[str, tuple[str, ...]]
"""By cell, what a browser would send for it. ``heading`` is a cell of the row, ``criteria/12/mode`` of one on it."""

NAMED_WHOLE = {"position"}
"""Cells that say nothing about a row that came or went."""


class PlainForm(ModelForm):
    """A form whose texts keep line ends as documents have them, not as browsers send them."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        for name, value in cleaned.items():
            if isinstance(value, str):
                cleaned[name] = value.replace("\r\n", "\n")
        return cleaned


class EditedForm(PlainForm):
    """The form of a row that two editors may have open at once."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if MET in self.data:
            self.add_error(None, ValidationError("Nothing is saved yet: look at what changed, then save again.", "met"))
        return cleaned


class Change(NamedTuple):
    """One thing another editor changed while this page was open."""

    label: str
    was: str
    now: str
    yours: str
    """What this editor typed there; empty where it was not touched, and what is there now was taken over."""


class Meeting(NamedTuple):
    """Two editors on one row: what the other changed, and the page as it should stand before this one."""

    changes: tuple[Change, ...]
    data: QueryDict


class Sheet:
    """The form of a row and the rows hanging on it, as they are kept now."""

    def __init__(self, form: Any, formsets: Iterable[Any]) -> None:
        self.form = form
        self.formsets = {formset.prefix: formset for formset in formsets}

    def cells(self) -> Cells:
        found = {name: _sent(self.form[name]) for name in self.form.fields}
        for prefix, formset in self.formsets.items():
            for row in formset.initial_forms:
                for name in formset.form.base_fields:
                    found[f"{prefix}/{row.instance.pk}/{name}"] = _sent(row[name])
        return found

    def field(self, key: str) -> Any:
        prefix, _, rest = key.partition("/")
        if not rest:
            return self.form.fields[key]
        return self.formsets[prefix].empty_form.fields[rest.partition("/")[2]]

    def knows(self, key: str) -> bool:
        prefix, _, rest = key.partition("/")
        if not rest:
            return key in self.form.fields
        return prefix in self.formsets and rest.partition("/")[2] in self.formsets[prefix].form.base_fields

    def said(self, key: str, cells: Cells) -> str:
        return _said(self.field(key), cells.get(key, ()))

    def row_said(self, prefix: str, pk: str, cells: Cells) -> str:
        names = self.formsets[prefix].form.base_fields
        return _row_said(
            (self.field(f"{prefix}/{pk}/{name}"), name, cells.get(f"{prefix}/{pk}/{name}", ())) for name in names
        )

    def noun(self, prefix: str) -> str:
        return str(self.formsets[prefix].model._meta.verbose_name).capitalize()


def packed(cells: Cells) -> str:
    return json.dumps(cells, separators=(",", ":"))


def unpacked(text: str) -> Cells | None:
    """The cells in a page's hidden field, or None where somebody wrote something else into it."""
    try:
        found = json.loads(text)
        json.dumps(found, ensure_ascii=False).encode()  # half a letter can be written in JSON, and on no page
        return {str(key): tuple(str(value) for value in values) for key, values in found.items()}
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None


def meet(sheet: Sheet, seen: Cells, data: QueryDict) -> Meeting | None:
    """What happened to a row between opening its page, which showed ``seen``, and sending it: None if nothing."""
    seen = {key: values for key, values in seen.items() if sheet.knows(key)}
    now = sheet.cells()
    typed = _typed(sheet, data)
    changes = tuple(_changes(sheet, seen, now, typed))
    if not changes:
        return None
    return Meeting(changes, _merged(sheet, seen, now, typed, data))


def anew(data: QueryDict, owner: str) -> QueryDict:
    """What was typed on the page of a row that is gone meanwhile, as the page of a new one."""
    fresh = data.copy()
    for name in data:
        prefix, _, field = name.rpartition("-")
        if field == "INITIAL_FORMS":
            fresh[name] = "0"
        elif prefix and field in ("id", owner):
            fresh[name] = ""
    fresh.pop(SEEN, None)
    fresh[MET] = "1"
    return fresh


def changes_in_words(form: Any, formsets: Iterable[Any]) -> Iterator[str]:
    """What a save changes, one sentence each, for the history."""
    yield from _form_changes(form, "")
    for formset in formsets:
        noun = str(formset.model._meta.verbose_name)
        deleted = {id(row) for row in formset.deleted_forms}
        for place, row in enumerate(formset.initial_forms, 1):
            cells = [(row.fields[name], name, _sent(row[name], row[name].initial)) for name in formset.form.base_fields]
            if id(row) in deleted:
                yield f"{noun.capitalize()} removed: {_row_said(cells)}."
            else:
                yield from _form_changes(row, f"{noun.capitalize()} {place}, ")
        for row in formset.extra_forms:
            if row.has_changed() and id(row) not in deleted:
                cells = [(row.fields[name], name, _sent(row[name])) for name in formset.form.base_fields]
                yield f"{noun.capitalize()} added: {_row_said(cells)}."


def _form_changes(form: Any, before: str) -> Iterator[str]:
    for name in form.changed_data:
        if name in form.fields and name in form.base_fields:
            field = form.fields[name]
            was, now = (_said(field, _sent(form[name], value)) for value in (form[name].initial, form[name].value()))
            if was != now:
                label = str(form[name].label)
                yield f"{before}{label.lower() if before else label}: “{was}” became “{now}”."


def _changes(sheet: Sheet, seen: Cells, now: Cells, typed: Cells) -> Iterator[Change]:
    for key in {**now, **seen}:
        if "/" not in key and now.get(key, ()) != seen.get(key, ()):
            yield _change(sheet, key, _label(sheet, key), seen, now, typed)
    for prefix in sheet.formsets:
        before, after = _rows(seen, prefix), _rows(now, prefix)
        noun = sheet.noun(prefix)
        for pk in dict.fromkeys([*before, *after]):
            if pk not in after:
                yours = sheet.row_said(prefix, pk, typed) if _touched(sheet, prefix, pk, seen, typed) else ""
                yield Change(f"{noun} removed", sheet.row_said(prefix, pk, seen), "", yours)
            elif pk not in before:
                yield Change(f"{noun} added", "", sheet.row_said(prefix, pk, now), "")
            else:
                for name in sheet.formsets[prefix].form.base_fields:
                    key = f"{prefix}/{pk}/{name}"
                    if now.get(key, ()) != seen.get(key, ()):
                        label = f"{noun} {after.index(pk) + 1}, {_label(sheet, key).lower()}"
                        yield _change(sheet, key, label, seen, now, typed)


def _change(sheet: Sheet, key: str, label: str, seen: Cells, now: Cells, typed: Cells) -> Change:
    own = typed.get(key, ())
    yours = "" if own in (seen.get(key, ()), now.get(key, ())) else sheet.said(key, typed)
    return Change(label, sheet.said(key, seen), sheet.said(key, now), yours)


def _label(sheet: Sheet, key: str) -> str:
    name = key.rpartition("/")[2]
    return str(sheet.field(key).label or name.replace("_", " ").capitalize())


def _merged(sheet: Sheet, seen: Cells, now: Cells, typed: Cells, data: QueryDict) -> QueryDict:
    merged = data.copy()
    for key, values in _settled(seen, now, typed).items():
        if "/" not in key:
            merged.setlist(key, list(values))
    for prefix, formset in sheet.formsets.items():
        if f"{prefix}-TOTAL_FORMS" in data:
            kept, new = _merged_rows(sheet, prefix, seen, now, typed, data)
            for name in [name for name in merged if name.startswith(f"{prefix}-")]:
                del merged[name]
            for place, row in enumerate([*kept, *new]):
                for name, sent in row.items():
                    merged.setlist(f"{prefix}-{place}-{name}", list(sent))
            merged[f"{prefix}-TOTAL_FORMS"] = str(len(kept) + len(new))
            merged[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
            merged[f"{prefix}-MIN_NUM_FORMS"] = str(formset.min_num)
            merged[f"{prefix}-MAX_NUM_FORMS"] = str(formset.max_num)
    merged[SEEN] = packed(now)
    merged[MET] = "1"
    return merged


Row = dict[str, Sequence[str]]


def _merged_rows(
    sheet: Sheet, prefix: str, seen: Cells, now: Cells, typed: Cells, data: QueryDict
) -> tuple[list[Row], list[Row]]:
    """The rows kept today, as this editor should see them, and the rows that are new or that the other removed."""
    names = list(sheet.formsets[prefix].form.base_fields)
    sent = {data.get(f"{prefix}-{place}-id", ""): place for place in _places(prefix, data)}
    settled = _settled(seen, now, typed)
    kept: list[Row] = []
    for pk in _rows(now, prefix):
        row: Row = {name: settled[f"{prefix}/{pk}/{name}"] for name in names} | {"id": [pk]}
        if pk in sent and f"{prefix}-{sent[pk]}-DELETE" in data:
            row["DELETE"] = ["on"]
        kept.append(row)
    new: list[Row] = [
        {name: typed.get(f"{prefix}/{pk}/{name}", ()) for name in names} | {"id": [""]}
        for pk in _rows(seen, prefix)
        if pk not in _rows(now, prefix) and _touched(sheet, prefix, pk, seen, typed)
    ]
    for place in _places(prefix, data):
        if not data.get(f"{prefix}-{place}-id"):
            fresh: Row = {name: data.getlist(f"{prefix}-{place}-{name}") for name in names}
            new.append(fresh | {"id": [""]})
    return kept, new


def _settled(seen: Cells, now: Cells, typed: Cells) -> Cells:
    """What is kept now, but for the cells this editor touched."""
    return {
        key: typed[key] if key in typed and typed[key] != seen.get(key, ()) else values for key, values in now.items()
    }


def _typed(sheet: Sheet, data: QueryDict) -> Cells:
    """What this editor sent, by the same names as what was seen. Rows that are not kept yet have none."""
    found = {name: _plain(data.getlist(name)) for name in sheet.form.fields}
    for prefix, formset in sheet.formsets.items():
        for place in _places(prefix, data):
            if pk := data.get(f"{prefix}-{place}-id"):
                for name in formset.form.base_fields:
                    found[f"{prefix}/{pk}/{name}"] = _plain(data.getlist(f"{prefix}-{place}-{name}"))
    return found


def _touched(sheet: Sheet, prefix: str, pk: str, seen: Cells, typed: Cells) -> bool:
    keys = [f"{prefix}/{pk}/{name}" for name in sheet.formsets[prefix].form.base_fields]
    return any(key in typed and typed[key] != seen.get(key, ()) for key in keys)


def _places(prefix: str, data: QueryDict) -> range:
    total = data.get(f"{prefix}-TOTAL_FORMS", "0")
    return range(min(int(total[:9]), 1000) if total.isdecimal() else 0)


def _rows(cells: Cells, prefix: str) -> list[str]:
    return list(dict.fromkeys(key.split("/")[1] for key in cells if key.startswith(f"{prefix}/")))


_AS_IT_STANDS = object()


def _sent(bound: Any, value: Any = _AS_IT_STANDS) -> tuple[str, ...]:
    """What a browser would send for a field with this value, or with the one it has."""
    value = bound.value() if value is _AS_IT_STANDS else bound.field.prepare_value(value)
    widget = bound.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return ("on",) if widget.check_test(value) else ()
    shown = widget.format_value(value)
    return _plain(shown if isinstance(shown, list | tuple) else [shown])


def _plain(values: Iterable[Any]) -> tuple[str, ...]:
    """Values without what makes no difference: space around them, the order of boxes that are ticked."""
    plain = (str(value).replace("\r\n", "\n").strip() for value in values if value is not None)
    return tuple(sorted(value for value in plain if value))


def _said(field: Any, values: Iterable[str]) -> str:
    if isinstance(field, forms.BooleanField):
        return "yes" if tuple(values) else "no"
    labels = _labels(field)
    return ", ".join(labels.get(value, value) for value in values) or "nothing"


def _row_said(cells: Iterable[tuple[Any, str, Sequence[str]]]) -> str:
    return "; ".join(
        f"{str(field.label or name).lower()} {_said(field, values)}"
        for field, name, values in cells
        if values and name not in NAMED_WHOLE
    )


def _labels(field: Any) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for value, label in getattr(field, "choices", ()):
        if isinstance(label, list | tuple):
            found |= {str(inner): f"{value}: {name}" for inner, name in label}
        else:
            found[str(value)] = str(label)
    return found
