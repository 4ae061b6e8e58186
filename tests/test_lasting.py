"""Pages and parts of pages that are rendered once: for the same values, for one release, with nothing of a visitor."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client

from guidance import models, releases
from guidance.journey import COOKIE
from guidance.releases import Live
from guidance.templatetags import lasting
from tests.visiting import answers_of, post, walk

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def render(source: str, **context: Any) -> str:
    return Template(f"{{% load lasting %}}{source}").render(Context(context))


class Counted:
    """Counts how often it is written."""

    def __init__(self) -> None:
        self.written = 0

    def __str__(self) -> str:
        self.written += 1
        return "word"


# Parts


def test_a_part_is_rendered_once_for_the_same_values():
    template = Template("{% load lasting %}{% lasting word=word end=end %}{{ word }}{{ end }}{% endlasting %}")
    word = Counted()
    kept: dict[Any, Any] = {}
    pages = [template.render(Context({"word": word, "end": end, "lasting": kept})) for end in (".", "!", ".", "!")]
    assert pages == ["word.", "word!", "word.", "word!"]
    assert word.written == 2


def test_each_of_many_is_rendered_once():
    template = Template("{% load lasting %}{% lasting for word in words %}<{{ word }}>{% endlasting %}")
    word = Counted()
    kept: dict[Any, Any] = {}
    pages = [template.render(Context({"words": words, "lasting": kept})) for words in ([word, "b"], ["b", word, "c"])]
    assert pages == ["<word><b>", "<b><word><c>"]
    assert word.written == 1


def test_nothing_reaches_a_part_but_what_it_is_handed():
    said = render("{% lasting word=word %}{{ word }}{{ answer }}{{ csrf_token }}{% endlasting %}", word="a", answer="b")
    assert said == "a"


def test_where_nothing_is_kept_it_is_rendered_all_the_same():
    word = Counted()
    assert render("{% lasting word=word %}{{ word }}{% endlasting %}" * 2, word=word) == "wordword"
    assert word.written == 2


def test_texts_are_escaped_as_elsewhere():
    assert render("{% lasting for word in words %}{{ word }}{% endlasting %}", words=["<b>"], lasting={}) == "&lt;b&gt;"


@pytest.mark.parametrize(
    "inside", ["{% csrf_token %}", "{% block main %}{% endblock %}", "{% if a %}{% csrf_token %}{% endif %}"]
)
def test_what_differs_from_page_to_page_cannot_last(inside: str):
    with pytest.raises(TemplateSyntaxError, match="cannot last"):
        render("{% lasting %}" + inside + "{% endlasting %}")


def test_values_are_handed_over_by_name():
    with pytest.raises(TemplateSyntaxError, match="not 'word'"):
        render("{% lasting word %}{% endlasting %}")


def test_there_is_an_end_to_what_is_kept(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lasting, "PARTS", 3)
    kept: lasting.Kept = {}
    for number in range(10):
        render("{% lasting number=number %}{{ number }}{% endlasting %}", number=number, lasting=kept)
        assert len(kept) <= 3


def test_releases_are_kept_apart_and_the_oldest_go(published: Live):
    assert lasting.of(published) is lasting.of(published)
    for other in (
        published._replace(number=2),
        published._replace(digest="b"),
        published._replace(reviewed=True),
        published._replace(last_review=7),
        None,
    ):
        assert lasting.of(other) is not lasting.of(published)


# Pages


def test_the_same_page_has_a_token_of_its_own_for_everybody(published: Live):
    tokens = set()
    for _ in range(3):
        stranger = Client(enforce_csrf_checks=True)
        found = set(TOKEN.findall(stranger.get("/check/who/").content.decode()))
        assert len(found) == 1
        tokens |= found
        form = {"who": "adult", "csrfmiddlewaretoken": found.pop()}
        assert stranger.post("/check/who/", form)["Location"] == "/check/emergency/"
        assert stranger.post("/check/emergency/", {"emergency": "none"}).status_code == 403
    assert len(tokens) == 3


def test_the_page_holds_no_other_token_than_the_one_that_was_sent(published: Live):
    for _ in range(2):
        page = Client().get("/check/who/").content.decode()
        assert not re.search(r'value="[A-Za-z0-9]{32}"', page)


@pytest.mark.parametrize("address", ["/", "/check/who/", "/check/emergency/", "/article/"])
def test_what_one_visitor_answered_is_shown_to_nobody_else(published: Live, address: str):
    before = Client().get(address).content.decode()
    somebody = Client()
    walk(somebody, answers_of(published.guide, "healthy-night-cramps"))
    theirs = somebody.get(address).content.decode()
    after = Client().get(address).content.decode()
    assert TOKEN.sub("", after) == TOKEN.sub("", before)
    assert TOKEN.sub("", theirs) != TOKEN.sub("", before)


def test_a_notice_is_for_whoever_it_concerns(published: Live):
    forged = Client()
    forged.cookies[COOKIE] = "forged"
    assert "So we start afresh" in forged.get("/check/who/").content.decode()
    assert "So we start afresh" not in Client().get("/check/who/").content.decode()
    assert "So we start afresh" in forged.get("/").content.decode()


@pytest.mark.parametrize("address", ["/", "/check/who/", "/result/", "/rationale/", "/releases/"])
def test_the_next_release_is_what_everybody_reads(published: Live, client: Client, address: str):
    answers = answers_of(published.guide, "healthy-night-cramps")
    walk(client, answers)
    for visitor in (client, Client()):
        assert "Release 1" in visitor.get(address, follow=True).content.decode()
    models.Intervention.objects.filter(key="zinc").update(label="Zinc, the metal")
    models.Question.objects.filter(key="who").update(label="Whom do the cramps trouble?")
    releases.set_up(by="set-up", at=published.published_at, acknowledgement="Read.")
    page = client.get(address, follow=True).content.decode()
    assert "Release 2" in page
    words = {"/": "zinc, the metal", "/result/": "Zinc, the metal", "/rationale/": "Zinc, the metal"}
    assert words.get(address, "") in page
    assert "Whom do the cramps trouble?" in Client().get("/check/who/").content.decode()


def test_a_preview_neither_keeps_nor_reads_what_is_kept(published: Live):
    staff = Client()
    staff.force_login(User.objects.create_superuser("boss"))
    assert "Whom" not in Client().get("/check/who/").content.decode()
    models.Question.objects.filter(key="who").update(label="Whom do the cramps trouble?")
    assert "Whom do the cramps trouble?" in staff.get("/preview/draft/check/who/").content.decode()
    models.Question.objects.filter(key="who").update(label="Whom, then?")
    assert "Whom, then?" in staff.get("/preview/draft/check/who/").content.decode()
    visitors = Client().get("/check/who/").content.decode()
    assert "Whom" not in visitors and "/preview/" not in visitors


def test_htmx_gets_its_part_and_a_browser_the_whole(published: Live, client: Client):
    for _ in range(2):
        assert "<html" in client.get("/check/who/").content.decode()
        assert "<html" not in client.get("/check/who/", headers={"HX-Request": "true"}).content.decode()
        assert "<html" in client.get("/rationale/").content.decode()
        assert "<html" not in client.get("/rationale/", headers={"HX-Request": "true"}).content.decode()


def test_an_answer_that_was_given_is_shown_again(published: Live, client: Client):
    client.get("/check/who/")
    post(client, "who", "older")
    assert 'value="older" id="who-older" checked' in client.get("/check/who/").content.decode()
