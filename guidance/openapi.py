"""The API as other programs read it: an OpenAPI document on what it takes and gives under one release. Plain data."""

from collections.abc import Iterable
from typing import Any

import msgspec

from guidance.rules import masks
from guidance.rules.guide import Choice, Guide, Level, Question, Status, Verdict

Schema = dict[str, Any]

REFUSALS = {
    400: "The request cannot be read: its body broke off, or its headers do not fit.",
    405: "This address takes another method.",
    413: "The body is too big for an answers object.",
    422: "These answers cannot be assessed: one cannot be given, one is missing, or this is no answers object.",
    429: "This address has asked too often. The header says when to ask again.",
    503: "No release is published, or none can be read, or the database does not answer.",
}
HEADERS = {
    405: {"Allow": {"description": "The method to use.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "In how many seconds.", "schema": {"type": "integer", "minimum": 1}}},
}


def document(guide: Guide, release: int) -> Schema:
    """What the API is while this release is the current one. Whatever breaks the schema of the answers is refused;
    answers that keep to it may still lack one that these answers make the guide ask for."""
    _, schemas = msgspec.json.schema_components([Guide], ref_template="#/components/schemas/{name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": guide.title,
            "version": str(release),
            "description": "Nothing that is sent is kept. The version is the number of the current release: "
            "its questions and options are named here, and another release may have others.",
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/api/assess": {
                "post": {
                    "operationId": "assess",
                    "summary": "Answers in, a result out",
                    "requestBody": {"required": True, "content": _json(_named("Answers"), examples=_examples(guide))},
                    "responses": {
                        "200": {"description": "What these answers come to.", "content": _json(_named("Result"))},
                        **_refusals(400, 405, 413, 422, 429, 503),
                    },
                }
            },
            "/api/guide": {
                "get": {
                    "operationId": "guide",
                    "summary": "The current release, whole",
                    "responses": {
                        "200": {"description": "The document as published.", "content": _json(_named("Guide"))},
                        **_refusals(400, 405, 503),
                    },
                }
            },
        },
        "components": {
            "schemas": {"Answers": _answers(guide), "Result": _result(guide), "Refusal": _refusal(), **schemas},
        },
    }


def _answers(guide: Guide) -> Schema:
    return {
        "type": "object",
        "description": "Every question that is asked, answered. Answers to others are set aside, and named.",
        "properties": {question.key: _answer(question) for question in guide.questions},
        "required": _always_asked(guide),
        "additionalProperties": False,
    }


def _always_asked(guide: Guide) -> list[str]:
    """The questions that every answer set answers: those no answer opens, up to the first that may end them all."""
    found = []
    for step in masks.of(guide).steps:
        if not step.asked:
            found.append(step.key)
        if step.stops:
            break
    return found


def _answer(question: Question) -> Schema:
    said = {"title": question.topic, "description": question.label}
    if question.choice is Choice.ONE:
        return said | _word(option.key for option in question.options)
    together = [option.key for option in question.options if not option.exclusive]
    alone = [option.key for option in question.options if option.exclusive]
    several = [{"items": _word(together)}] if together else []
    single = [{"items": _word(alone), "maxItems": 1}] if alone else []
    return said | {"type": "array", "minItems": 1, "uniqueItems": True, "anyOf": several + single}


def _result(guide: Guide) -> Schema:
    outcome = _object(
        {
            "status": _word(Status),
            "verdict": {
                "enum": [*Verdict, None],
                "description": "Of the rules; null under an alert that asks for help.",
            },
            "rules": _list({"type": "string"}),
            "cautions": _list({"type": "string"}),
            "quotes": _list({"type": "string", "description": "A sentence of the article, to the letter."}),
        }
    )
    return _object(
        {
            "release": {"type": "integer", "minimum": 1},
            "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "alert": {"enum": [*Level, None], "description": "How soon to get help."},
            "interventions": _object({intervention.key: outcome for intervention in guide.interventions}),
            "notes": _list(_word(rule.key for rule in guide.rules)),
            "set_aside": _list(_word(question.key for question in guide.questions)),
        }
    )


def _refusal() -> Schema:
    return _object(
        {
            "error": {"type": "string", "description": "What is wrong, and what would do."},
            "where": {"type": "string", "description": "Such as answers.timing, body or method."},
        }
    )


def _refusals(*statuses: int) -> Schema:
    return {
        str(status): {
            "description": REFUSALS[status],
            "content": _json(_named("Refusal")),
            **({"headers": HEADERS[status]} if status in HEADERS else {}),
        }
        for status in statuses
    }


def _examples(guide: Guide) -> Schema:
    return {case.key: {"summary": case.title, "value": case.answers} for case in guide.cases}


def _json(schema: Schema, **more: Any) -> Schema:
    return {"application/json": {"schema": schema, **more}}


def _named(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: Schema) -> Schema:
    """An object with these properties, all of them and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _word(words: Iterable[str]) -> Schema:
    return {"type": "string", "enum": list(words)}
