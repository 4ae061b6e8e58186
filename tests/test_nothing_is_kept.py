"""Visitors who share nothing leave nothing behind: the database is the same, row for row, as before they came."""

import json
import random
from typing import Any

from django.db import connection
from django.test import Client

from guidance.releases import Live
from guidance.rules.guide import Choice, Guide, Question
from tests.visiting import walk


def rows() -> dict[str, list[str]]:
    """Every row of every table, as text."""
    kept = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            kept[table] = sorted(map(repr, cursor.fetchall()))
    return kept


def any_answer(question: Question, chance: random.Random) -> str | list[str]:
    if question.choice is Choice.ONE:
        return chance.choice(question.options).key
    if chance.random() < 0.8:  # mostly what lets the questions go on
        return [next(option.key for option in question.options if option.key != "not-sure" and option.exclusive)]
    several = [option.key for option in question.options if not option.exclusive]
    return chance.sample(several, chance.randint(1, len(several)))


def look_around(visitor: Client, answers: dict[str, Any]) -> None:
    """Everything else that a visitor may do without sharing, and some of what she may not."""
    visitor.post("/check/who/", {"who": "nothing that can be chosen"})
    visitor.post("/check/who/?change", {"who": answers["who"]}, headers={"HX-Request": "true"})
    for address in ("/answers/", "/result/", "/article/", "/rationale/zinc/", "/releases/1/", "/shared/no-such-token/"):
        visitor.get(address)
    visitor.post("/rationale/explorer/", answers | {"_draft": "on"})
    visitor.post("/rationale/explorer/use/", answers)
    visitor.get("/rationale/rules/zinc-low-alone/try/")
    visitor.get("/preview/draft/check/who/")
    visitor.get("/admin/workbench/")
    visitor.post("/share/", {"offer": "no offer of ours"})
    visitor.post("/api/assess", json.dumps(answers), content_type="application/json")
    visitor.get("/api/guide")
    visitor.cookies["journey"] = visitor.cookies["journey"].value + "x"
    visitor.get("/result/")


def test_a_hundred_journeys_that_share_nothing_leave_no_row_behind(guide: Guide, published: Live) -> None:
    before = rows()
    assert len(before) > 20
    assert before["guidance_release"]
    chance = random.Random(1)
    finished = 0
    visitor = Client()
    for number in range(100):
        answers: dict[str, Any] = {question.key: any_answer(question, chance) for question in guide.questions}
        visitor.cookies.clear()
        visitor.defaults |= {"REMOTE_ADDR": f"192.0.2.{number}", "HTTP_USER_AGENT": f"browser {number}"}
        asked = walk(visitor, answers)
        page = visitor.get("/result/")
        assert page.status_code == 200
        finished += len(asked) > 12
        if number % 8 == 0:
            look_around(visitor, answers)
        if number % 2:
            visitor.post("/clear/")
    assert finished > 20
    assert rows() == before
