"""A guide as bytes: one format for fixture, import, export, release and tests.

The format is JSON in UTF-8, indented by two spaces, fields in the order of `guide`, defaults left out, a newline at the
end. ``dump`` always writes this one form, so a digest names a document.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from guidance.rules.guide import Choice, Criterion, Guide, Kind, Rule

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Keys are lower case words joined by hyphens; they appear in addresses and stay when words change."""

DECODER = msgspec.json.Decoder(Guide)
"""Made here, before anybody can ask for it: while msgspec learns a type for the first time, a second thread that wants
the same type finds it half learned, and the process dies of it."""

KINDS = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
WORDS = {
    "array": "a list",
    "object": "a group of named values",
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "nothing",
}
"""What msgspec calls the kinds of JSON values, in words."""


class GuideError(ValueError):
    """The document is not a guide. ``faults`` names every fault found: where it is, what it is, what would do."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def load(document: bytes) -> Guide:
    """The guide in ``document``. Raises `GuideError` for anything that is not a whole guide with sound references."""
    try:
        guide = DECODER.decode(document)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        place = path.strip("`").removeprefix("$").removeprefix(".") or "document"
        raise GuideError([f"{place}: {KINDS.sub(_in_words, message)}"]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise GuideError([f"document: not JSON in UTF-8: {error}"]) from error
    if faults := tuple(reference_faults(guide)):
        raise GuideError(faults)
    return guide


def _in_words(found: re.Match[str]) -> str:
    wanted, given = (" or ".join(WORDS.get(kind, kind) for kind in kinds.split(" | ")) for kinds in found.groups())
    return f"must be {wanted}, and is {given}"


def dump(guide: Guide) -> bytes:
    """``guide`` in its one canonical form: ``load(dump(guide)) == guide``."""
    # A default is left out only where the value is the default itself, not merely equal: a language read from a file or
    # a row has to be made the same object first. Every other default is one object in all of Python.
    guide = msgspec.structs.replace(guide, language=sys.intern(guide.language))
    return msgspec.json.format(msgspec.json.encode(guide, order="deterministic"), indent=2) + b"\n"


def digest(guide: Guide) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(dump(guide)).hexdigest()


def reference_faults(guide: Guide) -> Iterator[str]:
    """Every key that is doubled or leads nowhere, and every field that does not fit its kind, with its path."""
    options = {f"{question.key}.{option.key}" for question in guide.questions for option in question.options}
    interventions = [intervention.key for intervention in guide.interventions]
    references = [reference.key for reference in guide.references]

    for name, keys in _keyed(guide):
        yield from _keys(name, keys)
    for q, question in enumerate(guide.questions):
        at = f"questions[{q}]"
        yield from _keys(f"{at}.options", [option.key for option in question.options])
        yield from _known(f"{at}.section", [question.section], [section.key for section in guide.sections], "section")
        yield from _criteria(f"{at}.asked", question.asked, options)
        if question.choice is Choice.ONE and any(option.exclusive for option in question.options):
            yield f"{at}.options: only a 'many' question has exclusive options"
    for r, rule in enumerate(guide.rules):
        at = f"rules[{r}]"
        yield from _criteria(f"{at}.criteria", rule.criteria, options)
        yield from _known(f"{at}.on", rule.on, interventions, "intervention")
        yield from _known(f"{at}.references", rule.references, references, "reference")
        yield from _known(f"{at}.outranks", rule.outranks, [other.key for other in guide.rules], "rule")
        yield from _kind(at, rule)
    for a, appraisal in enumerate(guide.appraisals):
        yield from _known(f"appraisals[{a}].references", appraisal.references, references, "reference")
    for s, scope in enumerate(guide.scopes):
        yield from _criteria(f"scopes[{s}].criteria", scope.criteria, options)
    for o, omission in enumerate(guide.omissions):
        yield from _known(f"omissions[{o}].references", omission.references, references, "reference")
    for g, guarantee in enumerate(guide.guarantees):
        yield from _criteria(f"guarantees[{g}].when", guarantee.when, options)
        yield from _known(f"guarantees[{g}].on", guarantee.on, interventions, "intervention")
        if bool(guarantee.never) == bool(guarantee.always):
            yield f"guarantees[{g}]: fill exactly one of 'never' and 'always'"
    for c, case in enumerate(guide.cases):
        yield from _known(f"cases[{c}].expected", case.expected, interventions, "intervention")


def _keyed(guide: Guide) -> Iterator[tuple[str, list[str]]]:
    for name in (
        "sections", "questions", "interventions", "rules", "appraisals", "scopes", "asides", "omissions", "references",
        "guarantees", "cases",
    ):  # fmt: skip
        yield name, [item.key for item in getattr(guide, name)]
    yield "source", [guide.source.key]
    yield "wordings", [str(wording.status) for wording in guide.wordings]


def _keys(at: str, keys: Sequence[str]) -> Iterator[str]:
    for i, key in enumerate(keys):
        if not KEY.fullmatch(key):
            yield f"{at}[{i}].key: {key!r} is not lower case words joined by hyphens"
        if key in keys[:i]:
            yield f"{at}[{i}].key: {key!r} is there twice"


def _known(at: str, keys: Iterable[str], known: Sequence[str], noun: str) -> Iterator[str]:
    found = list(keys)
    for i, key in enumerate(found):
        if key not in known:
            yield f"{at}: no {noun} {key!r}. Known: {', '.join(known) or 'none'}"
        if key in found[:i]:
            yield f"{at}: {key!r} is there twice"


def _criteria(at: str, criteria: Iterable[Criterion], options: set[str]) -> Iterator[str]:
    for i, criterion in enumerate(criteria):
        if bool(criterion.any_of) == bool(criterion.none_of):
            yield f"{at}[{i}]: fill exactly one of 'any_of' and 'none_of'"
        for option in criterion.options:
            if option not in options:
                question = option.partition(".")[0]
                known = [key.partition(".")[2] for key in sorted(options) if key.startswith(f"{question}.")]
                hint = f"Known: {', '.join(known)}" if known else f"No question {question!r} either"
                yield f"{at}[{i}]: no option {option!r}. {hint}"
        if len(set(criterion.options)) != len(criterion.options):
            yield f"{at}[{i}]: an option is there twice"


def _kind(at: str, rule: Rule) -> Iterator[str]:
    verdict, alert = rule.kind is Kind.VERDICT, rule.kind is Kind.ALERT
    if verdict != (rule.verdict is not None):
        yield f"{at}.verdict: a verdict rule has one, no other rule does"
    if alert != (rule.level is not None):
        yield f"{at}.level: an alert has one, no other rule does"
    if verdict and len(rule.on) != 1:
        yield f"{at}.on: a verdict rule is on exactly one intervention"
    if rule.kind is Kind.CAUTION and not rule.on:
        yield f"{at}.on: a caution is on at least one intervention"
    if alert and rule.on:
        yield f"{at}.on: an alert is on the whole result, not on an intervention"
    if rule.outranks and not verdict:
        yield f"{at}.outranks: only verdict rules outrank others"
