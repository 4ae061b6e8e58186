"""The fixed interface for other systems, by command and by API: an answers object in, a result object out."""

import json
from typing import Any

from guidance.releases import Live
from guidance.rules import engine
from guidance.rules.flow import AnswerError


def answer(live: Live, document: bytes) -> dict[str, Any]:
    """The result for one answers object in JSON. Raises `AnswerError`, at ``body`` where there is none."""
    assessment = engine.assess(live.guide, _answers(document))
    citations = {rule.key: rule.citations for rule in live.guide.rules}
    return {
        "release": live.number,
        "digest": live.digest,
        "alert": assessment.alert,
        "interventions": {
            key: {
                "status": outcome.status,
                "verdict": outcome.verdict,
                "rules": outcome.rules,
                "cautions": outcome.cautions,
                "quotes": list(dict.fromkeys(cited.quote for rule in outcome.rules for cited in citations[rule])),
            }
            for key, outcome in assessment.outcomes.items()
        },
        "notes": assessment.notes,
        "set_aside": assessment.set_aside,
    }


def refusal(error: AnswerError) -> dict[str, str]:
    """What stands in the place of a result."""
    return {"error": error.message, "where": error.where}


def _answers(document: bytes) -> dict[str, Any]:
    try:
        answers = json.loads(document.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise AnswerError("This is not text in UTF-8. Send one answers object in JSON.", "body") from error
    except json.JSONDecodeError as error:
        raise AnswerError(f"This is not JSON: {error}. Send one answers object in JSON.", "body") from error
    except AnswerError:
        raise
    except (ValueError, RecursionError) as error:
        raise AnswerError("No answers object nests so deep or holds such a number.", "body") from error
    if not isinstance(answers, dict):
        raise AnswerError('An answers object is needed, such as {"who": "adult", …}.', "body")
    return answers


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name stands twice: which of two answers counts is not ours to pick."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise AnswerError(f"'{name}' is answered twice. Answer it once.", f"answers.{name}")
        found[name] = value
    return found
