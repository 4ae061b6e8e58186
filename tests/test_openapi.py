"""The API's description of itself. That the API keeps to it is tried in `tests.fuzz.test_api`."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from guidance import openapi, releases
from guidance.releases import Live
from guidance.rules.guide import Choice, Guide
from tests import guides, hostile


def answers_of(document: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = document["components"]["schemas"]["Answers"]
    return schema


@pytest.fixture(scope="module")
def document(guide: Guide) -> dict[str, Any]:
    return openapi.document(guide, 7)


def test_every_question_is_named_with_its_options(guide: Guide, document: dict[str, Any]) -> None:
    properties = answers_of(document)["properties"]
    assert list(properties) == [question.key for question in guide.questions]
    for question in guide.questions:
        keys = [option.key for option in question.options]
        described = properties[question.key]
        if question.choice is Choice.ONE:
            assert described["enum"] == keys
        else:
            together, alone = described["anyOf"]
            assert sorted(together["items"]["enum"] + alone["items"]["enum"]) == sorted(keys)
            assert alone["maxItems"] == 1


def test_what_is_asked_of_everybody_is_required(document: dict[str, Any]) -> None:
    assert answers_of(document)["required"] == ["who", "emergency"]


def test_every_case_is_an_example(guide: Guide, document: dict[str, Any]) -> None:
    content = document["paths"]["/api/assess"]["post"]["requestBody"]["content"]["application/json"]
    assert list(content["examples"]) == [case.key for case in guide.cases]


def test_every_answer_of_the_api_is_described(document: dict[str, Any]) -> None:
    answers = {path: list(next(iter(found.values()))["responses"]) for path, found in document["paths"].items()}
    assert answers == {
        "/api/assess": ["200", "400", "405", "413", "422", "429", "503"],
        "/api/guide": ["200", "400", "405", "503"],
    }
    assert document["info"]["version"] == "7"


def test_every_name_it_refers_to_is_there(document: dict[str, Any]) -> None:
    named = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert named <= set(document["components"]["schemas"])
    assert {"Answers", "Result", "Refusal", "Guide", "Question"} <= named


@settings(max_examples=40)
@given(st.data())
def test_no_whole_set_of_answers_lacks_what_is_required(data: st.DataObject) -> None:
    guide = data.draw(guides.guides())
    schema = answers_of(openapi.document(guide, 1))
    given = data.draw(guides.answers(guide, stray=True))
    assert set(schema["required"]) <= set(given) <= set(schema["properties"])


@pytest.mark.django_db
class TestServed:
    def test_it_speaks_for_the_current_release_and_lasts_as_long(self, client: Client, published: Live) -> None:
        response = client.get("/api/openapi.json")
        assert response["Content-Type"] == "application/json"
        assert response.json() == json.loads(json.dumps(openapi.document(published.guide, 1)))
        assert "public" in response["Cache-Control"]
        assert client.get("/api/openapi.json", headers={"If-None-Match": response["ETag"]}).status_code == 304
        hostile.publish(hostile.guide(published.guide))
        later = client.get("/api/openapi.json", headers={"If-None-Match": response["ETag"]})
        assert (later.status_code, later.json()["info"]["version"]) == (200, "2")

    def test_without_a_release_it_says_so_and_is_not_kept(self, client: Client) -> None:
        with pytest.raises(releases.NoRelease):
            releases.current()
        response = client.get("/api/openapi.json")
        assert (response.status_code, response.json()["where"]) == (503, "release")
        assert "no-store" in response["Cache-Control"]

    def test_a_request_that_cannot_be_read_is_refused_in_the_words_of_the_api(self, client: Client) -> None:
        response = client.post("/api/assess", "{}", content_type="application/json", HTTP_HOST="elsewhere.example")
        assert response.status_code == 400
        assert response.json()["where"] == "request"
