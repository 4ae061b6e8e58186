"""The answers last tried in the explorer, in a signed cookie of their own, apart from any visitor's."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from guidance.rules import flow
from guidance.rules.guide import Guide

COOKIE = "__Secure-explorer" if settings.COOKIES_SECURE else "explorer"
LIFETIME = timedelta(hours=24)
SALT = "guidance.scratch"


def read(request: HttpRequest, guide: Guide) -> dict[str, Any]:
    """The answers last tried, as far as they can be given in ``guide``. Never raises."""
    try:
        kept = dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFETIME))
    except (signing.BadSignature, TypeError, ValueError):
        return {}
    return flow.possible(guide, kept)


def keep(response: HttpResponse, answers: Mapping[str, Any]) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(dict(answers), salt=SALT, compress=True),
        max_age=LIFETIME,
        path=_path(),
        secure=settings.COOKIES_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, path=_path(), samesite="Lax")


def _path() -> str:
    """The browser sends the answers nowhere else."""
    return reverse("guidance:explorer")
