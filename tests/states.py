"""Every page of the site and every state it can be in: what a visitor has answered, and the address she opens."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from django.test import Client

from guidance.rules.guide import Guide
from tests.visiting import answers_of, post, walk


class State(NamedTuple):
    name: str
    address: str
    case: str = ""
    """The shipped case whose answers were given before."""
    also: Mapping[str, Any] = MappingProxyType({})
    """Answers given otherwise."""
    then: Mapping[str, Any] = MappingProxyType({})
    """Answers changed afterwards."""
    form: dict[str, Any] | None = None
    """What is sent to the address, where it is not only opened."""
    status: int = 200
    shared: bool = False
    """A private link to the result is made before, and its token stands in the address."""


NIGHT = "healthy-night-cramps"
LIVER = "cirrhosis-low-zinc"

VISITORS = [
    State("start", "/"),
    State("start-again", "/", NIGHT),
    State("cleared", "/?cleared"),
    State("question", "/check/who/"),
    State("question-many", "/check/emergency/", also={"who": "adult"}),
    State("question-quoted", "/check/timing/", NIGHT),
    State("question-lost", "/check/diet/"),
    State("question-changed", "/check/medicines/?change", NIGHT),
    State("question-error", "/check/who/", form={}),
    State("question-error-many", "/check/emergency/", form={"emergency": ["chest", "none"]}),
    State("answers", "/answers/", LIVER),
    State("answers-begun", "/answers/", also={"who": "adult"}),
    State("answers-set-aside", "/answers/", LIVER, then={"illness": "none"}),
    State("result-relevant", "/result/", LIVER, also={"routine-signs": ["sleep"]}),
    State("result-possible", "/result/", NIGHT),
    State("result-ask-first", "/result/", "not-sure-of-anything"),
    State("result-cannot-tell", "/result/", "unsure-timing-frequency-sweat"),
    State("result-nothing", "/result/", NIGHT, also={"timing": "exercise"}),
    State("help-urgent", "/result/", "calf-swelling"),
    State("help-emergency", "/result/", "calf-swelling", also={"emergency": ["chest", "confusion"]}),
    State("shared", "/shared/{token}/", LIVER, shared=True),
    State("shared-help", "/shared/{token}/", "calf-swelling", shared=True),
    State("shared-link", "/shared/{token}/link/", NIGHT, shared=True),
    State("shared-delete", "/shared/{token}/delete/", NIGHT, shared=True),
    State("shared-deleted", "/share/deleted/"),
    State("article", "/article/#s26", NIGHT),
    State("accessibility", "/accessibility/"),
    State("releases", "/releases/"),
    State("release", "/releases/1/"),
    State("not-found", "/nowhere/", status=404),
    State("method", "/clear/", status=405),
    State("too-big", "/check/who/", form={"who": "a" * 300_000}, status=413),
]

CLINICIANS = [
    State("rationale", "/rationale/"),
    State("rationale-intervention", "/rationale/zinc/"),
    State("rule", "/rationale/rules/magnesium-frequent-night/"),
    State("rule-try", "/rationale/rules/magnesium-frequent-night/try/"),
    State("guarantees", "/rationale/guarantees/"),
    State("cases", "/rationale/cases/"),
    State("case", "/rationale/cases/calf-swelling/"),
    State("map", "/rationale/map/"),
    State("explorer", "/rationale/explorer/"),
]

STATES = VISITORS + CLINICIANS


def prepare(client: Client, guide: Guide, state: State) -> str:
    """Give the answers that come before; the address to open then."""
    if state.case:
        walk(client, answers_of(guide, state.case, **state.also))
    else:
        for question, answer in state.also.items():
            post(client, question, answer)
    for question, answer in state.then.items():
        post(client, question, answer, change=True)
    return state.address.format(token=share(client)) if state.shared else state.address


def share(client: Client) -> str:
    """Make a private link to the result: its token."""
    offer = re.search(r'name="offer" value="([^"]+)"', client.get("/result/").content.decode())
    assert offer
    made = client.post("/share/", {"offer": offer[1]})
    return str(made["Location"]).split("/")[2]


def visit(client: Client, guide: Guide, state: State) -> Any:
    """The page in this state, as it is sent."""
    client.cookies.clear()
    address = prepare(client, guide, state).partition("#")[0]
    response = client.get(address) if state.form is None else client.post(address, state.form)
    assert response.status_code == state.status, f"{state.name}: {response.status_code}"
    return response
