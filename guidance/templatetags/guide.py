"""What templates need to lay out an explanation."""

from collections.abc import Iterable
from typing import NamedTuple

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from guidance.rules.explanation import Answered, Evidence, Explanation, Finding, Quote, Reason
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
    """An appraisal, the sentences on the page that it is about, and its references with their numbers there."""

    evidence: Evidence
    sentences: tuple[int, ...]
    numbered: tuple[tuple[Reference, int], ...]


class Fold(NamedTuple):
    """The sentences that stay open on a result, and those one tap away."""

    open: tuple[Quote, ...]
    folded: tuple[Quote, ...]


class Cautions(NamedTuple):
    """Cautions on one finding: those not said on the page before, in full, and those said before, one tap away."""

    afresh: tuple[Reason, ...]
    again: tuple[Reason, ...]


@register.filter
def fold(quotes: Iterable[Quote]) -> Fold:
    """The first sentence stays open, and so does every one that turns the meaning."""
    quotes = tuple(quotes)
    kept = tuple(quote for place, quote in enumerate(quotes) if place == 0 or quote.counterweight)
    return Fold(kept, tuple(quote for quote in quotes if quote not in kept))


@register.filter
def own_notes(finding: Finding) -> tuple[Reason, ...]:
    """The notes on this finding alone. One on several is said once for all of them: see `common_notes`."""
    return tuple(reason for reason in finding.notes if len(reason.rule.on) == 1)


@register.filter
def common_notes(explained: Explanation) -> tuple[Reason, ...]:
    """The notes on more than one finding, or on the whole result, each once."""
    several = [reason for finding in explained.findings for reason in finding.notes if len(reason.rule.on) > 1]
    return tuple({reason.rule.key: reason for reason in (*several, *explained.notes)}.values())


@register.filter
def about(explained: Explanation, reason: Reason) -> str:
    """What a common note is about, such as "Magnesium and potassium"; nothing where it is about the whole result."""
    labels = [found.intervention.label for found in explained.findings if found.intervention.key in reason.rule.on]
    return " and ".join([", ".join(labels[:-1]), *labels[-1:]] if len(labels) > 1 else labels)


@register.filter
def said_before(explained: Explanation, finding: Finding) -> frozenset[str]:
    """The cautions that the page has said in full by the time it comes to this finding."""
    before = explained.findings[: explained.findings.index(finding)]
    return frozenset(reason.rule.key for found in before for reason in found.cautions)


@register.filter
def split_by(cautions: Iterable[Reason], said: frozenset[str]) -> Cautions:
    """Cautions that the page says here for the first time, and those it has said before."""
    cautions = tuple(cautions)
    return Cautions(
        tuple(reason for reason in cautions if reason.rule.key not in said),
        tuple(reason for reason in cautions if reason.rule.key in said),
    )


@register.filter
def midway(words: str) -> str:
    """Words that begin with a capital, as they stand in the middle of a sentence."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


@register.filter
def appraised(quotes: Iterable[Quote], sources: Iterable[Reference]) -> list[Appraised]:
    """The appraisals of these sentences, each once."""
    about: dict[str, tuple[Evidence, list[int]]] = {}
    for quote in quotes:
        for evidence in quote.evidence:
            about.setdefault(evidence.appraisal.key, (evidence, []))[1].append(quote.sentence)
    return [
        Appraised(evidence, tuple(sentences), numbered(evidence.references, sources))
        for evidence, sentences in about.values()
    ]


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
def numbered(references: Iterable[Reference], sources: Iterable[Reference]) -> tuple[tuple[Reference, int], ...]:
    """References with the numbers they have in the list of sources at the end of the page."""
    places = [source.key for source in sources]
    return tuple((reference, places.index(reference.key) + 1) for reference in references)


@register.filter
def shape(status: Status) -> str:
    """The shape that says a status without colour."""
    return SHAPES[status]
