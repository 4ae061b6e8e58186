import pytest
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from guidance import readiness, releases
from guidance.releases import Live


def test_a_site_that_can_serve_says_so_and_no_cache_keeps_it(client: Client, published: Live) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (200, b"ready\n")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_without_a_release_it_is_alive_and_not_ready(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"release: none is published\n")
    assert client.get("/healthz").status_code == 200


def test_a_release_that_cannot_be_read_is_not_ready(
    client: Client, published: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases._newest.cache_clear()
    releases._opened.cache_clear()
    monkeypatch.setattr(releases, "_open", lambda *_: (_ for _ in ()).throw(ValueError("its digest differs")))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "its digest differs" in answer.content.decode()


def test_a_migration_that_was_not_applied_is_not_ready(client: Client, published: Live) -> None:
    MigrationRecorder(connection).record_unapplied("guidance", "0002_write_once")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert "manage.py migrate" in answer.content.decode()


def test_a_database_that_is_ahead_is_no_fault(published: Live) -> None:
    MigrationRecorder(connection).record_applied("guidance", "9999_of_the_next_version")
    assert readiness.faults() == ()


def test_a_database_that_does_not_answer_is_not_ready_and_its_address_stays_inside(
    client: Client, published: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: BaseDatabaseWrapper) -> None:
        raise OperationalError("connection to server at 10.0.0.7 failed")

    with monkeypatch.context() as gone:
        gone.setattr(BaseDatabaseWrapper, "cursor", refuse)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.content) == (503, b"database: it does not answer\n")
        assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200
