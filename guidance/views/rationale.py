"""What everyone may read: the article, sentence by sentence, and the releases."""

from django.http import HttpRequest, HttpResponse

from guidance import journey, releases
from guidance.releases import Live
from guidance.rules import flow, quotes
from guidance.views import pages, system


@pages.methods("GET", "HEAD")
@pages.published
def article(request: HttpRequest, live: Live) -> HttpResponse:
    answers = journey.read(request, live.guide, live.digest).answers
    context = {
        "blocks": quotes.blocks(live.guide.source.text),
        "finished": bool(answers) and flow.next_question(live.guide, answers) is None,
    }
    return pages.render(request, "guidance/article.html", context, live=live)


@pages.methods("GET", "HEAD")
@pages.published
def releases_list(request: HttpRequest, live: Live) -> HttpResponse:
    return pages.render(request, "guidance/releases.html", {"releases": releases.history()}, live=live)


@pages.methods("GET", "HEAD")
@pages.published
def release(request: HttpRequest, live: Live, number: int) -> HttpResponse:
    found = next((release for release in releases.history() if release.number == number), None)
    if found is None:
        return system.not_found(request)
    return pages.render(request, "guidance/release.html", {"release": found}, live=live)
