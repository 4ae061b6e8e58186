"""Problems that are found by reading a guide: its quotes, its texts, its references, and how it asks."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from guidance.rules import masks, quotes
from guidance.rules.answer_space import quiet
from guidance.rules.guide import (
    GET_HELP,
    NOT_SURE,
    Appraisal,
    Aside,
    Choice,
    Citation,
    Guide,
    Kind,
    Question,
    Rule,
    Scope,
    Status,
    on_the_web,
)
from guidance.rules.problem import Problem, error, listed, warning

ALIKE = 0.6
"""From this likeness on a quote counts as an altered sentence, below it as one that is not there."""

MOST_QUESTIONS = 9

NUMBER = (
    r"(?:\d[\d.,]*|half an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty"
    r"|thirty|forty|fifty|(?:a )?hundred|(?:a )?thousand)"
)
MASS = (
    r"(?:mg|mcg|µg|μg|ug|mmol|meq|iu|milligrams?|milligrammes?|micrograms?|microgrammes?|millimoles?"
    r"|international units?)"
)
AMOUNT = (
    r"(?:g|gr|grams?|grammes?|kg|kilograms?|kilogrammes?|l|dl|cl|ml|litres?|liters?|millilitres?|milliliters?|centilitres?"
    r"|fl\.? ?oz|oz|ounces?|pints?|cups?|glass(?:es)?|mugs?|bottles?|teaspoons?|tablespoons?|tsp|tbsp|spoonfuls?"
    r"|scoops?|sachets?|tablets?|pills?|capsules?|drops?|lozenges?|doses?|units?)"
)
DOSE = re.compile(
    rf"(?:(?<![\w.,]){NUMBER}\s*)?(?<![a-z]){MASS}(?![a-z])"
    rf"|(?<![\w.,]){NUMBER}(?:\s*(?:to|or|-|–|—)\s*{NUMBER})?[\s-]*"
    rf"(?:(?:more|extra|large|small|big|full|level|heaped|whole)\s+)?{AMOUNT}(?![a-z])"
    rf"|\ban?\s+(?:extra\s+)?(?:litre|liter|pint|gram|gramme|teaspoon|tablespoon|spoonful|sachet)(?![a-z])"
    rf"|(?:\bonce|\btwice|(?<![\w.,]){NUMBER}\s+times)\s+(?:a|per|each|every)\s+day\b"
    rf"|(?:\bonce|\btwice|(?<![\w.,]){NUMBER}\s+times)\s+daily\b"
)
QUININE = re.compile(r"quinin|chinin|qualaquin|tonic\s+water")
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


class Text(NamedTuple):
    """A piece of writing in the guide that is not the article's."""

    place: str
    field: str
    text: str
    required: bool


def problems(guide: Guide, today: date) -> Iterator[Problem]:
    """Everything that reading the guide shows, and no search is needed for."""
    yield from words(guide)
    yield from _references(guide)
    for place, rule in rules(guide):
        yield from _rule(place, rule, today)
    for place, question in questions(guide):
        yield from _question(place, question)
    yield from _order(guide)
    yield from _unread(guide)
    yield from _mixed(guide)
    yield from _many_questions(guide)


def words(guide: Guide) -> Iterator[Problem]:
    """What is wrong with the words alone, whatever the keys lead to."""
    yield from _source(guide)
    yield from _addresses(guide)
    yield from _quotes(guide)
    yield from _coverage(guide)
    yield from _asides(guide)
    yield from _texts(guide)
    yield from _wordings(guide)


def rules(guide: Guide) -> Iterator[tuple[str, Rule]]:
    """The rules with their places."""
    return ((f"rules[{r}] {rule.key}", rule) for r, rule in enumerate(guide.rules))


def questions(guide: Guide) -> Iterator[tuple[str, Question]]:
    """The questions with their places."""
    return ((f"questions[{q}] {question.key}", question) for q, question in enumerate(guide.questions))


def citations(guide: Guide) -> Iterator[tuple[str, Citation]]:
    """Every citation in the guide with its place."""
    cited: tuple[tuple[str, Sequence[Question | Rule | Appraisal | Scope | Aside]], ...] = (
        ("questions", guide.questions),
        ("rules", guide.rules),
        ("appraisals", guide.appraisals),
        ("scopes", guide.scopes),
        ("asides", guide.asides),
    )
    for noun, owners in cited:
        for o, owner in enumerate(owners):
            for c, citation in enumerate(owner.citations):
                yield f"{noun}[{o}].citations[{c}] {owner.key}", citation


def texts(guide: Guide) -> Iterator[Text]:
    """Every piece of writing that is ours, in the order of the document."""

    def of(place: str, noun: object, required: str, optional: str = "") -> Iterator[Text]:
        for field in required.split():
            yield Text(place, field, getattr(noun, field), True)
        for field in optional.split():
            yield Text(place, field, getattr(noun, field), False)

    yield Text("title", "title", guide.title, True)
    yield from of(f"source {guide.source.key}", guide.source, "title", "publisher")
    for s, section in enumerate(guide.sections):
        yield from of(f"sections[{s}] {section.key}", section, "label")
    for q, question in enumerate(guide.questions):
        yield from of(f"questions[{q}] {question.key}", question, "label topic why", "hint")
        for o, option in enumerate(question.options):
            yield from of(f"questions[{q}].options[{o}] {question.key}.{option.key}", option, "label", "hint")
    for i, intervention in enumerate(guide.interventions):
        yield from of(f"interventions[{i}] {intervention.key}", intervention, "label text rationale")
    for w, wording in enumerate(guide.wordings):
        yield from of(f"wordings[{w}] {wording.status}", wording, "label text")
    for r, rule in enumerate(guide.rules):
        yield from of(f"rules[{r}] {rule.key}", rule, "heading text rationale")
    for a, appraisal in enumerate(guide.appraisals):
        yield from of(f"appraisals[{a}] {appraisal.key}", appraisal, "direction text")
    for s, scope in enumerate(guide.scopes):
        yield from of(f"scopes[{s}] {scope.key}", scope, "reason")
    for a, aside in enumerate(guide.asides):
        yield from of(f"asides[{a}] {aside.key}", aside, "reason")
    for o, omission in enumerate(guide.omissions):
        yield from of(f"omissions[{o}] {omission.key}", omission, "heading text")
    for r, reference in enumerate(guide.references):
        yield from of(f"references[{r}] {reference.key}", reference, "title publisher")
    for g, guarantee in enumerate(guide.guarantees):
        yield from of(f"guarantees[{g}] {guarantee.key}", guarantee, "text")
    for c, case in enumerate(guide.cases):
        yield from of(f"cases[{c}] {case.key}", case, "title")


def dose(text: str) -> str:
    """The first words of ``text`` that name a dose or a volume, or nothing."""
    found = DOSE.search(_plain(text))
    return found.group().strip() if found else ""


def quinine(text: str) -> str:
    """The first words of ``text`` that name quinine or what holds it, or nothing."""
    found = QUININE.search(_plain(text))
    return found.group() if found else ""


def _plain(text: str) -> str:
    return UNSEEN.sub("", unicodedata.normalize("NFKC", text)).lower()


def _source(guide: Guide) -> Iterator[Problem]:
    source = guide.source
    actual = hashlib.sha256(source.text.encode()).hexdigest()
    if actual != source.sha256:
        yield error(
            "source-altered",
            f"source {source.key}",
            f"The article's text has the SHA-256 {actual}, not {source.sha256 or 'one'} as stated.",
            "Put the article back as it was. A new version of it is a new source.",
        )
    if not quotes.sentences(source.text):
        yield error(
            "source-empty",
            f"source {source.key}",
            "The article has no sentence.",
            "Give the whole text of the article.",
        )


def _addresses(guide: Guide) -> Iterator[Problem]:
    given = [(f"source {guide.source.key}", guide.source.address)]
    given += [(f"references[{r}] {reference.key}", reference.address) for r, reference in enumerate(guide.references)]
    for place, address in given:
        if address and not on_the_web(address):
            yield error(
                "no-address",
                place,
                f"“{address}” is no address on the web.",
                "Write the whole of it, beginning with https://, or leave it empty.",
            )


def _quotes(guide: Guide) -> Iterator[Problem]:
    text = guide.source.text
    known = {sentence.number: sentence for sentence in quotes.sentences(text)}
    places: dict[str, quotes.Span | quotes.Missing | quotes.Ambiguous] = {}
    for place, citation in citations(guide):
        quote = citation.quote
        if quote not in places:
            places[quote] = quotes.locate(text, quote)
        found = places[quote]
        stated = f"sentence {citation.sentence}"
        if isinstance(found, quotes.Missing):
            yield _missing_quote(place, citation, found)
        elif isinstance(found, quotes.Ambiguous):
            yield error(
                "quote-ambiguous",
                place,
                f"The quote “{quote}” stands in {len(found.starts)} places of the article.",
                "Quote one whole sentence that stands there once.",
            )
        elif found.sentence is None:
            within = [s.number for s in known.values() if s.start < found.end and found.start < s.end]
            part = f"it touches sentence {listed(within)}" if within else "it touches no sentence"
            yield error(
                "quote-partial",
                place,
                f"The quote “{quote}” is not one whole sentence: {part}.",
                "Quote the whole sentence, from its first letter to its full stop.",
            )
        elif found.sentence != citation.sentence:
            yield error(
                "quote-elsewhere",
                place,
                f"The quote is sentence {found.sentence} of the article, and the citation names {stated}.",
                f"Cite sentence {found.sentence}"
                + (f", or quote {stated}: “{known[citation.sentence].text}”" if citation.sentence in known else "."),
            )


def _missing_quote(place: str, citation: Citation, found: quotes.Missing) -> Problem:
    nearest, at = found
    like = difflib.SequenceMatcher(None, nearest.text, citation.quote).ratio() if nearest else 0.0
    if nearest is None or like < ALIKE:
        return error(
            "quote-missing",
            place,
            f"The quote “{citation.quote}” stands nowhere in the article.",
            "Quote a sentence of the article to the letter.",
        )
    return error(
        "quote-altered",
        place,
        f"The quote is not sentence {nearest.number} to the letter: after “{nearest.text[:at][-30:]}” the article goes "
        f"on “{nearest.text[at:][:20]}”, the quote “{citation.quote[at:][:20]}”.",
        f"Quote sentence {nearest.number} to the letter: “{nearest.text}”",
    )


def _coverage(guide: Guide) -> Iterator[Problem]:
    spoken = {citation.sentence for _, citation in citations(guide)}
    for sentence in quotes.sentences(guide.source.text):
        if sentence.number not in spoken:
            yield warning(
                "uncited-sentence",
                f"source {guide.source.key} s{sentence.number}",
                f"Sentence {sentence.number} is not cited, not appraised and not set aside: “{sentence.text}”",
                "Cite it, or set it aside with a reason.",
            )


def _asides(guide: Guide) -> Iterator[Problem]:
    aside = {citation.sentence: owner.key for owner in guide.asides for citation in owner.citations}
    for r, rule in enumerate(guide.rules):
        for c, citation in enumerate(rule.citations):
            if rule.kind is Kind.VERDICT and citation.sentence in aside:
                yield error(
                    "aside-cited",
                    f"rules[{r}].citations[{c}] {rule.key}",
                    f"The verdict cites sentence {citation.sentence}, which '{aside[citation.sentence]}' sets aside.",
                    "Cite another sentence, or no longer set this one aside.",
                )


def _texts(guide: Guide) -> Iterator[Problem]:
    for place, field, text, required in texts(guide):
        if required and not _plain(text).strip():
            yield error("missing-text", place, f"The {field} is empty.", f"Write the {field}.")
        yield from _forbidden(place, f"The {field}", text)
    for place, citation in citations(guide):
        yield from _forbidden(place, "The quote", citation.quote)


def _forbidden(place: str, subject: str, text: str) -> Iterator[Problem]:
    if named := dose(text):
        yield error(
            "dose",
            place,
            f"{subject} names a dose or a volume: “{named}”.",
            "Say it without an amount. No page shows a dose.",
        )
    if named := quinine(text):
        yield error("quinine", place, f"{subject} names “{named}”.", "Leave it out. No page suggests quinine.")


def _wordings(guide: Guide) -> Iterator[Problem]:
    worded = {wording.status for wording in guide.wordings}
    for status in Status:
        if status not in worded:
            yield error(
                "wording-missing",
                "wordings",
                f"There are no words for the status '{status}'.",
                "Add a label and a text for it.",
            )


def _references(guide: Guide) -> Iterator[Problem]:
    used = {key for rule in guide.rules for key in rule.references}
    used |= {key for appraisal in guide.appraisals for key in appraisal.references}
    used |= {key for omission in guide.omissions for key in omission.references}
    for r, reference in enumerate(guide.references):
        if reference.key not in used:
            yield warning(
                "unused-reference",
                f"references[{r}] {reference.key}",
                "Nothing in the guide rests on this reference.",
                "Name it where it belongs, or remove it.",
            )
    for a, appraisal in enumerate(guide.appraisals):
        if not appraisal.references and not appraisal.own_reasoning:
            yield _unreferenced(f"appraisals[{a}] {appraisal.key}", "appraisal")
        if not appraisal.citations:
            yield error(
                "appraisal-of-nothing",
                f"appraisals[{a}] {appraisal.key}",
                "The appraisal names no sentence.",
                "Cite the sentences it is about.",
            )
    for o, omission in enumerate(guide.omissions):
        if not omission.references:
            yield _unreferenced(f"omissions[{o}] {omission.key}", "omission")


def _unreferenced(place: str, noun: str) -> Problem:
    return error(
        "missing-reference",
        place,
        f"The {noun} names no reference, and is not marked as own reasoning.",
        "Name the reference it rests on, or say that it is own reasoning where that is possible.",
    )


def _rule(place: str, rule: Rule, today: date) -> Iterator[Problem]:
    if rule.kind is Kind.VERDICT:
        if not any(not citation.counterweight for citation in rule.citations):
            yield error(
                "verdict-without-citation",
                place,
                "The verdict cites no sentence of the article that speaks for it.",
                "Cite at least one sentence that is not a counterweight.",
            )
    elif not rule.references and not rule.own_reasoning and not (rule.kind is Kind.NOTE and rule.citations):
        yield _unreferenced(place, rule.kind)
    if rule.citations and rule.kind in {Kind.CAUTION, Kind.ALERT}:
        yield error(
            "article-cited",
            place,
            f"The {rule.kind} cites the article. Cautions and alerts are never from the article.",
            "Remove the citations and name an outside reference.",
        )
    if not rule.criteria and rule.kind is not Kind.NOTE:
        yield error(
            "rule-without-criteria",
            place,
            f"The {rule.kind} has no criterion, so it holds whatever is answered.",
            "Say when it holds.",
        )
    cited = [citation.sentence for citation in rule.citations]
    if twice := sorted({sentence for sentence in cited if cited.count(sentence) > 1}):
        yield warning("named-twice", place, f"The rule cites sentence {listed(twice)} twice.", "Cite it once.")
    if rule.review_by and rule.review_by < today:
        yield warning(
            "review-overdue",
            place,
            f"The rule was to be reviewed by {rule.review_by.isoformat()}.",
            "Review it and set a new date.",
        )


def _question(place: str, question: Question) -> Iterator[Problem]:
    options = {option.key: option for option in question.options}
    unsure = options.get(NOT_SURE)
    if unsure is None:
        yield error(
            "not-sure-missing",
            place,
            "The question has no option 'not-sure'. Unknown is an answer.",
            "Add the option 'not-sure' as the last one.",
        )
    else:
        if question.options[-1] is not unsure:
            yield error(
                "not-sure-not-last",
                place,
                "The option 'not-sure' does not come last.",
                "Move it to the end of the options.",
            )
        if not unsure.unknown:
            yield warning(
                "not-sure-not-open",
                place,
                "The option 'not-sure' is not marked as leaving the matter open.",
                "Mark it, so that a result can say what would settle it.",
            )
        if len(options) == 1:
            yield error(
                "question-without-choice",
                place,
                "'not-sure' is the only answer to the question.",
                "Add the answers a visitor may give.",
            )
    if question.choice is Choice.MANY:
        for key in (NOT_SURE, "none"):
            if key in options and not options[key].exclusive:
                yield error(
                    "option-not-alone",
                    place,
                    f"The option '{key}' can be ticked together with others, which contradicts it.",
                    "Mark it as exclusive.",
                )
        if len(options) > 1 and all(option.exclusive for option in question.options):
            yield error(
                "all-options-alone",
                place,
                "Several options may be ticked, and yet each stands alone.",
                "Make it a question with one answer, or mark fewer options as exclusive.",
            )


def _order(guide: Guide) -> Iterator[Problem]:
    """Questions that wait for each other, or for one that comes later."""
    order = {question.key: place for place, question in enumerate(guide.questions)}
    waits = {question.key: masks.read_by(question.asked) for question in guide.questions}
    for place, question in questions(guide):
        if question.key in _reached(question.key, waits):
            loop = [
                key for key in order if key in _reached(question.key, waits) and question.key in _reached(key, waits)
            ]
            what = "itself" if loop == [question.key] else f"{listed(loop)}, which wait for each other"
            yield error(
                "asked-loop",
                place,
                f"Whether the question is asked hangs on {what}.",
                "Let it hang on questions that come before it.",
            )
            continue
        later = [key for key in order if key in waits[question.key] and order[key] > order[question.key]]
        if later:
            yield error(
                "asked-later",
                place,
                f"Whether the question is asked hangs on {listed(later)}, asked after it.",
                "Move the question behind, or let it hang on questions that come before it.",
            )


def _reached(start: str, waits: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = list(waits[start])
    while ahead:
        key = ahead.pop()
        if key not in reached:
            reached.add(key)
            ahead.extend(waits[key])
    return reached


def late_signs(guide: Guide) -> Iterator[tuple[str, tuple[Question, tuple[str, ...]]]]:
    """Questions a get-help alert reads that come too late: each with its place and the questions it should come before.

    One that is always asked comes before every question a verdict rule reads. One that is asked on a condition follows
    the last question of that condition, with nothing between them but other questions that get-help alerts read.
    """
    order = [question.key for question in guide.questions]
    signs = masks.read_by(c for rule in guide.rules if rule.level in GET_HELP for c in rule.criteria)
    decisive = masks.read_by(c for rule in guide.rules if rule.kind is Kind.VERDICT for c in rule.criteria)
    for q, (place, question) in enumerate(questions(guide)):
        if question.key in signs:
            if question.asked:
                last = max((order.index(key) for key in masks.read_by(question.asked)), default=-1)
                early = tuple(key for key in order[last + 1 : q] if key not in signs)
            else:
                early = tuple(key for key in order[:q] if key in decisive)
            if early:
                yield place, (question, early)


def _unread(guide: Guide) -> Iterator[Problem]:
    """Options without any effect. The quiet option of a question needs none, nor does one that says nothing applies."""
    read = {name for rule in guide.rules for criterion in rule.criteria for name in criterion.options}
    read |= {name for question in guide.questions for criterion in question.asked for name in criterion.options}
    for q, question in enumerate(guide.questions):
        ordinary = question.choice is Choice.ONE and question.options
        calm = quiet([option.key for option in question.options]) if ordinary else ""
        for o, option in enumerate(question.options):
            nothing = option.key == calm or (option.exclusive and not option.unknown)
            if f"{question.key}.{option.key}" not in read and not nothing:
                yield warning(
                    "unread-option",
                    f"questions[{q}].options[{o}] {question.key}.{option.key}",
                    f"No rule reads the option '{question.key}.{option.key}': choosing it changes nothing.",
                    "Let a rule read it, or remove it.",
                )


def _mixed(guide: Guide) -> Iterator[Problem]:
    """Criteria that hold with a box ticked and with "none" of them: one of the two is hardly meant."""
    boxes = [question for question in guide.questions if question.choice is Choice.MANY]
    for r, rule in enumerate(guide.rules):
        for k, criterion in enumerate(rule.criteria):
            for question in boxes:
                named = [o for o in question.options if f"{question.key}.{o.key}" in criterion.any_of]
                nothing = [option.key for option in named if option.exclusive and not option.unknown]
                if nothing and any(not option.exclusive for option in named):
                    yield warning(
                        "none-among-others",
                        f"rules[{r}].criteria[{k}] {rule.key}",
                        f"The criterion holds where boxes of '{question.key}' are ticked, and where "
                        f"'{nothing[0]}' says that none applies.",
                        f"Leave out '{question.key}.{nothing[0]}', or the boxes.",
                    )


def _many_questions(guide: Guide) -> Iterator[Problem]:
    """Questions that an intervention's verdict rules read. Cautions and alerts, for safety, do not count."""
    for i, intervention in enumerate(guide.interventions):
        on = [rule for rule in guide.rules if rule.kind is Kind.VERDICT and intervention.key in rule.on]
        read = _in_order(guide, masks.read_by(criterion for rule in on for criterion in rule.criteria))
        if len(read) > MOST_QUESTIONS:
            yield warning(
                "many-questions",
                f"interventions[{i}] {intervention.key}",
                f"{len(read)} questions decide the verdict on {intervention.key}, more than {MOST_QUESTIONS}: "
                f"{listed(read)}.",
                "Decide it on fewer questions, so that a clinician can follow it.",
            )


def _in_order(guide: Guide, keys: Iterable[str]) -> list[str]:
    wanted = set(keys)
    return [question.key for question in guide.questions if question.key in wanted]
