"""A visitor for tests: answers as the shipped cases give them, and a way to walk them through the questions."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from guidance.rules.guide import Guide


def answers_of(guide: Guide, case: str, **others: str | list[str]) -> dict[str, Any]:
    """The answers of a shipped case, some of them given otherwise."""
    given = next(found.answers for found in guide.cases if found.key == case)
    return {key: answer if isinstance(answer, str) else list(answer) for key, answer in (given | others).items()}


def post(client: Client, question: str, answer: str | list[str], *, change: bool = False) -> HttpResponse:
    return client.post(f"/check/{question}/{'?change' if change else ''}", {question: answer})  # type: ignore[return-value]


def walk(client: Client, answers: dict[str, Any]) -> list[str]:
    """Answer what is asked, page by page, until the questions end; the keys of the questions that were asked."""
    asked = []
    address = client.get("/check/")["Location"]
    while address.startswith("/check/"):
        question = address.split("/")[2]
        asked.append(question)
        assert len(asked) <= 40, asked
        response = post(client, question, answers[question])
        assert response.status_code == 302, response.content.decode()
        address = response["Location"]
    assert address == "/result/"
    return asked
