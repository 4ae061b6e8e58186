"""A page as whoever opens it may go on from it: its links, and its forms with what they would send as they stand."""

from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

Fields = list[tuple[str, str]]


class Field(NamedTuple):
    """Something in a form that can be filled or chosen. A button is a field of which one is sent at most."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()
    """The values that may be chosen; none where anything may be written."""


class Form(NamedTuple):
    address: str
    method: str
    encoding: str
    standing: Fields
    fields: tuple[Field, ...]


class Page(NamedTuple):
    address: str
    links: tuple[str, ...]
    forms: tuple[Form, ...]


def read(address: str, text: str) -> Page:
    """Links that lead elsewhere, and forms that search, are left out."""
    reading = _Reading(address)
    reading.feed(text)
    return Page(address, tuple(sorted(reading.links)), tuple(reading.forms))


class _Reading(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.links: set[str] = set()
        self.forms: list[Form] = []
        self.form: dict[str, str] | None = None
        self.choices: dict[tuple[str, str], list[str]] = {}
        self.standing: Fields = []
        self.select = self.area = ""
        self.written = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "a" and "href" in found:
            self._link(found["href"])
        elif tag == "form":
            self.form, self.choices, self.standing = found, {}, []
        if self.form is None:
            return
        name, value, kind = found.get("name", ""), found.get("value", ""), found.get("type", "text")
        if tag == "option" and self.select:
            self._choice(self.select, "select", value)
            if "selected" in found:
                self.standing.append((self.select, value))
        elif not name or "__prefix__" in name:  # rows for scripts to copy are sent by nobody
            return
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area, self.written = name, ""
            self._choice(name, "area")
        elif tag == "button" or kind == "submit":
            self._choice(name, "button", value)
        elif tag == "input" and kind in ("radio", "checkbox"):
            self._choice(name, kind, value or "on")
            if "checked" in found:
                self.standing.append((name, value or "on"))
        elif tag == "input":
            self._choice(name, kind)
            if kind != "file":
                self.standing.append((name, value))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""
        elif tag == "textarea" and self.area:
            self.standing.append((self.area, self.written.removeprefix("\n")))
            self.area = ""
        elif tag == "form" and self.form is not None:
            fields = tuple(Field(name, kind, tuple(values)) for (name, kind), values in self.choices.items())
            action = urlsplit(urljoin(self.address, self.form.get("action", "")))
            address = f"{action.path}?{action.query}" if action.query else action.path
            method, encoding = self.form.get("method", "get").upper(), self.form.get("enctype", "")
            self.forms.append(Form(address, method, encoding, self.standing, fields))
            self.form = None

    def handle_data(self, data: str) -> None:
        if self.area:
            self.written += data

    def _choice(self, name: str, kind: str, value: str | None = None) -> None:
        values = self.choices.setdefault((name, kind), [])
        if value is not None:
            values.append(value)

    def _link(self, link: str) -> None:
        target = urlsplit(urljoin(f"http://testserver{self.address}", link))
        if target.netloc == "testserver":
            self.links.add(f"{target.path}?{target.query}" if target.query else target.path)
