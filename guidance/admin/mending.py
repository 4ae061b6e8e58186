"""Where in the workshop something is mended: from a place in the document to the page of its row."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from django.urls import NoReverseMatch, reverse

from guidance import drafts, models
from guidance.rules.guide import Guide

PLACE = re.compile(r"([a-z]+)(?:\[(\d+)\])?")

ROWS: Mapping[str, type[Any]] = drafts.KEYED | {"wordings": models.Wording}
"""By list of the guide, the rows that hold it."""

ADDING = {"gap": ("rules", "Add a rule"), "uncited-sentence": ("asides", "Set it aside")}
"""Problems of what is not there: mended by adding to a list."""


class Link(NamedTuple):
    """A page of the workshop, and what to call it."""

    address: str
    words: str


class Places:
    """The pages of the draft's rows. Rows are looked up once for each kind that is asked for."""

    def __init__(self, guide: Guide | None) -> None:
        self.guide = guide
        self._numbers: dict[str, dict[str, int]] = {}

    def mending(self, place: str, code: str = "") -> Link | None:
        """Where a problem is mended that has this place, such as ``rules[3].citations[0] zinc-low-alone``."""
        if code in ADDING:
            name, words = ADDING[code]
            return _link(ROWS[name], "add", words)
        found = PLACE.match(place)
        if found is None or self.guide is None:
            return None
        name, index = found.groups()
        if name in ROWS and index is not None:
            items = getattr(self.guide, name)
            if int(index) >= len(items):
                return None
            item = items[int(index)]
            return self._row(name, str(item.status if name == "wordings" else item.key))
        return self._of_the_whole(name)

    def of(self, noun: str, key: str) -> Link | None:
        """The page of the row that differs: ``option`` is on the page of its question."""
        if noun == "option":
            noun, key = "question", key.partition(".")[0]
        return self._row(f"{noun}s", key) if f"{noun}s" in ROWS else self._of_the_whole(noun)

    def _row(self, name: str, key: str) -> Link | None:
        model = ROWS[name]
        if name not in self._numbers:
            identity = "status" if name == "wordings" else "key"
            self._numbers[name] = dict(model.objects.values_list(identity, "pk"))
        pk = self._numbers[name].get(key)
        return None if pk is None else _link(model, "change", f"Open {model._meta.verbose_name} {key}", pk)

    def _of_the_whole(self, name: str) -> Link | None:
        if self._draft is None:
            return None
        if name == "source":
            return _link(models.Source, "change", "Open the source", self._draft.source_id)
        return _link(models.Draft, "change", "Open the draft", self._draft.pk)

    @cached_property
    def _draft(self) -> models.Draft | None:
        return models.Draft.objects.first()


def _link(model: type[Any], page: str, words: str, *args: int) -> Link | None:
    """None where the workshop has no such page."""
    try:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)
    except NoReverseMatch:
        return None
    return Link(address, words)
