"""Where a session is looked for, and where it is not."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cramps import accounts
from guidance.releases import Live
from guidance.urls import urlpatterns

VIEWS = Path(__file__).resolve().parent.parent / "guidance" / "views"


@pytest.fixture
def staff(db: None, client: Client) -> Client:
    client.force_login(User.objects.create_superuser("boss"))
    return client


def sessions_asked_for(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return sum("django_session" in query["sql"] for query in queries)


@pytest.mark.parametrize(
    "address", ["/", "/check/who/", "/answers/", "/result/", "/article/", "/rationale/", "/api/guide"]
)
def test_on_the_pages_of_visitors_nobody_s_session_is_looked_for(published: Live, staff: Client, address: str) -> None:
    assert sessions_asked_for(staff, address) == 0


@pytest.mark.parametrize("address", ["/admin/", "/preview/draft/", "/rationale/explorer/", "/releases/1/"])
def test_where_it_matters_who_asks_it_is(published: Live, staff: Client, address: str) -> None:
    assert sessions_asked_for(staff, address) == 1


def test_no_view_elsewhere_reads_who_asks() -> None:
    """Every module that reads `request.user` has all its pages in those places, or reads it as nobody's elsewhere."""
    reading = {path.stem for path in VIEWS.glob("*.py") if "request.user" in path.read_text()}
    addresses = {
        f"/{pattern.pattern}" for pattern in urlpatterns if pattern.callback.__module__.rpartition(".")[2] in reading
    }
    assert addresses
    assert all(address.startswith(accounts.PLACES) for address in addresses), addresses
