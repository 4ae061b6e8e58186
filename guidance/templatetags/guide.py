"""What templates need to lay out an explanation."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guidance.rules.account import Account
from guidance.rules.explanation import Answered, Evidence, Explanation, Finding, Quote, Reason
from guidance.rules.guide import Intervention, Reference, Status, Wording

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


Sources = Mapping[Reference, int]
"""The outside references of a page, in the order it comes to them, with their numbers."""


class Appraised(NamedTuple):
    """An appraisal, the sentences on the page that it is about, and its references with their numbers there."""

    evidence: Evidence
    sentences: tuple[int, ...]
    numbered: tuple[tuple[Reference, int], ...]


class Fold(NamedTuple):
    """The sentences that stay open on a result, and those one tap away."""

    open: tuple[Quote, ...]
    folded: tuple[Quote, ...]


class Told(NamedTuple):
    """An intervention on the overview of a result."""

    intervention: Intervention
    status: Status
    wording: Wording


class Said(NamedTuple):
    """A caution or a note as a page says it."""

    reason: Reason
    about: str
    """What it is about, such as "Magnesium and potassium"; nothing where that shows from its place."""
    numbered: tuple[tuple[Reference, int], ...]
    research: tuple[Appraised, ...]


class Turn(NamedTuple):
    """A finding when it is its turn on the page."""

    finding: Finding
    afresh: tuple[Said, ...]
    """Its cautions that the page has not said before: in full."""
    again: tuple[Said, ...]
    """Those it has said on a finding before: one tap away."""
    notes: tuple[Said, ...]
    """The notes on it alone. One on several is said once for all of them: see `common_notes`."""
    research: tuple[Appraised, ...]


def outside(said: Reason | Account) -> Iterator[Reference]:
    """What something said rests on outside the article: its own references, and those that appraise its sentences."""
    yield from said.references
    for quote in said.quotes:
        for evidence in quote.evidence:
            yield from evidence.references


def in_order(references: Iterable[Reference]) -> Sources:
    """Number these as they come, each once."""
    return {reference: number for number, reference in enumerate(dict.fromkeys(references), start=1)}


@register.filter
def fold(quotes: Iterable[Quote]) -> Fold:
    """The first sentence stays open, and so does every one that turns the meaning."""
    quotes = tuple(quotes)
    kept = tuple(quote for place, quote in enumerate(quotes) if place == 0 or quote.counterweight)
    return Fold(kept, tuple(quote for quote in quotes if quote not in kept))


@register.filter
def overview(explained: Explanation) -> list[Told]:
    """Each intervention and what it is told."""
    return [Told(found.intervention, found.status, found.wording) for found in explained.findings]


@register.filter
def in_turn(explained: Explanation, sources: Sources) -> Iterator[Turn]:
    """The findings, each with what the page says of it when its turn comes."""
    before: set[str] = set()
    for found in explained.findings:
        yield Turn(
            finding=found,
            afresh=tuple([_said(reason, sources) for reason in found.cautions if reason.rule.key not in before]),
            again=tuple([_said(reason, sources) for reason in found.cautions if reason.rule.key in before]),
            notes=tuple([_said(reason, sources) for reason in found.notes if len(reason.rule.on) == 1]),
            research=appraised(found.quotes, sources),
        )
        before.update(reason.rule.key for reason in found.cautions)


@register.filter
def common_notes(explained: Explanation, sources: Sources) -> list[Said]:
    """The notes on more than one finding, or on the whole result, each once."""
    several = [reason for found in explained.findings for reason in found.notes if len(reason.rule.on) > 1]
    notes = {reason.rule.key: reason for reason in (*several, *explained.notes)}.values()
    return [_said(reason, sources, _about(explained, reason)) for reason in notes]


def _about(explained: Explanation, reason: Reason) -> str:
    labels = [found.intervention.label for found in explained.findings if found.intervention.key in reason.rule.on]
    return " and ".join([", ".join(labels[:-1]), *labels[-1:]] if len(labels) > 1 else labels)


def _said(reason: Reason, sources: Sources, about: str = "") -> Said:
    return Said(reason, about, numbered(reason.references, sources), appraised(reason.quotes, sources))


@register.filter
def midway(words: str) -> str:
    """Words that begin with a capital, as they stand in the middle of a sentence."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


@register.filter
def appraised(quotes: Iterable[Quote], sources: Sources) -> tuple[Appraised, ...]:
    """The appraisals of these sentences, each once."""
    about: dict[str, tuple[Evidence, list[int]]] = {}
    for quote in quotes:
        for evidence in quote.evidence:
            about.setdefault(evidence.appraisal.key, (evidence, []))[1].append(quote.sentence)
    return tuple(
        Appraised(evidence, tuple(sentences), numbered(evidence.references, sources))
        for evidence, sentences in about.values()
    )


@register.filter
def named(because: Iterable[Answered]) -> SafeString:
    """Answers as a sentence names them: “Yes” (how they sleep), and “zinc” and “iron” (what they take)."""
    return _listed(
        format_html(
            '{} <span class="topic">({})</span>',
            _listed(format_html("<strong>“{}”</strong>", option.label) for option in options),
            midway(question.topic),
        )
        for question, options in because
    )


def _listed(words: Iterable[SafeString]) -> SafeString:
    *others, last = words
    return format_html("{} and {}", SafeString(", ".join(others)), last) if others else last


@register.filter
def numbered(references: Iterable[Reference], sources: Sources) -> tuple[tuple[Reference, int], ...]:
    """References with the numbers they have in the list of sources at the end of the page."""
    return tuple([(reference, sources[reference]) for reference in references])


@register.filter
def shape(status: Status) -> str:
    """The shape that says a status without colour."""
    return SHAPES[status]
