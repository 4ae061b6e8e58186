"""A guide in which every piece of writing tries to run a script: in the article too, and in the quotes from it."""

import hashlib
import itertools
import json
import re
from datetime import UTC, datetime
from typing import Any

from guidance import models, releases
from guidance.rules import loading
from guidance.rules.guide import Guide

TEXT = (
    "<script>hostile()</script>\"onmouseover=\"hostile()\" 'onfocus='hostile()' {{7*7}}{% load hostile %}"
    "</title></textarea></svg><svg onload=hostile()><a href=javascript:hostile()>]]>--!>"
)
"""It leaves a text, an attribute in either kind of quotes, a title, a field and a drawing, and it is a template."""

SENTENCE = '<script>hostile()</script>"onmouseover="hostile()" <svg onload=hostile()>'
"""The same for the middle of a sentence."""

ADDRESSES = (
    "javascript:hostile()",
    "JaVaScRiPt:hostile()",
    " javascript:hostile()",
    "java\tscript:hostile()",
    "\u0001javascript:hostile()",
    "data:text/html,<script>hostile()</script>",
    "vbscript:hostile()",
    "//hostile.example/",
    "/admin/logout/",
    'https://hostile.example/"onmouseover="hostile()',
)

RAW = re.compile(r"<script>hostile|[\"']\s*on\w+=[\"']hostile|<svg onload|<a href=javascript|</title></textarea>")
"""What stands on a page only where a text came out as it is."""

WORDS = {
    "title", "publisher", "doi", "label", "topic", "hint", "why", "text", "rationale", "heading", "reason", "direction",
}  # fmt: skip


def guide(gentle: Guide) -> Guide:
    """``gentle`` with such a text behind each of its own, and with addresses that no link may lead to."""
    document: dict[str, Any] = json.loads(loading.dump(gentle))
    source = document.pop("source")
    _spoil(document, itertools.cycle(ADDRESSES))
    _cite(document)
    source |= {"title": source["title"] + TEXT, "publisher": TEXT, "address": ADDRESSES[0]}
    source["text"] = _cited(source["text"])
    source["sha256"] = hashlib.sha256(source["text"].encode()).hexdigest()
    return loading.load(json.dumps(document | {"source": source}).encode())


def publish(guide: Guide) -> models.Release:
    """Make ``guide`` the current release past the checks, which would not let everything through."""
    newest = models.Release.objects.values_list("number", flat=True).first() or 0
    proposal = propose(guide, base=newest)
    return releases.publish(proposal, by=f"Rita {TEXT}", at=datetime.now(UTC))


def propose(guide: Guide, *, base: int) -> models.Proposal:
    problem = dict.fromkeys(("code", "severity", "place", "message", "mend"), TEXT) | {"example": None}
    return models.Proposal.objects.create(
        document=loading.dump(guide).decode(),
        digest=loading.digest(guide),
        report=json.dumps([problem]),
        base=base,
        summary=TEXT,
        acknowledgement=TEXT,
        proposed_by=f"Ana {TEXT}",
        proposed_at=datetime.now(UTC),
    )


def _spoil(value: Any, addresses: Any) -> None:
    for name, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if name in WORDS and isinstance(inner, str):
            value[name] = inner + TEXT
        elif name == "address":
            value[name] = next(addresses)
        elif isinstance(inner, dict | list):
            _spoil(inner, addresses)


def _cite(value: Any) -> None:
    for name, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if name == "quote":
            value[name] = _cited(inner)
        elif isinstance(inner, dict | list):
            _cite(inner)


def _cited(text: str) -> str:
    """Inside the sentences, so that there are as many as before."""
    return text.replace(" of ", f" of {SENTENCE} ")
