"""A visitor's answers, in a signed cookie on the visitor's own device: read, keep, forget. Nothing is stored here.

The cookie holds option keys, so its size is bounded by the guide: whatever the forms let through is short enough.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from guidance.rules import flow
from guidance.rules.guide import Guide

COOKIE = f"{settings.COOKIE_PREFIX}journey"
LIFETIME = timedelta(hours=24)
"""Since the last answer. Nobody who puts the telephone down to sleep on it should find their answers gone."""

SALT = "guidance.journey"


class Notice(StrEnum):
    """Something that happened to the answers and that the visitor must be told."""

    AFRESH = "afresh"
    """They could not be trusted, or were too old, and were dropped."""
    NEWER = "newer"
    """They were given under another release; what still exists was kept."""
    LOST = "lost"
    """A later question is open and no answer has come with it: the browser keeps none, or dropped them in time."""


class Journey(NamedTuple):
    """The answers of one visitor, and what to tell them about these answers."""

    answers: dict[str, Any]
    notice: Notice | None = None
    told: bool = False
    """The notice has come with the cookie: the page now shown says it, and the next answer lets it go."""

    @property
    def lost(self) -> bool:
        """Whether there is nothing here, not even a reason why."""
        return not self.answers and self.notice is None

    def answering(self, question: str, answer: str | list[str]) -> "Journey":
        """This journey with one answer given, or given otherwise."""
        return Journey({**self.answers, question: answer}, None if self.told else self.notice)


def read(request: HttpRequest, guide: Guide, digest: str) -> Journey:
    """The visitor's answers as far as they exist in ``guide``. Whatever a cookie holds, there is a journey."""
    cookie = request.COOKIES.get(COOKIE)
    if not cookie:
        return Journey({})
    try:
        kept = signing.loads(cookie, salt=SALT, max_age=LIFETIME)
        under, given, notice = kept["digest"], dict(kept["answers"]), kept["notice"] and Notice(kept["notice"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return Journey({}, Notice.AFRESH)
    answers = flow.possible(guide, given)
    return Journey(answers, notice, told=bool(notice)) if under == digest else Journey(answers, Notice.NEWER)


def keep(response: HttpResponse, journey: Journey, digest: str) -> None:
    """Send the answers back to the visitor's device, where they stay for `LIFETIME`."""
    kept = {"digest": digest, "answers": journey.answers, "notice": journey.notice}
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT, compress=True),
        max_age=LIFETIME,
        secure=settings.COOKIES_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Take the answers off the visitor's device."""
    response.delete_cookie(COOKIE, samesite="Lax")
