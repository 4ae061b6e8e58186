import importlib
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from guidance.rules import loading
from guidance.rules.guide import Guide

if TYPE_CHECKING:
    from guidance.releases import Live
    from tests.sent import Pages, Sent

PROJECT = Path(__file__).resolve().parent.parent
SHIPPED = PROJECT / "fixtures" / "guide.json"

# No example is too slow on a busy machine. Where others wait for the outcome, the examples are the same every time.
hypothesis.settings.register_profile("steady", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("steady")


@pytest.fixture(scope="session")
def guide() -> Guide:
    """The guide that ships as the first release."""
    return loading.load(SHIPPED.read_bytes())


@pytest.fixture
def published(db: None, guide: Guide) -> "Live":
    return publish(guide)


def publish(guide: Guide) -> "Live":
    """The guide as the draft and as the current release, proposed by one person and published by another."""
    from django.contrib.auth.models import User

    from guidance import drafts, releases  # here, so that tests of the rules alone load no rows

    drafts.fill(guide)
    now = datetime.now(UTC)
    editor = User.objects.create_user("first-editor")
    reviewer = User.objects.create_user("first-reviewer")
    proposal = releases.propose(guide, by=editor, at=now, acknowledgement="Read one by one.")
    releases.publish(proposal, by=reviewer, at=now)
    return releases.current()


@pytest.fixture
def roles(db: None) -> None:
    make_roles()


def make_roles() -> None:
    """The roles that the migrations made. A test that commits its rows takes them away when it is through."""
    from django.apps import apps
    from django.contrib.auth.models import Group

    if not Group.objects.exists():
        importlib.import_module("guidance.migrations.0003_roles").create(apps, None)


@pytest.fixture(scope="session")
def every_page(django_db_setup: None, django_db_blocker: Any, guide: Guide) -> "Pages":
    """Every page of one kind in every state, as it is sent; the rows behind them are gone again."""
    from django.db import transaction

    from tests import sent

    @cache
    def pages(kind: str) -> "tuple[Sent, ...]":
        with django_db_blocker.unblock(), transaction.atomic():
            publish(guide)
            make_roles()
            found = tuple(sent.KINDS[kind](guide))
            transaction.set_rollback(True)
        return found

    return pages


@pytest.fixture
def make_database(tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Make an empty database for processes that a test starts, of the kind the tests run on; its address comes back."""
    from django.conf import settings  # here, so that tests of the rules alone need no settings

    address: str = settings.DATABASE_URL
    if address.startswith("sqlite"):
        yield lambda: f"sqlite:///{tmp_path}/{uuid.uuid4().hex}.sqlite3"
        return
    import psycopg

    made: list[str] = []
    with psycopg.connect(address, autocommit=True) as server:

        def make() -> str:
            made.append(f"own_{uuid.uuid4().hex}")
            server.execute(f"CREATE DATABASE {made[-1]}".encode())
            return f"{address.rpartition('/')[0]}/{made[-1]}"

        yield make
        for name in made:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def own_database(make_database: Callable[[], str]) -> str:
    """The address of one empty database that no other test uses."""
    return make_database()
