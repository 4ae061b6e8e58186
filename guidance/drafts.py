"""The draft: rows to a guide and a guide to rows. Nothing else crosses between the two.

A row has the fields of its noun under the same names, so whatever is plain crosses by name. Written out here is only
what hangs on something else: options on their question, criteria and citations on their owner, and the lists of keys.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import models as django_models
from django.db import transaction

from guidance import models
from guidance.rules.guide import Guide
from guidance.rules.loading import GuideError

KEYED: dict[str, type[Any]] = {
    "sections": models.Section,
    "references": models.Reference,
    "interventions": models.Intervention,
    "questions": models.Question,
    "rules": models.Rule,
    "appraisals": models.Appraisal,
    "scopes": models.Scope,
    "asides": models.Aside,
    "omissions": models.Omission,
    "guarantees": models.Guarantee,
    "cases": models.Case,
}
"""The lists of a guide and the rows for them, each before the ones that need it."""

HANGING = {
    "questions": ("options", "asked", "citations"),
    "rules": ("on", "criteria", "citations", "references", "outranks"),
    "appraisals": ("citations", "references"),
    "scopes": ("citations", "criteria"),
    "asides": ("citations",),
    "omissions": ("references",),
    "guarantees": ("when", "on"),
}
"""By list, the fields of its nouns that are rows of their own."""

LISTS_OF_KEYS: tuple[tuple[str, str, type[Any], str, str], ...] = (
    ("rules", "on", models.RuleIntervention, "rule", "intervention"),
    ("rules", "references", models.RuleReference, "rule", "reference"),
    ("rules", "outranks", models.Outranking, "rule", "outranked"),
    ("appraisals", "references", models.AppraisalReference, "appraisal", "reference"),
    ("omissions", "references", models.OmissionReference, "omission", "reference"),
    ("guarantees", "on", models.GuaranteeIntervention, "guarantee", "intervention"),
)
"""Of which list, in which field, rows of what, from which side to which."""

CRITERIA = {"rule": "criteria", "question": "asked", "scope": "criteria", "guarantee": "when"}
"""By owner, the field of its noun that holds its criteria."""

MODES = {models.Mode.ANY.value: "any_of", models.Mode.NONE.value: "none_of"}

LARGEST = 2**31 - 1

Fields = dict[str, Any]


class NoDraft(LookupError):
    """There is no draft yet."""

    def __init__(self) -> None:
        super().__init__("There is no draft yet. Fill it with: manage.py import_guide FILE")


def assemble() -> Guide:
    """The draft as a guide, sound or not: `loading.load` of its dump tells. Raises `NoDraft` where there is none.

    The number of queries is the same for every guide.
    """
    draft = models.Draft.objects.select_related("source").first()
    if draft is None:
        raise NoDraft
    fields = {
        name: {row.pk: _fields(row) | {field: [] for field in HANGING.get(name, ())} for row in model.objects.all()}
        for name, model in KEYED.items()
    }
    for pk, section in models.Question.objects.values_list("pk", "section__key"):
        fields["questions"][pk]["section"] = section
    for option in models.Option.objects.all():
        fields["questions"][option.question_id]["options"].append(_fields(option))
    for name, field, model, owner, other in LISTS_OF_KEYS:
        for pk, key in model.objects.values_list(f"{owner}_id", f"{other}__key"):
            fields[name][pk][field].append(key)
    for (owner, pk), criterion in _criteria():
        fields[f"{owner}s"][pk][CRITERIA[owner]].append(criterion)
    for citation in models.Citation.objects.all():
        owner, pk = _owner(citation)
        fields[f"{owner}s"][pk]["citations"].append(_fields(citation))
    document = {name: list(found.values()) for name, found in fields.items()}
    document["wordings"] = [_fields(wording) for wording in models.Wording.objects.all()]
    return msgspec.convert(_fields(draft) | document | {"source": _fields(draft.source)}, Guide)


@transaction.atomic
def fill(guide: Guide) -> None:
    """Put ``guide`` in the place of the whole draft, or leave the draft as it is and raise `GuideError`.

    Rows whose key is in both are changed rather than replaced, so what is known of them by number stays known.
    """
    document = msgspec.to_builtins(guide, builtin_types=(date,))
    if faults := tuple(_unstorable(document, "")):
        raise GuideError(faults)
    models.Draft.objects.select_for_update().first()
    hanging = [link for _, _, link, _, _ in LISTS_OF_KEYS]
    hanging += [models.CriterionOption, models.Criterion, models.Citation, models.Option]
    for model in hanging:
        model.objects.all().delete()
    _fill_own_fields(document)

    rows: dict[str, dict[str, Any]] = {}
    for name, model in KEYED.items():
        more = {"section": rows["sections"]} if name == "questions" else {}
        rows[name] = _put(model, "key", document.get(name, ()), more)
    _put(models.Wording, "status", document["wordings"], {})
    for name, model in reversed(KEYED.items()):
        model.objects.exclude(pk__in=[row.pk for row in rows[name].values()]).delete()

    options = _fill_options(document["questions"], rows["questions"])
    for name, field, link, owner, other in LISTS_OF_KEYS:
        to = rows["rules"] if other == "outranked" else rows[f"{other}s"]
        link.objects.bulk_create(
            link(position=place, **{owner: rows[name][item["key"]], other: to[key]})
            for item in document.get(name, ())
            for place, key in enumerate(item.get(field, ()))
        )
    _fill_criteria(document, rows, options)
    models.Citation.objects.bulk_create(
        models.Citation(position=place, **{owner: rows[f"{owner}s"][item["key"]]}, **citation)
        for owner in models.Citation.OWNERS
        for item in document.get(f"{owner}s", ())
        for place, citation in enumerate(item.get("citations", ()))
    )


def _fields(row: django_models.Model) -> Fields:
    """What a row holds itself, by name, without what has no place in a document."""
    apart = {"id", "position", "version", "changed_at", "number"}
    plain = (field for field in row._meta.concrete_fields if not field.is_relation and field.name not in apart)
    return {field.name: getattr(row, field.name) for field in plain}


def _owner(row: models.Criterion | models.Citation) -> tuple[str, int]:
    return next((owner, pk) for owner in row.OWNERS if (pk := getattr(row, f"{owner}_id")) is not None)


def _criteria() -> Iterator[tuple[tuple[str, int], Fields]]:
    named = defaultdict(list)
    for naming in models.CriterionOption.objects.select_related("option__question"):
        named[naming.criterion_id].append(str(naming.option))
    for criterion in models.Criterion.objects.all():
        yield _owner(criterion), {MODES[criterion.mode]: named[criterion.pk]}


def _fill_own_fields(document: Fields) -> None:
    """The one row of the draft, and its source: the one that has this text already, or a new one."""
    stated = document["source"]
    source = (
        models.Source.objects.filter(key=stated["key"], text=stated["text"], sha256=stated["sha256"]).first()
        or models.Source()
    )
    before = None if source.pk is None else _fields(source)
    for name, value in {"publisher": "", "address": "", **stated}.items():
        setattr(source, name, value)
    if before != _fields(source):
        source.save()
    draft = models.Draft.objects.first() or models.Draft()
    draft.title, draft.language, draft.source = document["title"], document.get("language", "en"), source
    draft.save()


def _put(
    model: type[Any], identity: str, items: Sequence[Fields], related: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """Rows for these items, in this order, in the place of those with the same identity. Others stay as they are."""
    names = {field.name for field in model._meta.concrete_fields if not field.is_relation} - {"id"}
    known = dict(model.objects.values_list(identity, "version"))
    rows = [
        model(
            position=place,
            version=known.get(item[identity], 0) + 1,
            **{name: value for name, value in item.items() if name in names},
            **{name: keyed[item[name]] for name, keyed in related.items()},
        )
        for place, item in enumerate(items)
    ]
    model.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=[identity], update_fields=[*(names - {identity}), *related]
    )
    return {getattr(row, identity): row for row in rows}


def _fill_options(questions: Iterable[Fields], rows: Mapping[str, Any]) -> dict[str, models.Option]:
    made = models.Option.objects.bulk_create(
        models.Option(question=rows[question["key"]], position=place, **option)
        for question in questions
        for place, option in enumerate(question["options"])
    )
    return {str(option): option for option in made}


def _fill_criteria(document: Fields, rows: Mapping[str, Any], options: Mapping[str, models.Option]) -> None:
    made, named = [], []
    for owner, field in CRITERIA.items():
        for item in document.get(f"{owner}s", ()):
            for place, criterion in enumerate(item.get(field, ())):
                mode = next(mode for mode, name in MODES.items() if criterion.get(name))
                made.append(models.Criterion(position=place, mode=mode, **{owner: rows[f"{owner}s"][item["key"]]}))
                named.append(criterion[MODES[mode]])
    models.Criterion.objects.bulk_create(made)
    models.CriterionOption.objects.bulk_create(
        models.CriterionOption(criterion=criterion, option=options[name], position=place)
        for criterion, names in zip(made, named, strict=True)
        for place, name in enumerate(names)
    )


def _unstorable(value: Any, at: str) -> Iterator[str]:
    """What no row can hold, though a document may: the same on every database."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _unstorable(name, f"{at}.{name!r}")
            yield from _unstorable(inner, f"{at}.{name}".removeprefix("."))
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            yield from _unstorable(inner, f"{at}[{i}]")
    elif isinstance(value, str):
        if "\0" in value:
            yield f"{at}: the character NUL cannot be kept. Take it out."
        if at.endswith(".key") and len(value) > models.KEY_LENGTH:
            yield f"{at}: longer than {models.KEY_LENGTH} characters. Shorten it."
    elif isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        yield f"{at}: the number {value} is too large to be kept."
