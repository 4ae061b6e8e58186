"""What a guide makes of each sentence of its article: who cites it, how it is appraised, or why it is set aside."""

from typing import NamedTuple

from guidance.rules import explanation, quotes
from guidance.rules.explanation import Evidence
from guidance.rules.guide import Aside, Citation, Guide, Kind, Question, Reference, Rule, Scope
from guidance.rules.quotes import Sentence


class Cited(NamedTuple):
    """A rule and how it cites the sentence."""

    rule: Rule
    counterweight: bool


class Covered(NamedTuple):
    """One sentence and everything in the guide that leads to it."""

    sentence: Sentence
    verdicts: tuple[Cited, ...]
    notes: tuple[Cited, ...]
    questions: tuple[Question, ...]
    evidence: tuple[Evidence, ...]
    scopes: tuple[Scope, ...]
    aside: Aside | None

    @property
    def uncovered(self) -> bool:
        """Nothing cites it, appraises it or says why it is left out."""
        return not (self.verdicts or self.notes or self.questions or self.evidence or self.aside)


class Coverage(NamedTuple):
    """Every sentence of the article, in reading order."""

    sentences: tuple[Covered, ...]

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every reference behind an appraisal, as often as it is one."""
        evidence = (one for covered in self.sentences for one in covered.evidence)
        return tuple(reference for one in evidence for reference in one.references)

    @property
    def by_verdicts(self) -> int:
        return sum(bool(covered.verdicts) for covered in self.sentences)

    @property
    def by_others_alone(self) -> int:
        """Cited by a note or a question, and by no verdict."""
        return sum(bool(covered.notes or covered.questions) and not covered.verdicts for covered in self.sentences)

    @property
    def appraised(self) -> int:
        return sum(bool(covered.evidence) for covered in self.sentences)

    @property
    def set_aside(self) -> int:
        return sum(covered.aside is not None for covered in self.sentences)

    @property
    def uncovered(self) -> int:
        return sum(covered.uncovered for covered in self.sentences)


class Passage(NamedTuple):
    """The paragraph a sentence stands in, and the heading above it."""

    heading: str
    sentences: tuple[Sentence, ...]


def of(guide: Guide) -> Coverage:
    """The coverage of the article by this guide."""
    return Coverage(tuple(_covered(guide, sentence) for sentence in quotes.sentences(guide.source.text)))


def passage(guide: Guide, number: int) -> Passage:
    """Where a sentence stands. Raises `KeyError` where the article has no sentence of that number."""
    heading = ""
    for block in quotes.blocks(guide.source.text):
        heading = block.heading or heading
        if any(sentence.number == number for sentence in block.sentences):
            return Passage(heading, block.sentences)
    raise KeyError(number)


def scopes(guide: Guide, citations: tuple[Citation, ...]) -> tuple[Scope, ...]:
    """The scopes that limit any of these sentences."""
    cited = {citation.sentence for citation in citations}
    return tuple(scope for scope in guide.scopes if cited & {citation.sentence for citation in scope.citations})


def _covered(guide: Guide, sentence: Sentence) -> Covered:
    def cites(citations: tuple[Citation, ...]) -> bool:
        return any(citation.sentence == sentence.number for citation in citations)

    def cited(kind: Kind) -> tuple[Cited, ...]:
        return tuple(
            Cited(rule, citation.counterweight)
            for rule in guide.rules
            if rule.kind is kind
            for citation in rule.citations
            if citation.sentence == sentence.number
        )

    return Covered(
        sentence=sentence,
        verdicts=cited(Kind.VERDICT),
        notes=cited(Kind.NOTE),
        questions=tuple(question for question in guide.questions if cites(question.citations)),
        evidence=explanation.evidence(guide, sentence.number),
        scopes=tuple(scope for scope in guide.scopes if cites(scope.citations)),
        aside=next((aside for aside in guide.asides if cites(aside.citations)), None),
    )
