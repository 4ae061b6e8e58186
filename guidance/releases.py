"""What is published: proposing a guide, deciding the proposal, reading what visitors read. The only writer of releases.

A proposal freezes one document with its digest and the problems found in it; a release is that document under the next
number. A release never changes: going back is proposing an earlier document again.
"""

import hashlib
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from guidance import drafts
from guidance.models import Proposal, Release, ReleaseReview
from guidance.rules import loading, masks, verification
from guidance.rules.guide import Guide
from guidance.rules.problem import ERROR, Problem

Person = AbstractBaseUser | str
"""An account, or on the command line a name."""

NEWEST = (
    "SELECT number, digest, summary, proposed_by, published_by, published_at,"
    " EXISTS (SELECT 1 FROM guidance_releasereview WHERE release_id = number),"
    " (SELECT MAX(id) FROM guidance_releasereview)"
    " FROM guidance_release ORDER BY number DESC LIMIT 1"
)
"""Asked for every page: to make this of a query set takes longer than to answer it."""


class Live(NamedTuple):
    """One release, whole, as everything that reads a guide needs it."""

    number: int
    digest: str
    document: bytes
    guide: Guide
    summary: str
    proposed_by: str
    published_by: str
    published_at: datetime
    reviewed: bool
    """Whether a clinician has signed this release off."""
    last_review: int = 0
    """The latest review of any release, where this is the current one: until the next, all are as they were."""


class NoRelease(LookupError):
    """No release can be read: none is published, or none has the number asked for."""


class BrokenRelease(NoRelease):
    """The release is there, and its document is not what was published, or no guide any more."""


class Refused(ValueError):
    """A step that may not be taken. The message says why and what to do; ``problems`` are what stands in the way."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


def current() -> Live:
    """What visitors read now: the newest release. One query; the guide is opened once per process.

    Raises `NoRelease` where none is published.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEWEST)
        row = cursor.fetchone()
    if row is None:
        raise NoRelease("No release is published yet.")
    return _newest(row)


def get(number: int) -> Live:
    """The release with this number. Raises `NoRelease` where there is none."""
    release = _headings().filter(pk=number).first()
    if release is None:
        raise NoRelease(f"There is no release {number}.")
    return _live(release)


def history() -> tuple[Release, ...]:
    """Every release, newest first. The documents are not read until they are asked for, one by one."""
    return tuple(_headings())


def propose(
    guide: Guide | None = None, *, by: Person, at: datetime, acknowledgement: str = "", summary: str = ""
) -> Proposal:
    """Freeze ``guide``, or the draft where none is given, as a proposal with the problems found in it.

    Raises `GuideError` for what is no sound guide, and `Refused` where it has errors, where warnings are not
    acknowledged in writing, and where it is the current release already.
    """
    document = loading.dump(drafts.assemble() if guide is None else guide)
    guide = loading.load(document)
    digest = hashlib.sha256(document).hexdigest()
    newest = _headings().first()
    if newest is not None and newest.digest == digest:
        raise Refused(f"This is release {newest.number} already: nothing would change.")
    problems = verification.problems(guide, today=at.date())
    if errors := tuple(problem for problem in problems if problem.severity == ERROR):
        raise Refused(f"{_counted(len(errors), 'error')}: mend what they name first.", errors)
    if problems and not acknowledgement.strip():
        raise Refused(f"{_counted(len(problems), 'warning')}: say in writing why to publish all the same.", problems)
    return Proposal.objects.create(
        document=document.decode(),
        digest=digest,
        report=_report(problems),
        base=newest.number if newest else 0,
        summary=summary.strip(),
        acknowledgement=acknowledgement.strip(),
        proposed_by=_name(by),
        proposed_at=at,
    )


def publish(proposal: Proposal, *, by: Person, at: datetime) -> Release:
    """Make a proposal the current release. Whole or not at all, however many try at once.

    Raises `Refused` where it was decided before, where another release came in between, and where ``by`` proposed it
    and the setting GUIDE_SELF_PUBLISH does not allow that.
    """
    proposed_by = Proposal.objects.values_list("proposed_by", flat=True).get(pk=proposal.pk)
    if _name(by) == proposed_by and not settings.GUIDE_SELF_PUBLISH:
        raise Refused("Nobody publishes their own proposal. Ask another reviewer to publish it.")
    return _publish(proposal, by=by, at=at)


def go_back(number: int, *, by: Person, at: datetime, reason: str) -> Release:
    """Publish the document of an earlier release again, under the next number, without waiting for a second person: one
    proposed this document and another published it before.

    The proposal is in the name of whoever proposed the document then, so that nobody publishes their own this way
    either. Raises `NoRelease` where there is no such release, and what `propose` and `publish` raise.
    """
    earlier = get(number)
    if not reason.strip():
        raise Refused(f"Say why visitors should read release {number} again.")
    words = f"Back to release {number}: {reason.strip()}"
    with transaction.atomic():
        proposal = propose(earlier.guide, by=earlier.proposed_by, at=at, acknowledgement=words, summary=words)
        return publish(proposal, by=by, at=at)


def set_up(
    guide: Guide | None = None, *, by: Person, at: datetime, acknowledgement: str = "", summary: str = ""
) -> Release:
    """Propose and publish in one step, for whoever runs the server: a first set-up, or rules kept in files.

    Raises what `propose` and `publish` raise, but needs no second person.
    """
    with transaction.atomic():
        proposal = propose(guide, by=by, at=at, acknowledgement=acknowledgement, summary=summary)
        return _publish(proposal, by=by, at=at)


def reject(proposal: Proposal, *, by: Person, at: datetime, reason: str) -> Proposal:
    """Close a proposal that is not to be published, with the reason its proposer reads."""
    if not reason.strip():
        raise Refused("Say why, so that the proposer knows what to change.")
    return _decide(proposal, Proposal.State.REJECTED, by=by, at=at, reason=reason)


def withdraw(proposal: Proposal, *, by: Person, at: datetime, reason: str = "") -> Proposal:
    """Take a proposal back. Only the one who proposed it does; others reject it."""
    if _name(by) != proposal.proposed_by:
        raise Refused(f"Only {proposal.proposed_by} withdraws this proposal. A reviewer may reject it.")
    return _decide(proposal, Proposal.State.WITHDRAWN, by=by, at=at, reason=reason)


def sign_off(number: int, *, reviewer: str, role: str, statement: str, on: date) -> ReleaseReview:
    """Keep a clinician's review of one release. Raises `NoRelease` where there is none with this number."""
    if not (reviewer.strip() and role.strip() and statement.strip()):
        raise Refused("A review needs the reviewer's name, role and statement.")
    return ReleaseReview.objects.create(
        release_id=get(number).number,
        reviewer=reviewer.strip(),
        role=role.strip(),
        statement=statement.strip(),
        reviewed_on=on,
    )


def _publish(proposal: Proposal, *, by: Person, at: datetime) -> Release:
    try:
        with transaction.atomic():
            frozen = Proposal.objects.select_for_update().get(pk=proposal.pk)
            newest = Release.objects.values_list("number", flat=True).first() or 0
            if newest != frozen.base and frozen.state == Proposal.State.OPEN:
                raise Refused(f"Release {newest} was published after this was proposed. Look at it, and propose again.")
            _open(frozen.document, frozen.digest)
            _decide(frozen, Proposal.State.PUBLISHED, by=by, at=at)
            return Release.objects.create(
                number=newest + 1,
                proposal=frozen,
                document=frozen.document,
                digest=frozen.digest,
                report=frozen.report,
                summary=frozen.summary,
                acknowledgement=frozen.acknowledgement,
                proposed_by=frozen.proposed_by,
                published_by=_name(by),
                published_at=at,
            )
    except IntegrityError as error:
        raise Refused("Another release was published at the same moment. Look at it, and propose again.") from error


def _decide(proposal: Proposal, state: Proposal.State, *, by: Person, at: datetime, reason: str = "") -> Proposal:
    decided = proposal.decide(state, by=_name(by), at=at, reason=reason.strip())
    found: Proposal = Proposal.objects.get(pk=proposal.pk)
    if not decided:
        raise Refused(f"This proposal was {found.state} by {found.decided_by} already.")
    return found


def _headings() -> QuerySet[Release]:
    reviewed = Exists(ReleaseReview.objects.filter(release=OuterRef("pk")))
    found: QuerySet[Release] = Release.objects.annotate(**{"reviewed": reviewed})
    return found.defer("document", "report", "acknowledgement").order_by("-number")


@lru_cache(maxsize=16)
def _newest(row: tuple[Any, ...]) -> Live:
    """The release of a row of `NEWEST`, by all that this row says."""
    return get(row[0])._replace(reviewed=bool(row[-2]), last_review=row[-1] or 0)


def _live(release: Release) -> Live:
    document, guide = _opened(release.number, release.digest)
    return Live(
        number=release.number,
        digest=release.digest,
        document=document,
        guide=guide,
        summary=release.summary,
        proposed_by=release.proposed_by,
        published_by=release.published_by,
        published_at=release.published_at,
        reviewed=release.reviewed,
    )


@lru_cache(maxsize=16)
def _opened(number: int, digest: str) -> tuple[bytes, Guide]:
    """The document of a release and its guide, compiled. A digest names one document, so this stays true."""
    document = Release.objects.values_list("document", flat=True).get(pk=number)
    try:
        guide = _open(document, digest)
    except (ValueError, loading.GuideError) as error:
        raise BrokenRelease(f"Release {number} cannot be read: {error}") from error
    masks.of(guide)
    return document.encode(), guide


def _open(document: str, digest: str) -> Guide:
    found = hashlib.sha256(document.encode()).hexdigest()
    if found != digest:
        raise ValueError(f"its document has the digest {found}, it was published with {digest}")
    return loading.load(document.encode())


def _report(problems: tuple[Problem, ...]) -> str:
    names = ("code", "severity", "place", "message", "mend", "example")
    return msgspec.json.encode([{name: getattr(problem, name) for name in names} for problem in problems]).decode()


def _name(person: Person) -> str:
    if name := str(person).strip():
        return name
    raise Refused("Say who does this.")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
