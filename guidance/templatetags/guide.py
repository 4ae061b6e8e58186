"""What templates need to lay out an explanation."""

from collections.abc import Iterable
from typing import NamedTuple

from django import template

from guidance.rules.explanation import Evidence, Quote
from guidance.rules.guide import Reference, Status

register = template.Library()

SHAPES = {
    Status.GET_HELP: "octagon",
    Status.ASK_FIRST: "bubble",
    Status.RELEVANT: "tick",
    Status.POSSIBLE: "half",
    Status.MAINTAIN: "drop",
    Status.CANNOT_TELL: "question",
    Status.NOT_SUPPORTED: "cross",
    Status.NOT_INDICATED: "dash",
}


class Appraised(NamedTuple):
    """An appraisal and the sentences on the page that it is about."""

    evidence: Evidence
    sentences: tuple[int, ...]


@register.filter
def appraised(quotes: Iterable[Quote]) -> list[Appraised]:
    """The appraisals of these sentences, each once."""
    about: dict[str, tuple[Evidence, list[int]]] = {}
    for quote in quotes:
        for evidence in quote.evidence:
            about.setdefault(evidence.appraisal.key, (evidence, []))[1].append(quote.sentence)
    return [Appraised(evidence, tuple(sentences)) for evidence, sentences in about.values()]


@register.filter
def place(sources: Iterable[Reference], reference: Reference) -> int:
    """The number a reference has in the list of sources at the end of the page."""
    return [source.key for source in sources].index(reference.key) + 1


@register.filter
def shape(status: Status) -> str:
    """The shape that says a status without colour."""
    return SHAPES[status]
