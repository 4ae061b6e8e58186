"""A page of the workshop as a browser holds it: what its form would send, and what a person reads."""

import html
import re
from html.parser import HTMLParser
from typing import Any


class Form(HTMLParser):
    """The fields of one form: by name, what would be sent as it stands."""

    def __init__(self, page: str, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.fields: dict[str, list[str]] = {}
        self.select: str | None = None
        self.first_option: str | None = None
        self.area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found: dict[str, str] = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.inside = found.get("id") == self.form_id
        if not self.inside:
            return
        name = found.get("name", "")
        if tag == "input" and name and found.get("type") not in ("submit", "button"):
            if found.get("type") not in ("checkbox", "radio"):
                self._add(name, found.get("value", ""))
            elif "checked" in found:
                self._add(name, found.get("value", "on"))
        elif tag == "textarea":
            self.area = name
            self._add(name, "")
        elif tag == "select":
            self.select, self.first_option = name, None
        elif tag == "option" and self.select:
            if self.first_option is None:
                self.first_option = found.get("value", "")
            if "selected" in found:
                self._add(self.select, found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area:
            self.fields[self.area] = [self.fields[self.area][0].removeprefix("\n").replace("\n", "\r\n")]
            self.area = None
        elif tag == "select" and self.select:
            if self.select not in self.fields:
                self._add(self.select, self.first_option or "")
            self.select = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area] = [self.fields[self.area][0] + data]

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def form(response: Any, model: str) -> dict[str, list[str]]:
    """What the form for a row of this model, or of the changelist, would send; rows for scripts to copy left out."""
    form_id = "changelist-form" if model == "changelist" else f"{model}_form"
    fields = Form(response.content.decode(), form_id).fields
    return {name: values for name, values in fields.items() if "__prefix__" not in name}


def text(response: Any) -> str:
    """What a person reads, in one line."""
    page = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))
