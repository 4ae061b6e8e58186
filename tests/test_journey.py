import time
from collections.abc import Mapping
from typing import Any

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory

from guidance import journey
from guidance.journey import Journey, Notice
from guidance.rules.guide import Choice, Guide
from tests.rules import builders


@pytest.fixture
def small() -> Guide:
    return builders.guide(builders.one("timing", "night exercise"), builders.many("signs", "rash fever"))


def cookie_of(kept: Journey, digest: str = "d1") -> str:
    response = HttpResponse()
    journey.keep(response, kept, digest)
    return response.cookies[journey.COOKIE].value


def read(guide: Guide, cookie: str | None, digest: str = "d1") -> Journey:
    request = RequestFactory().get("/")
    if cookie is not None:
        request.COOKIES[journey.COOKIE] = cookie
    return journey.read(request, guide, digest)


def signed(value: Any) -> str:
    return signing.dumps(value, salt=journey.SALT, compress=True)


def test_answers_come_back_as_they_were_kept(small: Guide) -> None:
    kept = Journey({}).answering("timing", "night").answering("signs", ["rash", "fever"])
    assert read(small, cookie_of(kept)) == Journey({"timing": "night", "signs": ["rash", "fever"]})


def test_the_last_answer_wins(small: Guide) -> None:
    kept = Journey({"timing": "night"}).answering("timing", "exercise")
    assert kept.answers == {"timing": "exercise"}


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_lasts_a_day() -> None:
    response = HttpResponse()
    journey.keep(response, Journey({"timing": "night"}), "d1")
    cookie = response.cookies[journey.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] >= 20 * 60 * 60


@pytest.mark.parametrize("secure", [True, False])
def test_the_cookie_is_secure_wherever_the_site_has_tls(settings: Any, secure: bool) -> None:
    settings.COOKIES_SECURE = secure
    response = HttpResponse()
    journey.keep(response, Journey({}), "d1")
    assert bool(response.cookies[journey.COOKIE]["secure"]) is secure


def test_forgetting_takes_the_cookie_back() -> None:
    response = HttpResponse()
    journey.forget(response)
    cookie = response.cookies[journey.COOKIE]
    assert cookie.value == ""
    assert cookie["max-age"] == 0


def test_without_a_cookie_the_journey_is_empty_and_says_nothing(small: Guide) -> None:
    assert read(small, None) == Journey({})


@pytest.mark.parametrize(
    "cookie",
    [
        "rubbish",
        "\x00\xff:::",
        ":".join("abc"),
        "." + "A" * 5000,
        signing.dumps({"digest": "d1", "answers": {"timing": "night"}, "notice": None}, salt="another"),
        signed([]),
        signed({"answers": {}}),
        signed({"digest": "d1", "answers": 7, "notice": None}),
        signed({"digest": "d1", "answers": {}, "notice": "no-such-notice"}),
    ],
    ids=range(9),  # a signature holds the time: as a name it would differ between processes that run the tests
)
def test_a_cookie_that_cannot_be_trusted_starts_afresh_and_says_so(small: Guide, cookie: str) -> None:
    assert read(small, cookie) == Journey({}, Notice.AFRESH)


def test_a_cookie_changed_by_one_letter_starts_afresh(small: Guide) -> None:
    cookie = cookie_of(Journey({"timing": "night"}))
    changed = ("A" if cookie[0] != "A" else "B") + cookie[1:]
    assert read(small, changed) == Journey({}, Notice.AFRESH)


def test_a_cookie_that_is_too_old_starts_afresh(small: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = cookie_of(Journey({"timing": "night"}))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 20 * 60 * 60)
    assert read(small, cookie).answers == {"timing": "night"}
    monkeypatch.setattr(time, "time", lambda: now + journey.LIFETIME.total_seconds() + 1)
    assert read(small, cookie) == Journey({}, Notice.AFRESH)


def test_under_a_newer_release_the_answers_that_still_exist_are_kept() -> None:
    newer = builders.guide(builders.one("timing", "night"), builders.many("signs", "rash"))
    given: Mapping[str, Any] = {"timing": "night", "signs": ["rash", "fever"], "gone": "yes"}
    cookie = cookie_of(Journey(dict(given)), digest="d1")
    assert read(newer, cookie, digest="d2") == Journey({"timing": "night"}, Notice.NEWER)


def test_a_notice_is_said_until_the_next_answer(small: Guide) -> None:
    found = read(small, "rubbish")
    told = read(small, cookie_of(found.answering("timing", "night")))
    assert told.notice is Notice.AFRESH
    assert read(small, cookie_of(told.answering("signs", ["none"]))).notice is None


def test_every_option_at_once_fits_a_browser_s_cookie(guide: Guide) -> None:
    everything = {
        question.key: [option.key for option in question.options if not option.exclusive]
        if question.choice is Choice.MANY
        else max((option.key for option in question.options), key=len)
        for question in guide.questions
    }
    assert len(cookie_of(Journey(everything), digest="d" * 64)) < 2000
