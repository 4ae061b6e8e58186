from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from guidance import drafts
from guidance.rules.guide import Guide

SignIn = Callable[..., Client]


@pytest.fixture
def draft(db: None, guide: Guide) -> Guide:
    """The shipped guide as the draft; nothing is published."""
    drafts.fill(guide)
    return guide


@pytest.fixture
def sign_in(roles: None) -> SignIn:
    """A browser of somebody with these roles. Somebody without one is staff all the same."""

    def sign_in(*roles: str, name: str = "", superuser: bool = False) -> Client:
        user, _ = User.objects.get_or_create(
            username=name or "-and-".join(roles).lower() or ("superuser" if superuser else "staff"),
            defaults={"is_staff": True, "is_superuser": superuser},
        )
        user.groups.set([Group.objects.get(name=role) for role in roles])
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def editor(sign_in: SignIn) -> Client:
    return sign_in("Editors", name="ana")
