"""The clinicians' pages over HTTP: every rule in words, its sentences, cases and history, and what keeps them fresh."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client, RequestFactory
from msgspec import structs

from guidance import journey, releases
from guidance.releases import Live
from guidance.rules import account, answer_space, engine, explanation, outline
from guidance.rules.guide import Guide, Kind, Status
from guidance.views import drawing, lasting
from tests.visiting import answers_of, walk

pytestmark = pytest.mark.django_db

OUTSIDE = "Not from the article"
PAGES = [
    "/rationale/",
    "/rationale/zinc/",
    "/rationale/rules/zinc-low-with-cirrhosis/",
    "/rationale/guarantees/",
    "/rationale/cases/",
    "/rationale/map/",
]


def read(client: Client, address: str, **headers: Any) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, address
    return html.unescape(response.content.decode())


def kept(client: Client, live: Live) -> dict[str, Any]:
    """The answers of the visitor, as the next page will read them."""
    request = RequestFactory().get("/")
    request.COOKIES = {name: cookie.value for name, cookie in client.cookies.items()}
    return journey.read(request, live.guide, live.digest).answers


def words(page: str) -> str:
    """What is read on a page, on one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def publish(guide: Guide) -> Live:
    now = datetime.now(UTC)
    proposal = releases.propose(guide, by="editor", at=now, acknowledgement="Read.")
    releases.publish(proposal, by="reviewer", at=now)
    return releases.current()


@pytest.fixture
def changed(published: Live) -> Live:
    """A second release, in which one note says something else and another is gone."""
    rules = tuple(
        structs.replace(rule, heading="Said otherwise") if rule.key == "copper" else rule
        for rule in published.guide.rules
        if rule.key != "older-potassium"
    )
    cases = tuple(structs.replace(case, rules=None) for case in published.guide.cases)
    return publish(structs.replace(published.guide, rules=rules, cases=cases))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_open_to_everyone_and_says_that_no_clinician_has_reviewed_it(
    client: Client, published: Live, address: str
) -> None:
    page = read(client, address)
    assert "Not clinically reviewed." in page
    assert not re.search(r"quinine|\d ?mg\b", words(page), re.IGNORECASE)


def test_every_rule_has_a_page_with_its_words_and_its_sentences(client: Client, published: Live) -> None:
    for rule in published.guide.rules:
        page = read(client, f"/rationale/rules/{rule.key}/")
        assert f">{rule.heading}</h1>" in page
        assert rule.rationale in page and rule.text in page
        for condition in explanation.conditions(published.guide, rule.criteria):
            for part in condition.parts:
                assert all(f"“{option.label}”" in page for option in part.options), rule.key
        for citation in rule.citations:
            assert f'<a href="/article/#s{citation.sentence}">{citation.quote}</a></blockquote>' in page
        assert len(re.findall("<blockquote", page)) == len(rule.citations)


def test_what_is_not_from_the_article_says_so_and_names_its_reference(client: Client, published: Live) -> None:
    references = {reference.key: reference for reference in published.guide.references}
    for rule in published.guide.rules:
        if rule.kind in (Kind.CAUTION, Kind.ALERT):
            page = read(client, f"/rationale/rules/{rule.key}/")
            assert OUTSIDE in page
            assert all(references[key].title in page for key in rule.references), rule.key
            assert ("Our own reasoning" in page) == rule.own_reasoning


def test_an_appraisal_is_shown_wherever_its_sentence_is_cited(client: Client, published: Live) -> None:
    for rule in published.guide.rules:
        page = read(client, f"/rationale/rules/{rule.key}/")
        for citation in rule.citations:
            for one in explanation.evidence(published.guide, citation.sentence):
                before = page.index(one.appraisal.text)
                assert OUTSIDE in page[:before], rule.key


def test_an_intervention_has_a_table_of_its_rules_and_the_result_of_every_case(client: Client, published: Live) -> None:
    for intervention in published.guide.interventions:
        page = read(client, f"/rationale/{intervention.key}/")
        for rule in published.guide.rules:
            linked = f'href="/rationale/rules/{rule.key}/"' in page
            assert linked or intervention.key not in rule.on, (intervention.key, rule.key)
        for case in published.guide.cases:
            told = page.partition(f'data-cases="{case.expected[intervention.key]}"')[2].partition("</table>")[0]
            assert f'/rationale/cases/{case.key}/"' in told


def test_a_rule_names_the_cases_it_helps_to_decide(client: Client, published: Live) -> None:
    for key, found in account.accounts(published.guide).items():
        page = read(client, f"/rationale/rules/{key}/")
        linked = set(re.findall(r'href="/rationale/cases/([a-z0-9-]+)/"', page))
        assert linked == {case.key for case in found.cases}


def test_trying_a_rule_fills_the_questions_with_answers_for_which_it_holds(client: Client, published: Live) -> None:
    for rule in published.guide.rules:
        page = read(client, f"/rationale/rules/{rule.key}/try/")
        form = page.partition('action="/rationale/explorer/use/"')[2].partition("</form>")[0]
        fields: dict[str, list[str]] = {}
        for name, value in re.findall(r'<input type="hidden" name="([a-z-]+)" value="([^"]*)">', form):
            fields.setdefault(name, []).append(value)
        response = client.post("/rationale/explorer/use/", fields)
        assert (response.status_code, response.headers["Location"]) == (302, "/answers/")
        assert client.get("/result/").status_code == 200, rule.key
        answers = kept(client, published)
        assert rule.key in account.deciding(engine.assess(published.guide, answers)), rule.key


def test_answers_to_try_are_never_kept_by_a_cache(client: Client, published: Live) -> None:
    for address in ("/rationale/rules/kidney/try/", "/rationale/cases/calf-swelling/"):
        assert "no-store" in client.get(address)["Cache-Control"]


def test_guarantees_state_over_how_many_answer_sets_they_are_proved(client: Client, published: Live) -> None:
    page = read(client, "/rationale/guarantees/")
    guide = published.guide
    assert f"exactly {answer_space.count(guide):,} ways" in words(page)
    for guarantee in guide.guarantees:
        section = page.partition(f'id="{guarantee.key}"')[2].partition("</section>")[0]
        number = answer_space.count(guide, guarantee.when)
        assert f"Proved over exactly {number:,} possible sets of answers" in words(section)
        assert guarantee.text in section


def test_a_broken_guarantee_shows_the_answers_that_break_it(client: Client, published: Live, monkeypatch: Any) -> None:
    promise = structs.replace(published.guide.guarantees[4], key="wrong", never=(Status.NOT_SUPPORTED,))
    broken = structs.replace(published.guide, guarantees=(promise,))
    live = published._replace(guide=broken, digest="broken")
    monkeypatch.setattr(releases, "current", lambda: live)
    page = read(client, "/rationale/guarantees/")
    assert 'data-standing="broken"' in page
    assert "“not supported”" in page and "Who it is for" in page


def test_every_case_shows_its_result_and_the_rules_behind_it(client: Client, published: Live) -> None:
    page = read(client, "/rationale/cases/")
    for case in published.guide.cases:
        own = read(client, f"/rationale/cases/{case.key}/")
        assert case.title in page and case.title in own
        for key in account.deciding(engine.assess(published.guide, case.answers)):
            assert f'href="/rationale/rules/{key}/"' in own


def test_the_map_says_the_same_as_a_list_and_as_a_drawing(client: Client, published: Live) -> None:
    page = read(client, "/rationale/map/")
    svg = page.partition('<svg class="map"')[2].partition("</svg>")[0]
    listed = page.partition('<ol class="map-list">')[2]
    lines = set(re.findall(r'class="opens"[^>]*data-from="(\d+)" data-to="(\d+)"', svg))
    for node in outline.nodes(published.guide):
        key = node.question.key
        box = svg.partition(f'data-node="{key}"')[2].partition("</a>")[0]
        item = listed.partition(f'id="question-{key}"')[2].partition('<li id="question-')[0]
        assert f'href="#question-{key}" data-node="{key}"' in svg
        assert f"{node.number}. {node.question.topic}" in words(f"<{box}")
        said = [words(f"<li{part}") for part in re.findall(r"<li data-(?:asked|stop)(.*?)</li>", item, re.DOTALL)]
        assert len(said) == bool(node.asked) + len(node.stops)
        assert all(line in words(f"<{box}") for line in said), key
        opened = set(re.findall(r'data-opens="([a-z-]+)"', item))
        assert opened == {branch.question.key for branch in node.opens}
        assert {to for start, to in lines if start == str(node.number)} == {str(b.number) for b in node.opens}
    assert len(re.findall("<rect", svg)) == len(published.guide.questions)


def test_no_word_of_the_drawing_leaves_its_box_and_no_box_covers_another(guide: Guide) -> None:
    drawn = drawing.draw(outline.nodes(guide), say=lambda *_: "Some words that are rather long " * 9)
    for box in drawn.boxes:
        for line in box.words:
            assert line.x >= box.x and line.x + len(line.text) * 6.5 <= box.x + box.width
            assert box.y < line.y < box.y + box.height
    for above, below in zip(drawn.boxes, drawn.boxes[1:], strict=False):
        assert above.y + above.height < below.y
    assert drawn.boxes[-1].y + drawn.boxes[-1].height <= drawn.height


def test_the_article_tells_of_each_sentence_who_cites_it(client: Client, published: Live) -> None:
    page = read(client, "/article/")
    for rule in published.guide.rules:
        for citation in rule.citations:
            entry = page.partition(f'id="use-{citation.sentence}"')[2].partition('<li id="use-')[0]
            assert f'href="/rationale/rules/{rule.key}/"' in entry
    for aside in published.guide.asides:
        for citation in aside.citations:
            entry = page.partition(f'id="use-{citation.sentence}"')[2].partition('<li id="use-')[0]
            assert aside.reason in entry


def test_a_rule_tells_what_each_release_did_to_it(client: Client, changed: Live) -> None:
    page = words(read(client, "/rationale/rules/copper/"))
    assert "Said otherwise" in page
    assert "Release 1" in page and "Release 2" in page
    kept = words(read(client, "/rationale/rules/kidney/")).partition("History")[2].partition("Sources")[0]
    assert "Release 1" in kept and "Release 2" not in kept


def test_a_rule_that_is_gone_is_shown_as_it_last_was(client: Client, changed: Live) -> None:
    page = words(read(client, "/rationale/rules/older-potassium/"))
    assert "no longer in the guide" in page and "last in release 1" in page
    assert client.get("/rationale/rules/older-potassium/try/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/rationale/rules/nothing/", "/rationale/rules/nothing/try/", "/rationale/nothing/", "/rationale/cases/nothing/"],
)
def test_what_is_not_there_is_not_found(client: Client, published: Live, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_sent_again_only_after_a_release(client: Client, published: Live, address: str) -> None:
    first = client.get(address)
    assert first["Cache-Control"] == "public, max-age=0, s-maxage=60"
    assert "HX-Request" in first["Vary"] and "Cookie" not in first["Vary"] and not first.cookies
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(address, headers={"HX-Request": "true"})["ETag"] != first["ETag"]
    publish(structs.replace(published.guide, title="Another title"))
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_cache_keeps_the_article_for_all_but_those_with_a_journey(client: Client, published: Live) -> None:
    everyone = client.get("/article/")
    assert everyone["Cache-Control"] == "public, max-age=0, s-maxage=60" and not everyone.cookies
    assert client.get("/article/", headers={"If-None-Match": everyone["ETag"]}).status_code == 304
    walk(client, answers_of(published.guide, "healthy-night-cramps"))
    theirs = client.get("/article/", headers={"If-None-Match": everyone["ETag"]})
    assert "Back to your result" in theirs.content.decode()
    assert "Back to your result" not in everyone.content.decode()
    assert theirs["Cache-Control"] == "private, no-store" and "ETag" not in theirs
    assert all("Cookie" in page["Vary"] for page in (everyone, theirs))


def test_a_review_is_shown_at_once(client: Client, published: Live) -> None:
    before = client.get("/rationale/")
    today = datetime.now(UTC).date()
    releases.sign_off(published.number, reviewer="R", role="Physician", statement="Read.", on=today)
    after = client.get("/rationale/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200 and "Signed off by a clinical reviewer." in after.content.decode()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_one_query(
    client: Client, published: Live, address: str, django_assert_num_queries: Callable[..., Any]
) -> None:
    client.get(address)
    with django_assert_num_queries(1):
        client.get(address)


def test_what_a_release_entails_is_worked_out_once(published: Live) -> None:
    calls: list[str] = []
    known = lasting.per_release(lambda live: calls.append(live.digest))
    for digest in ("a", "a", "b", "a"):
        known(published._replace(digest=digest))
    assert calls == ["a", "b"]
    for number in range(10):
        known(published._replace(digest=str(number)))
    known(published._replace(digest="a"))
    assert calls.count("a") == 2


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_pages_only_answer_to_reading(client: Client, published: Live, method: str) -> None:
    assert getattr(client, method)("/rationale/").status_code == 405
