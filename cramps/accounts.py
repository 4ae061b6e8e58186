"""Sessions, accounts and what belongs to them, where it matters who asks. Nowhere else is a session looked for."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django_otp.middleware import OTPMiddleware

PLACES = ("/admin/", "/preview/", "/releases/", "/rationale/explorer/")


class InPlaces:
    """A middleware that every other page passes by."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = super().__call__ if request.path_info.startswith(PLACES) else self.get_response  # type: ignore[misc]
        response: HttpResponseBase = answer(request)
        return response


class Session(InPlaces, SessionMiddleware):
    pass


class Account(InPlaces, AuthenticationMiddleware):
    pass


class SecondFactor(InPlaces, OTPMiddleware):
    pass


class Messages(InPlaces, MessageMiddleware):
    pass
