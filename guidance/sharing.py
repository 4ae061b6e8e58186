"""A result that a visitor chose to share: offered, kept for some days, opened, told again by today's release, deleted.

The token stands in the link alone. Its row has the token's SHA-256, so whoever reads the database can open no link; the
answers that counted; and the number of the release that they were given to. Nothing else is kept.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.db import transaction

from guidance import releases
from guidance.models import SharedResult
from guidance.releases import Live
from guidance.rules import engine, retelling
from guidance.rules.retelling import Retelling

TOKEN_BYTES = 16
"""128 bits: nobody finds a link by trying."""

OFFER_LIFETIME = timedelta(hours=24)
"""As long as the answers stay with the visitor."""

SALT = "guidance.sharing"


class Shared(NamedTuple):
    """A result as it was given."""

    answers: dict[str, Any]
    release: Live
    created_at: datetime
    expires_at: datetime


class NotShared(LookupError):
    """No result can be opened under this token: it never was one, was deleted, or expired. Nobody is told which."""


class NotOffered(ValueError):
    """What came back is not an offer of ours, or it is too old."""


def offer(live: Live) -> str:
    """A signed token under which a result of this release can be kept, for the form on the result's page.

    The token is made before anything is stored, so that a button pressed twice keeps one result and not two, the first
    of them under a link that nobody has ever seen.
    """
    return signing.dumps([secrets.token_urlsafe(TOKEN_BYTES), live.number], salt=SALT)


def keep(offered: str, answers: Mapping[str, Any], *, at: datetime) -> str:
    """Store a result under an offered token, and give the token. Sweeps out what has expired.

    Raises `NotOffered`; `NoRelease` where the release of the offer is gone; `AnswerError` where the answers are not
    whole for that release.
    """
    try:
        token, number = map(str, signing.loads(offered, salt=SALT, max_age=OFFER_LIFETIME))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotOffered("This offer was changed, or is too old.") from error
    release = releases.get(int(number))
    counted = engine.assess(release.guide, answers).answers
    columns = _columns(counted, release.number, at=at)
    with transaction.atomic():
        purge(at=at)
        row, made = SharedResult.objects.get_or_create(token_sha256=_digest(token), defaults=columns)
        if not made and (row.answers, row.release_id) != (counted, release.number):
            token = secrets.token_urlsafe(TOKEN_BYTES)
            SharedResult.objects.create(token_sha256=_digest(token), **columns)
    return token


def open(token: str, *, at: datetime) -> Shared:
    """The result under this token, as it was given. Raises `NotShared`, after the same work whatever the reason."""
    row = SharedResult.objects.filter(token_sha256=_digest(token), expires_at__gt=at).first()
    if row is None:
        raise NotShared("No result is shared under this token.")
    return Shared(row.answers, releases.get(row.release_id), row.created_at, row.expires_at)


def delete(token: str, *, at: datetime) -> None:
    """Remove the result under this token at once. Raises `NotShared` as `open` does."""
    gone, _ = SharedResult.objects.filter(token_sha256=_digest(token), expires_at__gt=at).delete()
    if not gone:
        raise NotShared("No result is shared under this token.")


def purge(*, at: datetime) -> int:
    """Remove every result that has expired; how many there were."""
    gone, _ = SharedResult.objects.filter(expires_at__lte=at).delete()
    return gone


def today(shared: Shared, live: Live) -> Retelling | None:
    """What the current release would say of the same answers; None where it is the same document."""
    if shared.release.digest == live.digest:
        return None
    return retelling.retell(shared.release.guide, live.guide, shared.answers)


def _columns(answers: dict[str, Any], number: int, *, at: datetime) -> dict[str, Any]:
    expires_at = at + timedelta(days=settings.SHARED_RESULT_DAYS)
    return {"answers": answers, "release_id": number, "created_at": at, "expires_at": expires_at}


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
