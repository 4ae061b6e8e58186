"""A document on the bench, before it is published: what is wrong with it, what is proved of it, what it would change.

Proofs may take long, so what they came to is kept by the digest of the document; what was not finished in its time is
kept only for as long as it takes to look at it.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple, TypeVar

import msgspec
from django.core.cache import cache
from django.db import transaction

from guidance import drafts, releases
from guidance.models import Proposal, Release
from guidance.releases import Live, Person, Refused
from guidance.rules import comparison, loading, verification
from guidance.rules.comparison import Difference, Effect
from guidance.rules.guide import Guide
from guidance.rules.problem import ERROR, WARNING, Problem
from guidance.rules.verification import CaseResult, Proof, Standing

SECONDS = 15.0
"""What the proofs of one kind may take while somebody waits for the page."""

KEPT = 60 * 60
KEPT_UNFINISHED = 60

Found = TypeVar("Found")


class Opened(NamedTuple):
    """A sound document and its guide."""

    document: bytes
    digest: str
    guide: Guide


class Report(NamedTuple):
    """Everything that was checked in a document."""

    problems: tuple[Problem, ...]
    proofs: tuple[Proof, ...]
    cases: tuple[CaseResult, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == WARNING)

    @property
    def holding(self) -> tuple[CaseResult, ...]:
        return tuple(result for result in self.cases if result.held)

    @property
    def failing(self) -> tuple[CaseResult, ...]:
        return tuple(result for result in self.cases if not result.held)

    @property
    def proven(self) -> tuple[Proof, ...]:
        return tuple(proof for proof in self.proofs if proof.standing is Standing.PROVED)

    @property
    def unproved(self) -> tuple[Proof, ...]:
        """Broken, or not decided in its time."""
        return tuple(proof for proof in self.proofs if proof.standing is not Standing.PROVED)

    @property
    def finished(self) -> bool:
        open_proofs = any(proof.standing is Standing.NOT_PROVED for proof in self.proofs)
        return not open_proofs and all(problem.code != "not-proved" for problem in self.problems)


class Change(NamedTuple):
    """What publishing a document would change: in its words, and in what visitors are told."""

    differences: tuple[Difference, ...]
    effects: dict[str, Effect]
    """By intervention."""

    @property
    def finished(self) -> bool:
        return all(effect.finished for effect in self.effects.values())


class Changed(Refused):
    """The draft is no longer the one that was looked at."""

    def __init__(self) -> None:
        super().__init__("The draft has changed since you opened this page. Look at what it says now, then try again.")


def draft() -> Opened:
    """The draft as it would be proposed. Raises `NoDraft` where there is none, `GuideError` where it is not sound."""
    try:
        return opened(loading.dump(drafts.assemble()))
    except msgspec.ValidationError as error:
        raise loading.GuideError([str(error)]) from error


def digest() -> str:
    """What the draft is known by now; empty where it is no sound guide."""
    try:
        return draft().digest
    except (drafts.NoDraft, loading.GuideError):
        return ""


@lru_cache(maxsize=16)
def opened(document: bytes) -> Opened:
    """A document with its guide. Raises `GuideError` where it is no sound guide."""
    return Opened(document, hashlib.sha256(document).hexdigest(), loading.load(document))


def live() -> Live | None:
    """What visitors read, or nothing where nothing can be read."""
    try:
        return releases.current()
    except releases.NoRelease:
        return None


def report(subject: Opened, *, today: date) -> Report:
    """The checks of a document, made once for a day."""

    def check() -> Report:
        return Report(
            verification.problems(subject.guide, today=today, seconds=SECONDS),
            verification.guarantees(subject.guide, seconds=SECONDS),
            verification.cases(subject.guide),
        )

    return _kept(f"report:{subject.digest}:{today}", check, lambda found: found.finished)


def change(before: Live, subject: Opened) -> Change:
    """What would differ from a release."""

    def compare() -> Change:
        effects = comparison.effect(before.guide, subject.guide, seconds=SECONDS)
        return Change(comparison.differences(before.guide, subject.guide), effects)

    return _kept(f"change:{before.digest}:{subject.digest}", compare, lambda found: found.finished)


def propose(seen: str, *, by: Person, at: datetime, summary: str, acknowledgement: str) -> Proposal:
    """Propose the draft if it still has the digest that was ``seen``. Raises what `draft` and `releases.propose` do."""
    subject = draft()
    if subject.digest != seen:
        raise Changed
    for waiting in Proposal.objects.filter(state=Proposal.State.OPEN, digest=subject.digest):
        if not stale(waiting):
            raise Refused(f"This is proposal {waiting.pk} already: it waits for a reviewer.")
    return releases.propose(subject.guide, by=by, at=at, summary=summary, acknowledgement=acknowledgement)


def stale(proposal: Proposal) -> bool:
    """Whether a release was published since, so that this proposal has to be made again."""
    newest: int = Release.objects.values_list("number", flat=True).first() or 0
    return proposal.base != newest


def kept() -> bool:
    """Whether what the draft says now is also in a release or a proposal: nothing is lost when it is replaced.

    No draft has nothing to lose; one that is no sound guide can be nowhere else.
    """
    try:
        return Proposal.objects.filter(digest=draft().digest).exists()
    except drafts.NoDraft:
        return True
    except loading.GuideError:
        return False


@transaction.atomic
def replace(guide: Guide, *, sure: bool) -> None:
    """Put ``guide`` in the place of the draft. Raises `Refused` where that loses changes and nobody is ``sure``."""
    if not sure and not kept():
        raise Refused("The draft holds changes that are in no release and no proposal. Say that you mean to lose them.")
    drafts.fill(guide)


def _kept(key: str, find: Callable[[], Found], finished: Callable[[Found], bool]) -> Found:
    found: Found | None = cache.get(key)
    if found is None:
        found = find()
        cache.set(key, found, KEPT if finished(found) else KEPT_UNFINISHED)
    return found
