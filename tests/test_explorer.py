"""The explorer over HTTP: any answers, every rule, what would change it, and nothing kept but a cookie."""

import html
import logging
import random
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from guidance import drafts, journey, models, scratch
from guidance.releases import Live
from guidance.rules import changing, engine, explanation
from guidance.rules.guide import Guide, Status
from tests.rules.test_engine import complete
from tests.visiting import answers_of

pytestmark = pytest.mark.django_db

ADDRESS = "/rationale/explorer/"


def explore(client: Client, answers: dict[str, Any], **fields: str) -> str:
    response = client.post(ADDRESS, answers | fields)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def statuses(page: str) -> dict[str, str]:
    return dict(re.findall(r'<div data-intervention="([a-z]+)" data-status="([a-z-]+)">', page))


def checked(page: str) -> set[tuple[str, str]]:
    return set(re.findall(r'<input type="(?:radio|checkbox)" name="([a-z-]+)" value="([^"]*)"[^>]* checked', page))


def kept(client: Client, live: Live) -> dict[str, Any]:
    request = RequestFactory().get("/")
    request.COOKIES = {name: cookie.value for name, cookie in client.cookies.items()}
    return journey.read(request, live.guide, live.digest).answers


@pytest.fixture
def night(guide: Guide) -> dict[str, Any]:
    return answers_of(guide, "healthy-night-cramps")


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_user("someone", is_staff=True))
    return client


def test_it_opens_with_the_first_case_and_its_result(client: Client, published: Live, night: dict[str, Any]) -> None:
    page = html.unescape(client.get(ADDRESS).content.decode())
    assert statuses(page) == {key: str(status) for key, status in published.guide.cases[0].expected.items()}
    assert {("who", "adult"), ("timing", "night"), ("emergency", "none")} <= checked(page)


def test_every_shipped_case_comes_out_as_it_must(client: Client, published: Live) -> None:
    for case in published.guide.cases:
        page = explore(client, answers_of(published.guide, case.key))
        assert statuses(page) == {key: str(status) for key, status in case.expected.items()}


def test_every_rule_is_named_held_or_not_with_the_criterion_that_failed(client: Client, published: Live) -> None:
    guide = published.guide
    for seed in range(5):
        answers = complete(guide, random.Random(seed))
        page = explore(client, answers)
        assessment = engine.assess(guide, answers)
        for traced in explanation.trace(guide, assessment):
            marks = set(re.findall(rf'data-rule="{traced.rule.key}" data-held="(yes|no)"', page))
            assert marks == {"yes" if traced.held else "no"}, traced.rule.key
            entry = page.partition(f'data-rule="{traced.rule.key}"')[2].partition("data-rule=")[0]
            assert entry.count("It fails on:") == len(traced.failed)


def test_a_verdict_that_gave_way_says_so(client: Client, published: Live, night: dict[str, Any]) -> None:
    page = explore(client, night | {"low-minerals": ["magnesium"], "timing": "exercise"})
    entry = page.partition('data-rule="magnesium-rare-exercise"')[2].partition("</li>")[0]
    assert "outranked by a stronger verdict" in entry
    assert statuses(page)["magnesium"] == "relevant"


def test_what_would_change_a_status_is_every_single_change_for_clinicians(
    client: Client, published: Live, night: dict[str, Any]
) -> None:
    page = explore(client, night | {"conditions": ["kidney"]})
    magnesium = page.partition('id="of-magnesium"')[2].partition("</section>")[0]
    assessment = engine.assess(published.guide, night | {"conditions": ["kidney"]})
    groups = changing.grouped(published.guide, changing.Changes(published.guide, assessment).single()["magnesium"])
    moves = magnesium.partition('<dl class="moves">')[2].partition("</dl>")[0]
    assert len(re.findall("<dt>", moves)) == len(groups)
    assert moves.count("data-way-round") == sum(group.way_round for group in groups) > 0
    assert "never offered to a visitor" in moves and "nobody can change this" in moves


def test_where_no_single_change_leads_to_a_status_the_pairs_do(
    client: Client, published: Live, night: dict[str, Any]
) -> None:
    page = explore(client, night | {"timing": "not-sure", "frequency": "not-sure"})
    magnesium = page.partition('id="of-magnesium"')[2].partition("</section>")[0]
    pairs = magnesium.partition('<dl class="moves pairs">')[2].partition("</dl>")[0]
    assert 'data-status="not-indicated"' in pairs
    assert "When the cramps come" in pairs and "How often they come" in pairs
    assert "What would settle it" in magnesium


def test_what_is_not_asked_is_named_and_counts_for_nothing(
    client: Client, published: Live, night: dict[str, Any]
) -> None:
    page = explore(client, night | {"child-signs": ["limp"]})
    assert "Not asked on these answers: Signs in a child." in page
    assert statuses(page)["zinc"] == "not-supported"


def test_a_warning_sign_ends_the_questions_here_too(client: Client, published: Live, night: dict[str, Any]) -> None:
    page = explore(client, night | {"emergency": ["chest"]})
    assert set(statuses(page).values()) == {"get-help"}
    assert "The questions end at a warning sign" in page
    assert "<blockquote" not in page


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"timing": ""}, "Choose from the answers below"),
        ({"timing": "nite"}, "not on the list"),
        ({"timing": ["night", "exercise"]}, "Choose one answer only"),
        ({"emergency": ["none", "chest"]}, "cannot go with another answer"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_said_and_everything_else_stays(
    client: Client, published: Live, night: dict[str, Any], fault: dict[str, Any], said: str
) -> None:
    page = explore(client, night | fault)
    assert "Error: Explorer" in page and said in page
    key = next(iter(fault))
    assert f'href="#try-{key}"' in page and f'id="try-{key}"' in page
    assert ("frequency", "less") in checked(page)


def test_a_missing_answer_is_asked_for(client: Client, published: Live, night: dict[str, Any]) -> None:
    del night["timing"]
    page = explore(client, night)
    assert 'href="#try-timing"' in page and "Choose an answer" in page


def test_no_answer_is_in_an_address_a_row_or_a_log(
    client: Client, published: Live, night: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    rows = {model: model.objects.count() for model in (models.SharedResult, models.Release, models.Proposal)}
    with caplog.at_level(logging.DEBUG):
        response = client.post(ADDRESS, night | {"conditions": ["kidney"]})
    assert response["Cache-Control"].count("no-store") == 1
    assert "kidney" not in caplog.text
    assert rows == {model: model.objects.count() for model in rows}
    action = re.findall(r'<form class="trying"[^>]*>', response.content.decode())[0]
    assert f'action="{ADDRESS}"' in action and "?" not in action


def test_coming_back_finds_the_answers_last_tried(client: Client, published: Live, night: dict[str, Any]) -> None:
    explore(client, night | {"zinc-test": "low"})
    assert ("zinc-test", "low") in checked(client.get(ADDRESS).content.decode())
    cookie = client.cookies[scratch.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == ADDRESS
    assert "low" not in cookie.value
    assert kept(client, published) == {}


def test_it_can_be_begun_afresh(client: Client, published: Live, night: dict[str, Any]) -> None:
    explore(client, night | {"zinc-test": "low"})
    response = client.post(f"{ADDRESS}afresh/")
    assert (response.status_code, response.headers["Location"]) == (302, ADDRESS)
    assert ("zinc-test", "low") not in checked(client.get(ADDRESS).content.decode())


def test_clearing_my_answers_clears_these_too(client: Client, published: Live, night: dict[str, Any]) -> None:
    explore(client, night | {"zinc-test": "low"})
    client.post("/clear/")
    assert ("zinc-test", "low") not in checked(client.get(ADDRESS).content.decode())


@pytest.mark.parametrize("cookie", ["rubbish", "", "eyJ4IjoxfQ:1:x", '{"who": "adult"}'])
def test_a_cookie_that_was_tampered_with_is_dropped(client: Client, published: Live, cookie: str) -> None:
    client.cookies[scratch.COOKIE] = cookie
    page = client.get(ADDRESS)
    assert page.status_code == 200 and ("who", "adult") in checked(page.content.decode())


def test_using_the_answers_starts_the_questions_with_them(
    client: Client, published: Live, night: dict[str, Any]
) -> None:
    response = client.post(f"{ADDRESS}use/", night)
    assert (response.status_code, response.headers["Location"]) == (302, "/answers/")
    assert kept(client, published) == night
    assert client.get("/result/").status_code == 200


def test_using_half_the_answers_asks_for_the_rest(client: Client, published: Live, night: dict[str, Any]) -> None:
    del night["timing"]
    client.post(f"{ADDRESS}use/", night | {"frequency": "never"})
    assert client.get("/result/").headers["Location"] == "/check/timing/"


def test_the_visitors_own_answers_can_be_filled_in(client: Client, published: Live, night: dict[str, Any]) -> None:
    assert "Fill in the visitor’s answers" not in html.unescape(client.get(ADDRESS).content.decode())
    client.post(f"{ADDRESS}use/", night | {"diet": "rarely"})
    page = html.unescape(client.get(ADDRESS).content.decode())
    form = page.partition("</form>")[2]
    assert "Fill in the visitor’s answers" in form
    assert '<input type="hidden" name="diet" value="rarely">' in form


def test_only_staff_sets_the_draft_beside_the_release(client: Client, published: Live, night: dict[str, Any]) -> None:
    page = explore(client, night, _draft="yes")
    assert "Set the draft beside the release" not in page and "The draft beside" not in page


def test_the_draft_beside_the_release_shows_what_differs(staff: Client, published: Live, night: dict[str, Any]) -> None:
    assert "The same rules hold in both" in explore(staff, night, _draft="yes")
    rules = tuple(rule for rule in published.guide.rules if rule.key != "zinc-average-person")
    from msgspec import structs

    drafts.fill(structs.replace(published.guide, rules=rules))
    page = explore(staff, night, _draft="yes")
    beside = page.partition('class="draft-beside"')[2].partition("</section>")[0]
    assert "Only in the release these hold: No illness and no known lack of zinc" in beside
    assert 'data-status="cannot-tell"' in beside and "differs" in beside
    assert "The draft beside" not in explore(staff, night)


def test_a_broken_draft_is_said_to_be_broken(staff: Client, published: Live, night: dict[str, Any]) -> None:
    models.Rule.objects.filter(key="kidney").update(key="Not A Key")
    page = explore(staff, night, _draft="yes")
    assert "The draft cannot be tried" in page
    assert statuses(page)["zinc"] == Status.NOT_SUPPORTED


def test_a_part_for_htmx_holds_the_outcome_and_what_is_told(
    client: Client, published: Live, night: dict[str, Any]
) -> None:
    response = client.post(ADDRESS, night, headers={"HX-Request": "true"})
    page = response.content.decode()
    assert "<!doctype html>" not in page
    assert 'id="explored"' in page and 'id="told"' in page
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("address", [f"{ADDRESS}use/", f"{ADDRESS}afresh/"])
def test_what_changes_a_cookie_is_only_done_by_a_form(client: Client, published: Live, address: str) -> None:
    assert client.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address, {"who": "adult"}).status_code == 403
