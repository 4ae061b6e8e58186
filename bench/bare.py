"""The least Django that could answer in the site's place: what `bench.serving` measures the site against.

The settings are those that ``django-admin startproject`` writes, as far as an answer depends on them. What is served is
in the folder that BARE_PAGES names: templates that come to the same bytes as pages of the site, and an answer of the
API. A page asks the database for nothing.
"""

import json
import os
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page

FOLDER = Path(os.environ["BARE_PAGES"])

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="of a site that keeps nothing",  # noqa: S106
    ROOT_URLCONF="bench.bare",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [FOLDER],
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ],
            },
        },
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "bare.sqlite3"}},
    LANGUAGE_CODE="en-us",
    TIME_ZONE="UTC",
    USE_TZ=True,
)


class AnswerForm(forms.Form):
    """One question, one answer."""

    answer = forms.ChoiceField(choices=[(f"answer-{number}", f"Answer {number}") for number in range(6)])


def fixed(request: HttpRequest, name: str) -> HttpResponse:
    """A template without a value in it, but for its forms' CSRF tokens."""
    return render(request, f"{name}.fixed.html")


def filled(request: HttpRequest, name: str) -> HttpResponse:
    """The same page, every text between two tags a value that the view hands in."""
    return render(request, f"{name}.filled.html", _kept(f"{name}.json"))


def form(request: HttpRequest) -> HttpResponse:
    """A small form, validated, and a redirect."""
    answer = AnswerForm(request.POST)
    return redirect("form") if answer.is_valid() else render(request, "form.html", {"form": answer})


@csrf_exempt
def api(request: HttpRequest) -> HttpResponse:
    """JSON in, JSON out."""
    json.loads(request.body)
    return JsonResponse(_kept("api.json"))


def _kept(name: str) -> dict[str, Any]:
    if name not in KEPT:
        KEPT[name] = json.loads((FOLDER / name).read_text())
    return KEPT[name]


KEPT: dict[str, dict[str, Any]] = {}

urlpatterns = [
    path("fixed/<slug:name>/", fixed),
    path("filled/<slug:name>/", filled),
    path("compressed/fixed/<slug:name>/", gzip_page(fixed)),
    path("compressed/filled/<slug:name>/", gzip_page(filled)),
    path("form/", form, name="form"),
    path("api/", api),
]

application = get_wsgi_application()
