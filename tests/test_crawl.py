"""Every page that can be reached by a link, and every link on it, down to the place on the page that it names."""

from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client

from guidance.releases import Live
from tests.visiting import answers_of, walk

pytestmark = pytest.mark.django_db

START = ["/", "/rationale/", "/result/", "/answers/"]


class Reading(HTMLParser):
    """The links, forms and places of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.forms: set[tuple[str, str]] = set()
        self.ids: list[str] = []
        self.pointers: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found: dict[str, Any] = dict(attributes)
        if tag == "a" and "href" in found:
            self.links.add(found["href"])
        if tag == "blockquote" and "cite" in found:
            self.links.add(found["cite"])
        if tag == "form":
            self.forms.add((found.get("method", "get"), found.get("action", "")))
        if "formaction" in found:
            self.forms.add(("post", found["formaction"]))
        if "id" in found:
            self.ids.append(found["id"])
        for name in ("for", "aria-labelledby", "aria-describedby"):
            self.pointers |= set((found.get(name) or "").split())


def crawl(client: Client, starts: list[str]) -> tuple[dict[str, Reading], set[tuple[str, str, str]]]:
    """Every page reached from these, and every link as page, address and place."""
    pages: dict[str, Reading] = {}
    links: set[tuple[str, str, str]] = set()
    waiting = list(starts)
    while waiting:
        address = waiting.pop()
        if address in pages:
            continue
        response = client.get(address, follow=True)
        assert response.status_code == 200, f"{address} answers {response.status_code}"
        text = response.content.decode() if response["Content-Type"].startswith("text/html") else ""
        pages[address] = Reading(text)
        landed = response.redirect_chain[-1][0] if response.redirect_chain else address
        for link in pages[address].links:
            target, place = urldefrag(urljoin(landed, link))
            if urlsplit(target).netloc:
                continue
            links.add((address, target, place))
            if target not in pages and not target.startswith("/admin/"):
                waiting.append(target)
    return pages, links


@pytest.fixture
def site(client: Client, published: Live) -> tuple[dict[str, Reading], set[tuple[str, str, str]]]:
    """The whole site, for a visitor who has a result."""
    walk(client, answers_of(published.guide, "cirrhosis-low-zinc"))
    return crawl(client, START)


Site = tuple[dict[str, Reading], set[tuple[str, str, str]]]


def test_every_link_leads_to_a_page_and_to_a_place_on_it(site: Site) -> None:
    pages, links = site
    lost = [f"{page} → {target}#{place}" for page, target, place in links if place and place not in pages[target].ids]
    assert not lost, "\n".join(sorted(lost))


def test_no_place_is_there_twice_and_every_label_points_to_something(site: Site) -> None:
    pages, _ = site
    for address, page in pages.items():
        doubled = {place for place in page.ids if page.ids.count(place) > 1}
        assert not doubled, f"{address}: {doubled}"
        assert page.pointers <= set(page.ids), f"{address}: {page.pointers - set(page.ids)}"


def test_every_form_is_sent_to_an_address_that_is_there(site: Site, client: Client) -> None:
    pages, _ = site
    for method, action in {form for page in pages.values() for form in page.forms if form[1]}:
        if method == "post":
            assert client.get(action).status_code in (200, 302, 405), action


def test_the_crawl_reaches_every_rule_question_intervention_case_and_release(site: Site, published: Live) -> None:
    pages, _ = site
    guide = published.guide
    wanted = {
        *(f"/rationale/rules/{rule.key}/" for rule in guide.rules),
        *(f"/rationale/rules/{rule.key}/try/" for rule in guide.rules),
        *(f"/rationale/{item.key}/" for item in guide.interventions),
        *(f"/rationale/cases/{case.key}/" for case in guide.cases),
        *(f"/check/{question.key}/" for question in guide.questions),
        *(f"/rationale/{page}/" for page in ("guarantees", "cases", "map", "explorer")),
        "/article/",
        "/releases/1/",
    }
    assert wanted <= set(pages)


def test_every_cited_sentence_leads_back_to_the_rules_that_cite_it(site: Site, published: Live) -> None:
    _, links = site
    for rule in published.guide.rules:
        for citation in rule.citations:
            assert (f"/rationale/rules/{rule.key}/", "/article/", f"s{citation.sentence}") in links
            assert ("/article/", f"/rationale/rules/{rule.key}/", "") in links
