"""The nouns of a guide: what is asked, what is decided, and on whose word.

Everything here is a frozen value. A ``Guide`` is one whole document; `loading` reads and writes it, and makes sure that
every key in it leads somewhere. Across questions an option is named ``"question.option"``, such as ``"timing.night"``.
"""

import re
from collections.abc import Collection
from datetime import date
from enum import StrEnum
from urllib.parse import quote

from msgspec import Struct

NOT_SURE = "not-sure"
"""The key of the option every question must have: unknown is an answer."""


class Verdict(StrEnum):
    """What the article says of an intervention, strongest first: the order that decides between rules."""

    RELEVANT = "relevant"
    POSSIBLE = "possible"
    CANNOT_TELL = "cannot-tell"
    NOT_SUPPORTED = "not-supported"
    NOT_INDICATED = "not-indicated"
    MAINTAIN = "maintain"


FOR = frozenset({Verdict.RELEVANT, Verdict.POSSIBLE})
AGAINST = frozenset({Verdict.NOT_SUPPORTED, Verdict.NOT_INDICATED})
"""Verdicts that say no. A caution leaves them standing; it turns every other verdict into ``ask-first``."""


class Status(StrEnum):
    """What a visitor is told about an intervention, in the order a result shows them."""

    GET_HELP = "get-help"
    ASK_FIRST = "ask-first"
    RELEVANT = "relevant"
    POSSIBLE = "possible"
    MAINTAIN = "maintain"
    CANNOT_TELL = "cannot-tell"
    NOT_SUPPORTED = "not-supported"
    NOT_INDICATED = "not-indicated"


class Level(StrEnum):
    """How soon an alert asks for help, soonest first."""

    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


GET_HELP = frozenset({Level.EMERGENCY, Level.URGENT})
"""Alerts that end the questions and take the place of every verdict."""


class Kind(StrEnum):
    """What a rule decides."""

    VERDICT = "verdict"
    CAUTION = "caution"
    ALERT = "alert"
    NOTE = "note"


class Choice(StrEnum):
    """How many options of a question may be chosen."""

    ONE = "one"
    MANY = "many"


class Noun(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, cache_hash=True):
    """What all values of a guide share: named fields, no unknown ones, defaults left out when written."""


class Citation(Noun, frozen=True, kw_only=True):
    """One whole sentence of the source, to the letter. Its number is a second witness: both must agree."""

    sentence: int
    quote: str
    counterweight: bool = False
    """True where the sentence speaks against the rule that cites it, and is shown as such."""


WEB = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)


def on_the_web(address: str) -> str:
    """``address`` where it is a whole one on the web, else nothing: no other is made a link."""
    return address if WEB.fullmatch(address) else ""


class Source(Noun, frozen=True, kw_only=True):
    """The article. Its text is kept byte for byte; sentences are numbered from 1, headings left out."""

    key: str
    title: str
    publisher: str = ""
    address: str = ""
    sha256: str
    text: str

    @property
    def link(self) -> str:
        """Where to read it, or nothing."""
        return on_the_web(self.address)


class Reference(Noun, frozen=True, kw_only=True):
    """Where a fact comes from that is not in the article."""

    key: str
    title: str
    publisher: str
    """Journal, society or site, with volume and pages where there is no DOI."""
    year: int | None = None
    doi: str = ""
    address: str = ""

    @property
    def link(self) -> str:
        """Where to read it, or nothing."""
        return f"https://doi.org/{quote(self.doi, safe='/:;()')}" if self.doi else on_the_web(self.address)


class Section(Noun, frozen=True, kw_only=True):
    """A heading over questions that belong together."""

    key: str
    label: str


class Criterion(Noun, frozen=True, kw_only=True):
    """Holds when any of, or none of, these options is chosen. Exactly one of the two is filled.

    The options may belong to several questions. A question that was not asked has no option chosen.
    """

    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        return self.any_of or self.none_of


class Option(Noun, frozen=True, kw_only=True):
    """One answer to a question."""

    key: str
    label: str
    hint: str = ""
    exclusive: bool = False
    """In a ``many`` question: chosen alone or not at all."""
    unknown: bool = False
    """The answer leaves the matter open (not sure, not tested): another answer to this question may settle it."""


class Question(Noun, frozen=True, kw_only=True):
    """One page of the questionnaire, asked when all of ``asked`` hold on the answers before it."""

    key: str
    section: str
    choice: Choice
    label: str
    """The question as put to the visitor: legend and heading of its page."""
    topic: str
    """Two to five words for lists, such as "When the cramps come"."""
    hint: str = ""
    why: str
    citations: tuple[Citation, ...] = ()
    """The article's reason for asking; none where we ask for safety alone."""
    changeable: bool = True
    """False for what nobody can change, such as age or a diagnosis; a visitor is not offered to change it."""
    asked: tuple[Criterion, ...] = ()
    options: tuple[Option, ...]

    def picked(self, answer: str | Collection[str]) -> tuple[Option, ...]:
        """The options that an answer chooses."""
        chosen = (answer,) if isinstance(answer, str) else answer
        return tuple([option for option in self.options if option.key in chosen])

    def every_sign(self, options: Collection[Option]) -> bool:
        """Whether these are all the boxes that can be ticked together."""
        signs = {option.key for option in self.options if not option.exclusive}
        return self.choice is Choice.MANY and signs == {option.key for option in options}


class Intervention(Noun, frozen=True, kw_only=True):
    """Something a visitor may wonder about taking."""

    key: str
    label: str
    text: str
    rationale: str


class Wording(Noun, frozen=True, kw_only=True):
    """How a status is put to visitors."""

    status: Status
    label: str
    text: str


class Rule(Noun, frozen=True, kw_only=True):
    """Holds when all its criteria hold; says what ``kind`` says.

    ``verdict`` — on one intervention, ``verdict`` and ``citations`` filled; from the article.
    ``caution`` — on one or more interventions; not from the article.
    ``alert`` — ``level`` filled, ``heading`` is the action; not from the article.
    ``note`` — on the named interventions, or on the whole result where none is named.
    """

    key: str
    kind: Kind
    on: tuple[str, ...] = ()
    verdict: Verdict | None = None
    level: Level | None = None
    criteria: tuple[Criterion, ...]
    heading: str
    """For visitors: a few words; the action itself in an alert."""
    text: str
    """For visitors: one to three sentences."""
    rationale: str
    """For clinicians: why the rule is as it is, and where it goes beyond its citations."""
    citations: tuple[Citation, ...] = ()
    references: tuple[str, ...] = ()
    own_reasoning: bool = False
    """True where no outside reference stands behind it; the page says so."""
    outranks: tuple[str, ...] = ()
    """Rules of the same intervention that contradict this one and give way to it, acknowledged by name."""
    review_by: date | None = None


class Appraisal(Noun, frozen=True, kw_only=True):
    """How wider evidence stands to sentences of the article. Never from the article."""

    key: str
    citations: tuple[Citation, ...]
    direction: str
    text: str
    references: tuple[str, ...] = ()
    own_reasoning: bool = False


class Scope(Noun, frozen=True, kw_only=True):
    """A limit on sentences: a verdict may cite them only where all these criteria hold, whatever the answers."""

    key: str
    citations: tuple[Citation, ...]
    criteria: tuple[Criterion, ...]
    reason: str


class Aside(Noun, frozen=True, kw_only=True):
    """Sentences that support no verdict, and why. No verdict may cite them."""

    key: str
    citations: tuple[Citation, ...]
    reason: str


class Omission(Noun, frozen=True, kw_only=True):
    """Something the article leaves out that a visitor should know, with its outside reference."""

    key: str
    heading: str
    text: str
    references: tuple[str, ...]


class Guarantee(Noun, frozen=True, kw_only=True):
    """What must be true of every possible answer set for which all of ``when`` hold. Either ``never`` or ``always``."""

    key: str
    text: str
    when: tuple[Criterion, ...]
    on: tuple[str, ...]
    never: tuple[Status, ...] = ()
    always: Status | None = None


class Case(Noun, frozen=True, kw_only=True):
    """A whole set of answers, the status each intervention must have for it, and the rules that hold."""

    key: str
    title: str
    answers: dict[str, str | tuple[str, ...]]
    expected: dict[str, Status]
    alert: Level | None = None
    """The level of the soonest alert; None where the case does not say."""
    rules: tuple[str, ...] | None = None
    """Every rule that holds on these answers, outranked or not, in any order; None where the case does not say. One
    that does not hold, or is not in the guide, makes the case fail; one that holds and is not named is a warning."""


class Guide(Noun, frozen=True, kw_only=True, weakref=True):
    """One whole document: everything a visitor or a clinician is told comes from here."""

    title: str
    language: str = "en"
    source: Source
    sections: tuple[Section, ...]
    questions: tuple[Question, ...]
    interventions: tuple[Intervention, ...]
    wordings: tuple[Wording, ...]
    rules: tuple[Rule, ...]
    appraisals: tuple[Appraisal, ...] = ()
    scopes: tuple[Scope, ...] = ()
    asides: tuple[Aside, ...] = ()
    omissions: tuple[Omission, ...] = ()
    references: tuple[Reference, ...] = ()
    guarantees: tuple[Guarantee, ...] = ()
    cases: tuple[Case, ...] = ()

    def wording(self, status: Status) -> Wording:
        """How a status is put to visitors; by its name where the guide has no words for it."""
        for wording in self.wordings:
            if wording.status is status:
                return wording
        return Wording(status=status, label=status.value, text="")


Answers = dict[str, str | list[str] | tuple[str, ...]]
"""A visitor's answers: an option key for a ``one`` question, a list of them for a ``many`` question."""
