import html
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from guidance import journey, releases
from guidance.releases import Live
from guidance.rules import quotes
from guidance.rules.guide import Guide, Option
from tests.visiting import answers_of, post, walk

PRIVATE = ["/", "/check/", "/check/who/", "/answers/", "/result/"]
HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.usefixtures("published")


def text_of(response: Any) -> str:
    """What the page says, tags and doubled spaces left out."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", response.content.decode())))


def statuses(response: Any) -> dict[str, str]:
    return dict(re.findall(r'data-intervention="([^"]*)" data-status="([^"]*)"', response.content.decode()))


def test_a_visitor_walks_to_a_result(client: Client, guide: Guide) -> None:
    asked = walk(client, answers_of(guide, "healthy-night-cramps"))
    assert asked == [question.key for question in guide.questions if not question.asked]
    result = client.get("/result/")
    assert statuses(result) == {
        "zinc": "not-supported",
        "magnesium": "possible",
        "potassium": "not-indicated",
        "fluids": "maintain",
    }


@pytest.mark.parametrize("case", range(10))
def test_every_shipped_case_is_told_what_it_expects(client: Client, guide: Guide, case: int) -> None:
    shipped = guide.cases[case]
    walk(client, answers_of(guide, shipped.key))
    result = client.get("/result/")
    assert result.status_code == 200
    assert statuses(result) == {key: status.value for key, status in shipped.expected.items()}


@pytest.mark.parametrize("case", range(10))
def test_every_quote_on_a_result_is_in_the_article_where_its_link_leads(
    client: Client, guide: Guide, case: int
) -> None:
    walk(client, answers_of(guide, guide.cases[case].key))
    page = client.get("/result/").content.decode()
    article = client.get("/article/").content.decode()
    found = re.findall(r"<blockquote[^>]*><a href=\"/article/#s(\d+)\">([^<]*)</a></blockquote>", page)
    assert page.count("<blockquote") == len(found)
    assert bool(found) == (statuses(client.get("/result/"))["zinc"] != "get-help")
    for number, quote in found:
        assert html.unescape(quote) in guide.source.text
        assert f'id="s{number}">{quote}' in article


def test_a_question_page_says_why_it_asks_and_preselects_nothing(client: Client, guide: Guide) -> None:
    page = client.get("/check/timing/")
    assert "checked" not in page.content.decode()
    asked = next(question for question in guide.questions if question.key == "timing")
    assert asked.why in text_of(page)
    assert asked.citations
    assert all(citation.quote in text_of(page) for citation in asked.citations)
    assert "For your safety, not from the article" in text_of(client.get("/check/emergency/"))


def test_an_answer_is_shown_where_the_question_is_opened_again(client: Client) -> None:
    post(client, "who", "older")
    assert re.findall(r'id="([^"]*)" checked', client.get("/check/who/").content.decode()) == ["who-older"]


@pytest.mark.parametrize(
    ("question", "data", "says"),
    [
        ("who", {}, "Choose an answer"),
        ("emergency", {}, "Choose at least one answer"),
        ("who", {"who": "martian"}, "not on the list"),
        ("who", {"who": ["adult", "child"]}, "Choose one answer only"),
        ("emergency", {"emergency": ["none", "chest"]}, "“None of these” cannot go with another answer"),
        ("emergency", {"emergency": ["chest", "martian"]}, "not on the list"),
        ("emergency", {"emergency": ["none", "not-sure"]}, "cannot go with another answer"),
        ("who", {"who": "\x00"}, "not on the list"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_said_plainly(
    client: Client, question: str, data: dict[str, Any], says: str
) -> None:
    page = client.post(f"/check/{question}/", data)
    assert page.status_code == 200
    assert "<title>Error: " in page.content.decode()
    assert text_of(page).count(says) == 2
    assert journey.COOKIE not in page.cookies


def test_what_was_ticked_is_kept_where_it_cannot_be_taken(client: Client) -> None:
    page = client.post("/check/emergency/", {"emergency": ["none", "chest"]})
    assert set(re.findall(r'id="([^"]*)" checked', page.content.decode())) == {"emergency-none", "emergency-chest"}


def test_the_same_box_sent_twice_counts_once(client: Client) -> None:
    client.post("/check/emergency/", {"emergency": ["none", "none"]})
    assert post(client, "who", "adult")["Location"] == "/check/same-day/"


def test_a_double_submit_changes_nothing(client: Client) -> None:
    assert post(client, "who", "adult")["Location"] == post(client, "who", "adult")["Location"] == "/check/emergency/"


def test_a_question_out_of_turn_is_taken_and_the_missing_ones_are_asked(client: Client) -> None:
    assert post(client, "diet", "regular")["Location"] == "/check/who/"
    assert "Yes, on most days" in text_of(client.get("/answers/"))


def test_an_unknown_question_is_a_page_that_says_so(client: Client) -> None:
    for page in (client.get("/check/blood-type/"), client.post("/check/blood-type/", {"blood-type": "a"})):
        assert page.status_code == 404
        assert "There is no such page" in text_of(page)


def test_an_emergency_sign_ends_the_questions_at_once(client: Client) -> None:
    post(client, "who", "adult")
    assert post(client, "emergency", ["chest"])["Location"] == "/result/"
    page = client.get("/result/")
    assert 'data-alert="emergency"' in page.content.decode()
    assert set(statuses(page).values()) == {"get-help"}


@pytest.mark.parametrize(("question", "sign"), [("emergency", "chest"), ("same-day", "leg-swollen")])
def test_get_help_shows_no_article_sentence_no_verdict_and_no_note(
    client: Client, guide: Guide, question: str, sign: str
) -> None:
    walk(client, answers_of(guide, "diarrhoea", who="older") | {question: [sign]})
    page = client.get("/result/")
    words = text_of(page)
    assert f"/check/{question}/?change" in page.content.decode()
    assert "<blockquote" not in page.content.decode()
    assert not [s.text for s in quotes.sentences(guide.source.text) if s.text in words]
    assert not [rule.key for rule in guide.rules if rule.kind in ("verdict", "caution", "note") and rule.text in words]


def test_a_result_puts_the_alert_first_and_says_everything(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "cirrhosis-low-zinc") | {"routine-signs": ["sleep"]})
    page = client.get("/result/").content.decode()
    assert page.index('data-alert="routine"') < page.index("data-intervention")
    words = text_of(client.get("/result/"))
    for said in (
        "Because you answered", "From the article", "Not from the article", "Why not something else",
        "What would change this", "Sources", "Stretching", "When to get help, and how soon", "What to do next",
        "release 1", "not clinically reviewed", "not a diagnosis", "It is not advice until someone has checked it",
    ):  # fmt: skip
        assert said in words
    held = {"cirrhosis", "raises-potassium", "water-tablet", "medicine-review", "copper"}
    rules = {rule.key: rule for rule in guide.rules}
    assert all(rules[key].text in words for key in held)
    titles = {reference.key: reference.title for reference in guide.references}
    assert all(titles[reference] in words for key in held for reference in rules[key].references)


def test_ask_first_folds_the_article_s_view_away(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "cirrhosis-low-zinc"))
    page = client.get("/result/").content.decode()
    magnesium = re.search(r'<section[^>]*data-intervention="magnesium".*?</section>', page, re.DOTALL)
    assert magnesium
    before, folded = magnesium.group().split('<details class="folded">')
    assert "<blockquote" not in before
    assert "data-caution" in before
    assert "<blockquote" in folded


def test_cannot_tell_names_what_would_settle_it(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "unsure-timing-frequency-sweat"))
    assert "What would settle it" in text_of(client.get("/result/"))


def test_a_result_with_an_answer_missing_leads_to_the_question(client: Client) -> None:
    assert client.get("/result/")["Location"] == "/check/who/"
    post(client, "who", "pregnant")
    post(client, "emergency", ["none"])
    assert client.get("/result/")["Location"] == "/check/pregnancy-signs/"


def test_a_changed_answer_keeps_all_others_and_comes_back_to_the_list(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    assert post(client, "frequency", "weekly", change=True)["Location"] == "/answers/"
    assert statuses(client.get("/result/"))["magnesium"] == "relevant"


def test_a_question_that_becomes_needed_is_asked(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    assert post(client, "who", "pregnant", change=True)["Location"] == "/check/pregnancy-signs/"
    assert post(client, "pregnancy-signs", ["none"])["Location"] == "/result/"


def test_an_answer_no_longer_asked_for_is_set_aside_named_and_comes_back(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "cirrhosis-low-zinc"))
    topic = next(question.topic for question in guide.questions if question.key == "liver-signs")
    assert post(client, "illness", "none", change=True)["Location"] == "/answers/"
    assert "Set aside" in text_of(client.get("/answers/"))
    assert topic in text_of(client.get("/answers/"))
    assert topic in text_of(client.get("/result/"))
    assert post(client, "illness", "cirrhosis", change=True)["Location"] == "/answers/"
    assert "Set aside" not in text_of(client.get("/answers/"))
    assert statuses(client.get("/result/"))["zinc"] == "relevant"


def test_a_change_to_a_warning_sign_goes_straight_to_the_help(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    assert post(client, "same-day", ["long-cramp"], change=True)["Location"] == "/result/"


def test_clearing_forgets_everything(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    assert client.get("/clear/").status_code == 405
    assert client.get("/result/").status_code == 200
    cleared = client.post("/clear/", follow=True)
    assert "Your answers are cleared" in text_of(cleared)
    assert client.get("/result/")["Location"] == "/check/who/"


def test_a_get_never_changes_the_answers(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    before = client.cookies[journey.COOKIE].value
    for address in [*PRIVATE, "/article/", "/releases/", "/check/who/?who=child", "/nowhere/"]:
        client.get(address)
    assert client.cookies[journey.COOKIE].value == before


@pytest.mark.parametrize("address", PRIVATE)
def test_pages_of_the_journey_are_kept_by_no_cache(client: Client, guide: Guide, address: str) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    page = client.get(address)
    assert "no-store" in page["Cache-Control"]
    if page.status_code == 200:
        assert {"HX-Request", "Cookie"} <= set(re.split(r",\s*", page["Vary"]))


def test_answers_stand_in_no_address(client: Client, guide: Guide) -> None:
    answers = answers_of(guide, "cirrhosis-low-zinc")
    address = client.get("/check/")["Location"]
    while address.startswith("/check/"):
        question = address.split("/")[2]
        address = post(client, question, answers[question])["Location"]
        assert re.fullmatch(r"/check/[a-z-]+/|/result/", address)


def test_nothing_about_a_visitor_is_stored(
    client: Client, guide: Guide, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answers = answers_of(guide, "cirrhosis-low-zinc")
    client.get("/")
    with django_assert_num_queries(1) as queries:
        post(client, "who", answers["who"])
    assert queries.captured_queries[0]["sql"].startswith("SELECT")
    walk(client, answers)
    with django_assert_num_queries(1) as queries:
        client.get("/result/")
    assert queries.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.parametrize("address", ["/check/who/", "/answers/", "/result/", "/check/nope/"])
def test_htmx_is_given_the_part_that_changes(client: Client, guide: Guide, address: str) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    whole = client.get(address).content.decode()
    part = client.get(address, headers=HTMX).content.decode()
    assert whole.startswith("<!doctype html>")
    assert "<html" not in part
    assert "<footer class" not in part
    title = re.compile("<title>.*</title>")
    assert title.findall(part) == title.findall(whole)
    page = re.search(r'<div id="page".*</div>', part, re.DOTALL)
    assert page
    tokens = re.compile(r'(type="hidden" name="[a-z]+" value=")[^"]*')  # made anew for every request
    assert tokens.sub("", page.group()) in tokens.sub("", whole)
    restored = client.get(address, headers=HTMX | {"HX-History-Restore-Request": "true"}).content.decode()
    assert restored.startswith("<!doctype html>")


def test_htmx_is_led_on_as_a_browser_is(client: Client) -> None:
    assert client.post("/check/who/", {"who": "adult"}, headers=HTMX)["Location"] == "/check/emergency/"
    assert "Error: " in client.post("/check/who/", {}, headers=HTMX).content.decode()


@pytest.mark.parametrize("cookie", ["forged", "a:b:c", "\x7f" * 40])
@pytest.mark.parametrize("address", [*PRIVATE, "/article/"])
def test_a_forged_cookie_never_fails_a_page(client: Client, cookie: str, address: str) -> None:
    client.cookies[journey.COOKIE] = cookie
    page = client.get(address, follow=True)
    assert page.status_code == 200
    if address != "/article/":
        assert "So we start afresh" in text_of(page)


def test_an_answer_after_a_forged_cookie_is_kept_and_the_next_page_says_what_happened(client: Client) -> None:
    client.cookies[journey.COOKIE] = "forged"
    page = client.post("/check/who/", {"who": "adult"}, follow=True)
    assert page.redirect_chain == [("/check/emergency/", 302)]
    assert "So we start afresh" in text_of(page)
    assert "So we start afresh" not in text_of(client.post("/check/emergency/", {"emergency": "none"}, follow=True))


def test_a_later_question_without_a_cookie_says_that_nothing_is_kept(client: Client) -> None:
    assert "no earlier answers" in text_of(client.get("/check/diet/"))
    assert "no earlier answers" not in text_of(client.get("/check/who/"))


def test_a_release_in_the_middle_keeps_what_still_exists_and_asks_the_rest(
    client: Client, guide: Guide, published: Live
) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    publish(more_options(guide, "diet", without="regular"))
    assert client.get("/result/")["Location"] == "/check/diet/"
    page = client.get("/check/diet/")
    assert "A newer release of the guide came out" in text_of(page)
    assert "A newer release" in text_of(client.get("/answers/"))
    assert post(client, "diet", "now-and-then")["Location"] == "/result/"
    assert "A newer release" in text_of(client.get("/result/"))
    assert "release 2" in text_of(client.get("/result/"))


def more_options(guide: Guide, key: str, *, without: str) -> Guide:
    """The guide with one option renamed, wherever it is named."""

    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(f"{key}.now-and-then" if name == f"{key}.{without}" else name for name in names)

    def options(found: tuple[Option, ...]) -> tuple[Option, ...]:
        return tuple(
            msgspec.structs.replace(option, key="now-and-then") if option.key == without else option for option in found
        )

    return msgspec.structs.replace(
        guide,
        questions=tuple(
            msgspec.structs.replace(question, options=options(question.options)) if question.key == key else question
            for question in guide.questions
        ),
        rules=tuple(
            msgspec.structs.replace(
                rule,
                criteria=tuple(
                    msgspec.structs.replace(c, any_of=renamed(c.any_of), none_of=renamed(c.none_of))
                    for c in rule.criteria
                ),
            )
            for rule in guide.rules
        ),
        cases=(),
    )


def publish(guide: Guide) -> None:
    at = datetime.now(UTC)
    proposal = releases.propose(guide, by="an-editor", at=at, acknowledgement="Read one by one.")
    releases.publish(proposal, by="a-reviewer", at=at)


def test_the_start_page_offers_to_go_on_and_to_clear(client: Client) -> None:
    assert "Go on where" not in text_of(client.get("/"))
    post(client, "who", "adult")
    start = client.get("/")
    assert "You can go on where you were" in text_of(start)
    assert 'action="/clear/"' in start.content.decode()


def test_clear_stands_on_every_page_of_the_journey(client: Client, guide: Guide) -> None:
    walk(client, answers_of(guide, "healthy-night-cramps"))
    for address in ("/", "/check/who/", "/answers/", "/result/"):
        assert 'action="/clear/"' in client.get(address).content.decode()


def test_the_article_stands_whole_and_leads_back_to_a_finished_journey(client: Client, guide: Guide) -> None:
    page = client.get("/article/")
    assert [int(number) for number in re.findall(r'id="s(\d+)"', page.content.decode())] == list(range(1, 36))
    words = text_of(page)
    assert all(sentence.text in words for sentence in quotes.sentences(guide.source.text))
    assert all(block.heading in words for block in quotes.blocks(guide.source.text))
    assert "Back to your result" not in words
    walk(client, answers_of(guide, "healthy-night-cramps"))
    assert "Back to your result" in text_of(client.get("/article/"))


def test_releases_can_be_read(client: Client, published: Live) -> None:
    assert "Release 1" in text_of(client.get("/releases/"))
    assert published.digest in text_of(client.get("/releases/1/"))
    assert client.get("/releases/2/").status_code == 404
    assert client.get(f"/releases/{10**30}/").status_code == 404


@pytest.mark.parametrize("address", [*PRIVATE, "/article/", "/releases/", "/releases/1/", "/nowhere/", "/clear/"])
def test_every_page_says_that_it_was_not_reviewed_and_is_no_diagnosis(client: Client, address: str) -> None:
    page = client.get(address, follow=True)
    assert "Not clinically reviewed" in text_of(page)
    assert "Nothing here is a diagnosis" in text_of(page)


@pytest.mark.parametrize("address", ["/", "/check/", "/answers/", "/result/", "/article/"])
def test_another_method_is_refused_on_a_page(client: Client, address: str) -> None:
    page = client.put(address)
    assert page.status_code == 405
    assert page["Allow"] == "GET, HEAD"
    assert "This address takes something else" in text_of(page)


def test_a_form_from_elsewhere_is_refused_on_a_page_that_says_what_to_do() -> None:
    page = Client(enforce_csrf_checks=True).post("/check/who/", {"who": "adult"})
    assert page.status_code == 403
    assert "Let your browser keep cookies" in text_of(page)


def test_a_form_of_a_megabyte_is_refused_on_a_page(client: Client) -> None:
    page = client.post("/check/who/", {"who": "a" * 1_000_000})
    assert page.status_code == 413
    assert "too much to send" in text_of(page)


def test_binary_rubbish_is_an_answer_like_any_other_bad_one(client: Client) -> None:
    page = client.generic("POST", "/check/who/", bytes(range(256)), content_type="application/x-www-form-urlencoded")
    assert page.status_code == 200
    assert "Choose an answer" in text_of(page)
    broken = client.generic("POST", "/check/who/", b"\xff" * 99, content_type="multipart/form-data; boundary=x")
    assert broken.status_code in (200, 400)


def test_a_fault_of_ours_is_a_page_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Live:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(releases, "current", broken)
    client.raise_request_exception = False
    page = client.get("/")
    assert page.status_code == 500
    assert "Something went wrong here" in text_of(page)


def test_without_a_release_pages_say_so_calmly(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Live:
        raise releases.NoRelease("none")

    monkeypatch.setattr(releases, "current", none)
    for address in ("/", "/check/who/", "/result/", "/article/"):
        page = client.get(address)
        assert page.status_code == 503
        assert "No guide is published yet" in text_of(page)
    assert client.get("/nowhere/").status_code == 404
    assert client.post("/clear/").status_code == 302
