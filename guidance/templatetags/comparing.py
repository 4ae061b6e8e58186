"""What templates need to set two documents side by side."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from django import template

from guidance.rules.comparison import Difference

register = template.Library()

ALIKE = 0.4
"""Texts with less in common than this are shown plain: marks would join what does not belong together."""


class Piece(NamedTuple):
    """Some words of a text, and whether the other text has others in their place."""

    words: str
    other: bool


class Side(NamedTuple):
    """What differs in one row of the document."""

    noun: str
    key: str
    differences: list[Difference]


@register.filter
def together(differences: Iterable[Difference]) -> list[Side]:
    """The differences of each rule, question and so on under its name, in their order."""
    return [Side(*name, list(found)) for name, found in groupby(differences, key=lambda d: (d.noun, d.key))]


@register.filter
def before(difference: Difference) -> list[Piece]:
    return list(_pieces(difference.was, difference.now))


@register.filter
def after(difference: Difference) -> list[Piece]:
    return list(_pieces(difference.now, difference.was))


def _pieces(text: str, other: str) -> Iterator[Piece]:
    ours, theirs = text.split(), other.split()
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.ratio() < ALIKE:
        yield Piece(text, False)
        return
    at = 0
    for start, _, size in matcher.get_matching_blocks():
        if start > at:
            yield Piece(" ".join(ours[at:start]), True)
        if size:
            yield Piece(" ".join(ours[start : start + size]), False)
        at = start + size
