import html
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from guidance import journey, limits, releases, sharing
from guidance.models import SharedResult
from guidance.releases import Live
from guidance.rules import engine, explanation
from guidance.rules.flow import AnswerError
from guidance.rules.guide import NOT_SURE, Guide, Kind, Rule, Status
from tests.visiting import answers_of, walk

pytestmark = pytest.mark.usefixtures("published")

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NEVER_WAS = "A" * 22


@pytest.fixture(autouse=True)
def no_links_made_before() -> Iterator[None]:
    limits.clear()
    yield
    limits.clear()


@pytest.fixture
def finished(client: Client, guide: Guide) -> Client:
    """A visitor who has come to a result: low zinc and cirrhosis."""
    walk(client, answers_of(guide, "cirrhosis-low-zinc"))
    return client


@pytest.fixture
def token(guide: Guide, published: Live) -> str:
    """The link to a result shared a moment ago."""
    return share(answers_of(guide, "cirrhosis-low-zinc"), published)


@pytest.fixture
def other() -> Client:
    """Somebody else, who has the link and nothing more."""
    return Client()


def share(answers: dict[str, Any], live: Live, *, at: datetime | None = None) -> str:
    return sharing.keep(sharing.offer(live), answers, at=at or datetime.now(UTC))


def offered(client: Client) -> str:
    found = re.search(r'name="offer" value="([^"]+)"', client.get("/result/").content.decode())
    assert found
    return html.unescape(found[1])


def make(client: Client, offer: str | None = None) -> Any:
    return client.post("/share/", {"offer": offered(client) if offer is None else offer})


def token_in(response: Any) -> str:
    found = re.fullmatch(r"/shared/([\w-]+)/link/", response["Location"])
    assert found, response["Location"]
    return found[1]


def text_of(response: Any) -> str:
    page = re.sub(r"<[^>]*>", " ", response.content.decode())
    return re.sub(r"\s+([.,;:])", r"\1", re.sub(r"\s+", " ", html.unescape(page)))


def statuses(response: Any) -> dict[str, str]:
    return dict(re.findall(r'data-intervention="([^"]*)" data-status="([^"]*)"', response.content.decode()))


def traced(response: Any) -> dict[str, bool]:
    found = re.findall(r'data-trace="([^"]*)" data-held="(true|false)"', response.content.decode())
    assert len(dict(found)) == len(found)
    return {key: held == "true" for key, held in found}


def publish(guide: Guide) -> Live:
    at = datetime.now(UTC)
    proposal = releases.propose(guide, by="an-editor", at=at, acknowledgement="Read one by one.")
    releases.publish(proposal, by="a-reviewer", at=at)
    return releases.current()


def with_rule(guide: Guide, key: str, **fields: Any) -> Guide:
    """The guide with one rule written otherwise; its cases and guarantees are left out, for they may not hold then."""
    assert any(rule.key == key for rule in guide.rules)
    rules = tuple(msgspec.structs.replace(rule, **fields) if rule.key == key else rule for rule in guide.rules)
    return msgspec.structs.replace(guide, rules=rules, cases=(), guarantees=())


def renamed(guide: Guide, key: str, other: str) -> Guide:
    """The guide with one rule under another key; nothing else names it, for the cases name none."""
    rules = tuple(msgspec.structs.replace(rule, key=other) if rule.key == key else rule for rule in guide.rules)
    cases = tuple(msgspec.structs.replace(case, rules=None) for case in guide.cases)
    return msgspec.structs.replace(guide, rules=rules, cases=cases)


def rule_of(guide: Guide, key: str) -> Rule:
    return next(rule for rule in guide.rules if rule.key == key)


# Making a link


def test_a_visitor_makes_a_link_that_somebody_else_opens(finished: Client, other: Client, guide: Guide) -> None:
    given = finished.get("/result/")
    made = make(finished)
    assert made.status_code == 302
    link = finished.get(made["Location"])
    address = f"http://testserver/shared/{token_in(made)}/"
    assert f'href="{address}"' in link.content.decode()
    opened = other.get(address)
    assert opened.status_code == 200
    assert statuses(opened) == statuses(given)
    assert statuses(opened)["zinc"] == "relevant"


def test_the_form_says_what_is_kept_for_how_long_and_who_can_read_it(finished: Client, settings: Any) -> None:
    settings.SHARED_RESULT_DAYS = 12
    words = text_of(finished.get("/result/"))
    assert "your answers and the number of this release" in words
    assert "How long: 12 days." in words
    assert "anyone who has the link" in words
    assert "We keep nothing until you press this button" in words


def test_nothing_is_stored_before_the_visitor_asks(
    client: Client, guide: Guide, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    walk(client, answers_of(guide, "cirrhosis-low-zinc"))
    with django_assert_num_queries(1) as queries:
        offered(client)
    assert queries.captured_queries[0]["sql"].startswith("SELECT")
    assert not SharedResult.objects.exists()
    make(client)
    assert SharedResult.objects.count() == 1


def test_what_is_kept_is_the_answers_that_counted_and_the_release(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "cirrhosis-low-zinc"))
    client.post("/check/illness/?change", {"illness": "none"})  # what was said of a bad liver counts for nothing now
    token = token_in(make(client))
    row = SharedResult.objects.get()
    counted = answers_of(guide, "cirrhosis-low-zinc", illness="none")
    del counted["liver-signs"]
    assert row.answers == counted
    assert row.release_id == 1
    assert row.expires_at - row.created_at == timedelta(days=30)
    columns = {field.name for field in SharedResult._meta.get_fields()}
    assert columns == {"id", "token_sha256", "answers", "release", "created_at", "expires_at"}
    assert token not in dump()


def dump() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += cursor.fetchall()
    return "\n".join(map(str, rows))


def test_a_token_has_128_bits_and_no_two_are_alike(published: Live, guide: Guide) -> None:
    answers = answers_of(guide, "healthy-night-cramps")
    tokens = {share(answers, published) for _ in range(50)}
    assert len(tokens) == SharedResult.objects.count() == 50
    assert all(re.fullmatch(r"[\w-]{22}", token) for token in tokens)  # 22 signs of 6 bits hold 128


def test_the_button_pressed_twice_keeps_one_result(finished: Client) -> None:
    offer = offered(finished)
    assert make(finished, offer)["Location"] == make(finished, offer)["Location"]
    assert SharedResult.objects.count() == 1


def test_an_offer_pressed_again_with_other_answers_makes_another_link(finished: Client, other: Client) -> None:
    offer = offered(finished)
    first = token_in(make(finished, offer))
    finished.post("/check/zinc-test/?change", {"zinc-test": "normal"})
    second = token_in(make(finished, offer))
    assert first != second
    assert statuses(other.get(f"/shared/{first}/"))["zinc"] == "relevant"
    assert statuses(other.get(f"/shared/{second}/"))["zinc"] == "not-supported"


def test_a_result_is_kept_as_the_release_it_was_seen_under_gave_it(finished: Client, guide: Guide) -> None:
    offer = offered(finished)
    publish(msgspec.structs.replace(guide, title="Published while the visitor read"))
    make(finished, offer)
    assert SharedResult.objects.get().release_id == 1


@pytest.mark.parametrize("offer", ["", "forged", "a:b:c", "\x00"])
def test_without_an_offer_of_ours_nothing_is_kept(finished: Client, offer: str) -> None:
    assert make(finished, offer)["Location"] == "/result/"
    assert not SharedResult.objects.exists()


def test_an_offer_that_is_too_old_is_not_taken(
    finished: Client, published: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = offered(finished)
    later = time.time() + sharing.OFFER_LIFETIME.total_seconds() + 60
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    with pytest.raises(sharing.NotOffered):
        sharing.keep(offer, {}, at=NOW)


def test_an_unfinished_visitor_is_led_to_the_next_question(client: Client, published: Live) -> None:
    client.post("/check/who/", {"who": "adult"})
    made = client.post("/share/", {"offer": sharing.offer(published)}, follow=True)
    assert made.redirect_chain[-1][0] == "/check/emergency/"
    assert not SharedResult.objects.exists()


def test_answers_that_are_not_whole_are_not_kept(published: Live) -> None:
    with pytest.raises(AnswerError):
        share({"who": "adult"}, published)
    assert not SharedResult.objects.exists()


def test_a_link_is_made_by_post_alone_and_from_our_own_page(finished: Client, guide: Guide) -> None:
    assert finished.get("/share/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = finished.cookies
    assert strict.post("/share/", {"offer": offered(finished)}).status_code == 403
    assert not SharedResult.objects.exists()


def test_links_are_limited_by_the_hour_and_the_address(finished: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guidance.views.sharing.LINKS_AN_HOUR", 3)
    assert [make(finished).status_code for _ in range(4)] == [302, 302, 302, 429]
    refused = make(finished)
    assert refused["Retry-After"] == "3600"
    assert "Nothing was kept" in text_of(refused)
    assert SharedResult.objects.count() == 3
    elsewhere = finished.post("/share/", {"offer": offered(finished)}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302


def test_behind_a_proxy_the_address_it_wrote_down_is_limited(
    finished: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("guidance.views.sharing.LINKS_AN_HOUR", 1)

    def made_from(forwarded: str) -> int:
        return finished.post("/share/", {"offer": offered(finished)}, HTTP_X_FORWARDED_FOR=forwarded).status_code

    assert [made_from("192.0.2.1"), made_from("192.0.2.2")] == [
        302,
        429,
    ]  # no proxy is trusted: what it says is nothing
    limits.clear()
    settings.PROXIES = 1
    assert [made_from("192.0.2.1"), made_from("192.0.2.2"), made_from("made up, 192.0.2.2")] == [302, 302, 429]


def test_a_preview_offers_no_link(admin_client: Client, guide: Guide) -> None:
    for question, answer in answers_of(guide, "healthy-night-cramps").items():
        admin_client.post(f"/preview/draft/check/{question}/", {question: answer})
    page = admin_client.get("/preview/draft/result/")
    assert page.status_code == 200
    assert "Take it with you" in text_of(page)
    assert "private link for a clinician" not in text_of(page)


# Opening it


@pytest.mark.parametrize("case", range(10))
def test_it_opens_as_the_result_was_given(other: Client, guide: Guide, published: Live, case: int) -> None:
    shipped = guide.cases[case]
    opened = other.get(f"/shared/{share(answers_of(guide, shipped.key), published)}/")
    assert statuses(opened) == {key: status.value for key, status in shipped.expected.items()}
    given = Client()
    walk(given, answers_of(guide, shipped.key))
    shown = re.compile(r"<blockquote.*?</blockquote>|<li id=\"source-.*?</li>", re.DOTALL)
    assert shown.findall(opened.content.decode()) == shown.findall(given.get("/result/").content.decode())
    words = text_of(opened)
    for answered in explanation.answered(guide, engine.assess(guide, shipped.answers).answers):
        assert all(option.label in words for option in answered.options)


@pytest.mark.parametrize("case", range(10))
def test_every_rule_is_traced_as_it_held_and_by_what_failed(
    other: Client, guide: Guide, published: Live, case: int
) -> None:
    answers = answers_of(guide, guide.cases[case].key)
    page = other.get(f"/shared/{share(answers, published)}/")
    chosen = {
        f"{key}.{option}" for key, value in answers.items() for option in ([value] if isinstance(value, str) else value)
    }
    if guide.cases[case].key == "calf-swelling":
        chosen = {name for name in chosen if name.partition(".")[0] in ("who", "emergency", "same-day")}

    def true(criterion: Any) -> bool:
        return bool(chosen & set(criterion.any_of)) if criterion.any_of else not chosen & set(criterion.none_of)

    assert traced(page) == {rule.key: all(map(true, rule.criteria)) for rule in guide.rules}
    lines = re.split(r'<li class="rule ', page.content.decode())[1:]
    for line in lines:
        key = re.search(r'data-trace="([^"]*)"', line)
        assert key
        criteria = rule_of(guide, key[1]).criteria
        marks = re.findall(r'class="mark">(True|Not true):', line)
        assert marks == ["True" if true(criterion) else "Not true" for criterion in criteria]


def test_the_trace_says_which_rule_decided(other: Client, guide: Guide, token: str) -> None:
    page = other.get(f"/shared/{token}/").content.decode()
    outcomes = engine.assess(guide, answers_of(guide, "cirrhosis-low-zinc")).outcomes.values()
    decided = re.findall(r'data-trace="([^"]*)"(?:(?!data-trace).)*?Held, and decided', page, re.DOTALL)
    assert set(decided) == {key for outcome in outcomes for key in outcome.rules}


def test_a_rule_in_the_trace_leads_to_its_sentences_and_to_its_page_while_there_is_one(
    other: Client, guide: Guide, token: str
) -> None:
    def line() -> str:
        page = other.get(f"/shared/{token}/").content.decode()
        found = re.search(r'data-trace="zinc-low-with-cirrhosis".*?(?=data-trace=)', page, re.DOTALL)
        assert found
        return found[0]

    assert 'href="/rationale/rules/zinc-low-with-cirrhosis/"' in line()
    cited = [str(citation.sentence) for citation in rule_of(guide, "zinc-low-with-cirrhosis").citations]
    assert re.findall(r'href="/article/#s(\d+)"', line()) == cited
    publish(renamed(guide, "zinc-low-with-cirrhosis", "zinc-low-with-a-bad-liver"))
    assert "/rationale/rules/" not in line()


@pytest.mark.parametrize(("question", "sign"), [("emergency", "chest"), ("same-day", "leg-swollen")])
def test_under_get_help_it_says_no_verdict_no_caution_no_note_and_no_sentence_of_the_article(
    other: Client, guide: Guide, published: Live, question: str, sign: str
) -> None:
    answers = answers_of(guide, "diarrhoea", who="older") | {question: [sign]}
    page = other.get(f"/shared/{share(answers, published)}/")
    words = text_of(page)
    assert set(statuses(page).values()) == {"get-help"}
    assert "<blockquote" not in page.content.decode()
    silent = [rule for rule in guide.rules if rule.kind is not Kind.ALERT]
    assert not [rule.key for rule in silent if rule.text in words or f">{rule.heading}<" in page.content.decode()]
    assert set(traced(page)) == {rule.key for rule in guide.rules}


def test_it_leads_nobody_into_a_journey_of_their_own(other: Client, guide: Guide, published: Live) -> None:
    answers = answers_of(guide, "healthy-night-cramps") | {"routine-signs": ["sleep"]}
    page = other.get(f"/shared/{share(answers, published)}/").content.decode()
    assert 'data-alert="routine"' in page
    assert "/check/" not in page
    assert "/answers/" not in page
    assert "/clear/" not in page


def test_it_sets_and_reads_no_cookie(other: Client, finished: Client, token: str) -> None:
    opened = other.get(f"/shared/{token}/")
    assert not opened.cookies
    before = finished.cookies[journey.COOKIE].value
    assert finished.get(f"/shared/{token}/").content == opened.content
    assert finished.cookies[journey.COOKIE].value == before


PAGES = ["", "link/", "delete/"]


@pytest.mark.parametrize("page", PAGES)
def test_its_pages_are_kept_by_no_cache_found_by_no_search_and_leave_no_referrer(
    other: Client, token: str, page: str
) -> None:
    for address in (f"/shared/{token}/{page}", f"/shared/{NEVER_WAS}/{page}"):
        response = other.get(address)
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
        assert "noindex" in response["X-Robots-Tag"]
        assert response["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex' in other.get(f"/shared/{token}/{page}").content.decode()


@pytest.mark.parametrize("page", ["", "link/"])
def test_the_code_to_scan_is_the_address(other: Client, token: str, page: str) -> None:
    found = re.search(
        r'<svg viewBox="0 0 (\d+) \1" class="code">.*?</svg>', other.get(f"/shared/{token}/{page}").content.decode()
    )
    assert found
    assert "style" not in found[0]
    assert found[0] == sharing_code(f"http://testserver/shared/{token}/")


def sharing_code(address: str) -> str:
    from guidance.views import sharing as views

    return str(views._code(address))


def test_it_says_not_reviewed_and_no_diagnosis_and_until_when(other: Client, guide: Guide, published: Live) -> None:
    token = share(answers_of(guide, "healthy-night-cramps"), published)
    until = SharedResult.objects.get().expires_at
    for page in PAGES:
        words = text_of(other.get(f"/shared/{token}/{page}"))
        assert "Not clinically reviewed" in words
        assert "Nothing here is a diagnosis" in words
        assert f"until {until:%-d %B %Y}" in words
        assert "We do not store" not in words


# What opens nothing


def refusals(other: Client, guide: Guide, live: Live) -> dict[str, str]:
    """Tokens that open nothing, by the reason why."""
    answers = answers_of(guide, "healthy-night-cramps")
    deleted, expired, good = (share(answers, live) for _ in range(3))
    SharedResult.objects.filter(token_sha256=sharing._digest(expired)).update(
        created_at=NOW - timedelta(days=31), expires_at=NOW - timedelta(days=1)
    )
    sharing.delete(deleted, at=datetime.now(UTC))
    return {
        "never was": NEVER_WAS, "deleted": deleted, "expired": expired, "one sign more": f"{good}A",
        "one sign less": good[:-1], "in capitals": good.swapcase(), "its own digest": sharing._digest(good),
        "long": "A" * 3000, "odd": "%00%ff%F0%9F%92%A9.;'--",
    }  # fmt: skip


def look(response: Any) -> tuple[Any, ...]:
    """All that comes back, but for the clock."""
    headers = tuple(sorted((name, value) for name, value in response.items() if name != "Expires"))
    return response.status_code, response.content, headers


@pytest.mark.parametrize("page", PAGES)
def test_every_address_that_opens_nothing_looks_alike(
    other: Client, guide: Guide, published: Live, page: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    looks = set()
    for token in refusals(other, guide, published).values():
        with django_assert_num_queries(2) as queries:
            response = other.get(f"/shared/{token}/{page}")
        statements = tuple(re.sub(r"'[^']*'", "?", query["sql"]) for query in queries.captured_queries)
        looks.add((*look(response), statements))
    assert len(looks) == 1
    assert looks.pop()[0] == 404


def test_deleting_what_opens_nothing_looks_alike_too(other: Client, guide: Guide, published: Live) -> None:
    tokens = refusals(other, guide, published)
    looks = {look(response) for response in (other.post(f"/shared/{token}/delete/") for token in tokens.values())}
    assert len(looks) == 1
    assert looks.pop()[0] == 404
    assert SharedResult.objects.count() == 2  # the expired one, and the good one that the others nearly named


@pytest.mark.parametrize("page", PAGES)
def test_another_method_is_refused_alike_whatever_the_token(other: Client, token: str, page: str) -> None:
    right, wrong = (other.put(f"/shared/{key}/{page}") for key in (token, NEVER_WAS))
    assert right.status_code == wrong.status_code == 405
    assert right.content == wrong.content
    assert other.post(f"/shared/{token}/").status_code == 405


# Another release


def test_a_new_release_leaves_a_shared_result_as_it_was_and_it_says_what_differs(
    other: Client, guide: Guide, published: Live
) -> None:
    token = share(answers_of(guide, "healthy-night-cramps"), published)
    before = other.get(f"/shared/{token}/")
    assert "That release is still in use today" in text_of(before)
    other_text = "Nights alone do not say whether magnesium would help you."
    publish(with_rule(guide, "magnesium-some-nights", verdict="cannot-tell", text=other_text))
    after = other.get(f"/shared/{token}/")
    told = re.compile(r'<div class="told">.*</section>', re.DOTALL)
    assert told.findall(after.content.decode()) == told.findall(before.content.decode())
    assert statuses(after) == statuses(before)
    assert 'data-today="other"' in after.content.decode()
    assert re.findall(r'data-told="([^"]*)"', after.content.decode()) == ["magnesium"]
    labels = {wording.status: wording.label for wording in guide.wordings}
    words = text_of(after)
    assert f"was {labels[Status.POSSIBLE]}, would now be {labels[Status.CANNOT_TELL]}" in words
    assert other_text in words
    assert "Release 1" in words
    assert "Release 2" in words


def test_a_new_release_that_says_the_same_is_named_as_such(other: Client, guide: Guide, token: str) -> None:
    publish(msgspec.structs.replace(guide, title="The same under another title"))
    page = other.get(f"/shared/{token}/")
    assert 'data-today="same"' in page.content.decode()
    assert "On these answers it says the same" in text_of(page)


def test_going_back_to_the_same_document_is_named_as_such(other: Client, guide: Guide, token: str) -> None:
    publish(msgspec.structs.replace(guide, title="For a while"))
    publish(guide)
    assert "It is the same document, word for word" in text_of(other.get(f"/shared/{token}/"))


def test_a_question_that_is_new_is_named_as_what_it_turns_on(other: Client, guide: Guide, token: str) -> None:
    sure, unsure = guide.questions[0].options[0], next(o for o in guide.questions[0].options if o.key == NOT_SURE)
    new = msgspec.structs.replace(
        guide.questions[0], key="shoes", label="Which shoes do you wear?", topic="Shoes", asked=(),
        options=(msgspec.structs.replace(sure, key="flat", label="Flat ones"), unsure),
    )  # fmt: skip
    publish(msgspec.structs.replace(guide, questions=(*guide.questions, new), cases=()))
    page = other.get(f"/shared/{token}/")
    assert 'data-missing="shoes"' in page.content.decode()
    assert "Which shoes do you wear?" in text_of(page)
    assert statuses(page)["zinc"] == "relevant"


# Deleting and expiring


def test_whoever_holds_the_link_deletes_it_after_a_question(other: Client, token: str) -> None:
    asked = other.get(f"/shared/{token}/delete/")
    assert "This cannot be undone" in text_of(asked)
    assert SharedResult.objects.count() == 1
    done = other.post(f"/shared/{token}/delete/")
    assert done["Location"] == "/share/deleted/"
    assert "The shared result is deleted" in text_of(other.get(done["Location"]))
    assert not SharedResult.objects.exists()
    assert [other.get(f"/shared/{token}/{page}").status_code for page in PAGES] == [404, 404, 404]
    assert other.post(f"/shared/{token}/delete/").status_code == 404


def test_a_page_without_referrer_can_delete(token: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"/shared/{token}/delete/", HTTP_ORIGIN="null").status_code == 302
    assert not SharedResult.objects.exists()


def test_deleting_one_leaves_the_others(guide: Guide, published: Live) -> None:
    answers = answers_of(guide, "healthy-night-cramps")
    one, two = share(answers, published), share(answers, published)
    sharing.delete(one, at=datetime.now(UTC))
    assert sharing.open(two, at=datetime.now(UTC)).answers == answers
    with pytest.raises(sharing.NotShared):
        sharing.delete(one, at=datetime.now(UTC))


def test_a_result_opens_until_the_moment_it_expires(guide: Guide, published: Live, settings: Any) -> None:
    settings.SHARED_RESULT_DAYS = 3
    token = share(answers_of(guide, "healthy-night-cramps"), published, at=NOW)
    assert sharing.open(token, at=NOW + timedelta(days=3, seconds=-1)).expires_at == NOW + timedelta(days=3)
    for verb in (sharing.open, sharing.delete):
        with pytest.raises(sharing.NotShared):
            verb(token, at=NOW + timedelta(days=3))
    assert SharedResult.objects.count() == 1  # it takes a purge, and until then nobody sees it


def test_purging_removes_the_expired_and_nothing_else(
    guide: Guide, published: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = answers_of(guide, "healthy-night-cramps")
    now = datetime.now(UTC)
    kept = share(answers, published, at=now)
    for days in (31, 30):
        SharedResult.objects.create(
            token_sha256=f"{days}", answers=answers, release_id=1, created_at=now - timedelta(days=days),
            expires_at=now - timedelta(days=days - 30, seconds=1),
        )  # fmt: skip
    call_command("purge_results")
    assert capsys.readouterr().out == "Expired and removed: 2\n"
    assert [row.token_sha256 for row in SharedResult.objects.all()] == [sharing._digest(kept)]
    call_command("purge_results", verbosity=0)
    assert capsys.readouterr().out == ""


def test_making_a_link_sweeps_out_what_has_expired(guide: Guide, published: Live) -> None:
    answers = answers_of(guide, "healthy-night-cramps")
    share(answers, published, at=NOW - timedelta(days=31))
    share(answers, published, at=NOW)
    assert [row.created_at for row in SharedResult.objects.all()] == [NOW]
