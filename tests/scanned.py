"""The site's own settings, with sessions in the cookie alone: a scanner that presses "Log out" stays signed in."""

from cramps.settings import *  # noqa: F403

SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
