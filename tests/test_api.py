import json
from typing import Any

import pytest
from django.test import Client

from guidance import releases
from guidance.releases import Live
from guidance.rules.guide import Guide
from tests.visiting import answers_of

pytestmark = pytest.mark.usefixtures("published")


def assess(client: Client, body: bytes | str | dict[str, Any]) -> Any:
    body = json.dumps(body) if isinstance(body, dict) else body
    return client.post("/api/assess", body, content_type="application/json")


def test_answers_in_and_a_result_out(client: Client, guide: Guide, published: Live) -> None:
    response = assess(client, answers_of(guide, "cirrhosis-low-zinc"))
    result = response.json()
    assert response.status_code == 200
    assert list(result) == ["release", "digest", "alert", "interventions", "notes", "set_aside"]
    assert (result["release"], result["digest"], result["alert"]) == (1, published.digest, None)
    zinc = result["interventions"]["zinc"]
    assert list(zinc) == ["status", "verdict", "rules", "cautions", "quotes"]
    assert (zinc["status"], zinc["verdict"], zinc["rules"]) == ("relevant", "relevant", ["zinc-low-with-cirrhosis"])
    assert len(zinc["quotes"]) == 4
    assert all(quote in guide.source.text for quote in zinc["quotes"])
    assert result["interventions"]["magnesium"]["status"] == "ask-first"
    assert result["interventions"]["magnesium"]["cautions"] == ["cirrhosis", "water-tablet"]
    assert result["notes"] == ["medicine-review", "drink-to-thirst", "copper"]


@pytest.mark.parametrize("case", range(10))
def test_every_shipped_case_comes_out_as_expected(client: Client, guide: Guide, case: int) -> None:
    shipped = guide.cases[case]
    result = assess(client, answers_of(guide, shipped.key)).json()
    found = {key: outcome["status"] for key, outcome in result["interventions"].items()}
    assert found == {key: status.value for key, status in shipped.expected.items()}


def test_under_get_help_there_is_no_verdict_no_rule_and_no_quote(client: Client, guide: Guide) -> None:
    result = assess(client, answers_of(guide, "calf-swelling")).json()
    assert result["alert"] == "urgent"
    assert result["notes"] == []
    for outcome in result["interventions"].values():
        assert (outcome["status"], outcome["verdict"], outcome["rules"], outcome["quotes"]) == (
            "get-help",
            None,
            [],
            [],
        )


def test_answers_that_are_not_asked_are_set_aside_and_named(client: Client, guide: Guide) -> None:
    answers = answers_of(guide, "healthy-night-cramps") | {"liver-signs": ["bleeding"]}
    result = assess(client, answers).json()
    assert result["set_aside"] == ["liver-signs"]
    assert result["alert"] is None


@pytest.mark.parametrize(
    ("others", "where"),
    [
        ({"timing": "nite"}, "answers.timing"),
        ({"timing": ["night"]}, "answers.timing"),
        ({"timing": None}, "answers.timing"),
        ({"timing": {"night": True}}, "answers.timing"),
        ({"emergency": "none"}, "answers.emergency"),
        ({"emergency": []}, "answers.emergency"),
        ({"emergency": ["none", "chest"]}, "answers.emergency"),
        ({"emergency": ["chest", "chest"]}, "answers.emergency"),
        ({"emergency": [["chest"]]}, "answers.emergency"),
        ({"liver-signs": ["perhaps"]}, "answers.liver-signs"),
        ({"blood-type": "a"}, "answers.blood-type"),
    ],
)
def test_an_answer_that_cannot_be_given_is_named(client: Client, guide: Guide, others: Any, where: str) -> None:
    response = assess(client, answers_of(guide, "healthy-night-cramps") | others)
    assert response.status_code == 422
    assert set(response.json()) == {"error", "where"}
    assert response.json()["where"] == where


def test_a_missing_answer_is_named(client: Client, guide: Guide) -> None:
    answers = answers_of(guide, "healthy-night-cramps")
    del answers["diet"]
    response = assess(client, answers)
    assert response.status_code == 422
    assert response.json()["where"] == "answers.diet"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b"7", b'"who"', b"\xff\xfe\x00", bytes(range(256)), b"[" * 100_000, b"NaN",
        b'{"a":' * 50_000, b"1" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_answers_object_is_refused_with_a_clear_message(client: Client, body: bytes) -> None:
    response = assess(client, body)
    assert response.status_code == 422
    assert response.json()["where"] == "body"
    assert len(response.json()["error"]) > 20


def test_a_question_answered_twice_is_refused(client: Client) -> None:
    response = assess(client, b'{"who": "adult", "who": "child"}')
    assert response.status_code == 422
    assert response.json()["where"] == "answers.who"


def test_half_a_letter_in_an_answer_is_refused_like_any_unknown_option(client: Client, guide: Guide) -> None:
    body = json.dumps(answers_of(guide, "healthy-night-cramps") | {"timing": "\ud800"})
    assert assess(client, body).json()["where"] == "answers.timing"


def test_a_body_of_a_megabyte_is_too_big(client: Client) -> None:
    response = assess(client, b'{"who": "' + b"a" * 1_000_000 + b'"}')
    assert response.status_code == 413
    assert response.json()["where"] == "body"


@pytest.mark.parametrize(("address", "method"), [("/api/assess", "POST"), ("/api/guide", "GET")])
def test_another_method_is_refused(client: Client, address: str, method: str) -> None:
    for other in {"GET", "POST", "PUT", "DELETE", "PATCH"} - {method}:
        response = client.generic(other, address)
        assert response.status_code == 405
        assert response["Allow"] == method
        assert response.json()["where"] == "method"


def test_the_api_takes_no_cookie_keeps_nothing_and_needs_no_token(guide: Guide) -> None:
    client = Client(enforce_csrf_checks=True)
    response = assess(client, answers_of(guide, "healthy-night-cramps"))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not client.cookies


def test_the_guide_comes_as_it_was_published(client: Client, published: Live) -> None:
    response = client.get("/api/guide")
    assert response.content == published.document
    assert response["Content-Type"] == "application/json"
    assert "no-store" in response["Cache-Control"]


def test_without_a_release_the_api_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Live:
        raise releases.NoRelease("none")

    monkeypatch.setattr(releases, "current", none)
    for response in (client.get("/api/guide"), assess(client, {})):
        assert response.status_code == 503
        assert response.json()["where"] == "release"


def test_the_site_is_alive_without_rows(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
