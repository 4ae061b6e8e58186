"""What strangers send: words, bodies, headers and cookies, from nearly right to rubbish."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests import hostile
from tests.fuzz.pages import Fields, Form

Thing = TypeVar("Thing")

FORM = "application/x-www-form-urlencoded"
BOUNDARY = "a-boundary"
FILES = "multipart/form-data"
MULTIPART = f"{FILES}; boundary={BOUNDARY}"
SAID = "said-in-passing"
"""Stands in much of what is written, so that a log can be searched for it."""

# fmt: off
WORDS = [
    SAID, f"{SAID}\0", f"{SAID}\udfff", f"\u202e{SAID}", hostile.TEXT, "", " ", "\0", "\ud800", "x" * 5000,
    "0", "-1", "9" * 25, "9" * 5000, "1e999", "٣", "2026-02-30", "10000-01-01", "0001-01-01",
    "null", "[]", "{}", "{", '["\\ud800"]', '{"who": "\\u0000"}', '{"\\ud800": 1}', '["get-help"]', "[" * 5000,
    "on", "a-key", "a.b", "' OR 1=1 --", "none", "not-sure",
    "marked-option-0-0", "marked-option-1-0", "marked-question-3.none",
]

NAMES = [
    "marked-question-0", "marked-question-1", "offer", "csrfmiddlewaretoken", "_draft", "_method",
    "next", "username", "password", "key", "_seen", "_save", "action", "_selected_action", "index", "select_across",
    "q", "p", "o", "e", "_popup", "_to_field", "key__contains", "pk__in", "id__exact",
    "document", "reason", "sure", "digest",
]

SEGMENTS = [
    "0", "1", "2", "7", "-1", "1.5", "9" * 25, "9" * 5000, "%D9%A3", "None", "a-key", "zinc", "x" * 3000, "%C3%A9",
    "%00", "%FF%FE", "%ED%A0%80", "%20", "\\", "~", "..", "%2E%2E", "%2F", "a/b", "a;b", "_2F", "_00",
    "%3Cscript%3E", "%27%20OR%201=1", "%0D%0AX-Y:%20z", "%7B%7B7*7%7D%7D",
]

METHODS = [
    "GET", "POST", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND",
    "X" * 300,
]

KINDS = [
    FORM, MULTIPART, "application/json", "", "text/plain", "application/xml", "a", ";;;", FILES, "multipart/mixed",
    f"{FILES}; boundary=", f"{FILES}; boundary={'b' * 300}", "application/json; charset=x", 'text/plain; charset="',
    *(f"{FORM}; charset={codec}" for codec in ("utf-16", "hex", "latin-1")),
    *(f"{MULTIPART}; charset={codec}" for codec in ("hex", "unicode_escape")),
    *(f"text/plain; charset={codec}" for codec in ("hex", "utf-7", "unicode_escape", "idna", "rot13", "undefined")),
    "text/plain; charset=utf-8; charset=hex", "text/plain; charset*=no-such''x",
]

HEADERS = {
    "HTTP_HOST": ["testserver", "127.0.0.1", "elsewhere.example", "testserver:99999999", "", "[::1", "a b", "\xff"],
    "HTTP_HX_REQUEST": ["true", "false", "1"],
    "HTTP_HX_HISTORY_RESTORE_REQUEST": ["true"],
    "HTTP_HX_CURRENT_URL": ["http://testserver/check/", "http://[", "\xff", "javascript:1"],
    "HTTP_HX_CURRENT_URL_URI_AUTOENCODED": ["true"],
    "HTTP_HX_PROMPT": [SAID],
    "HTTP_IF_NONE_MATCH": ["*", '"', 'W/"x", "y"', "x" * 4000, '"\xff"'],
    "HTTP_IF_MODIFIED_SINCE": ["Wed, 21 Oct 2015 07:28:00 GMT", "yesterday", "Wed, 99 Oct 99999 0:0:0 GMT"],
    "HTTP_IF_MATCH": ['"x"'],
    "HTTP_ACCEPT_ENCODING": ["gzip", "gzip;q=0, *", "\xff"],
    "HTTP_ACCEPT_LANGUAGE": ["cy, en;q=0.1", "x" * 2000, "zh-Hant;q=abc", "../.."],
    "HTTP_REFERER": ["http://[", f"https://elsewhere.example/{SAID}", "\xff"],
    "HTTP_ORIGIN": ["null", "http://testserver", "https://elsewhere.example", "http://["],
    "HTTP_X_CSRFTOKEN": ["", "x" * 32, "\xff", "t" * 64],
    "HTTP_X_FORWARDED_PROTO": ["https"],
    "HTTP_X_FORWARDED_FOR": ["192.0.2.77", "\xff, x", "," * 500],
    "HTTP_X_FORWARDED_HOST": ["elsewhere.example"],
    "HTTP_X_HTTP_METHOD_OVERRIDE": ["DELETE"],
    "HTTP_X_REQUESTED_WITH": ["XMLHttpRequest"],
    "HTTP_RANGE": ["bytes=0-1"],
    "HTTP_EXPECT": ["100-continue"],
    "HTTP_AUTHORIZATION": ["Basic Og=="],
    "HTTP_USER_AGENT": [f"{SAID}\xff"],
    "HTTP_TRANSFER_ENCODING": ["chunked"],
}

COOKIES = [
    'session="aaaaaaaa\\000"', 'session="aaaaaaaaa\\355\\240\\200"', f"session={'a' * 32}", "session=",
    "journey=", "journey=:", "journey=:::", "journey=.eJw:1:x", f"journey={SAID}:1tAbCd:{'x' * 43}", "journey=\xff\xfe",
    'journey="\\000"', f"journey={'y' * 8000}", "journey", "journey=%00", "__Host-journey=x", "journey-preview=x",
    "explorer=x; explorer=y", "csrf=\xff", f"csrf={'a' * 64}", 'csrf="\\000"', "messages=x", 'messages="\\000"',
    "=;=;;", ";" * 3000, "a" * 4096, "$Version=1; $Path=/", 'x="\\', "_ga=GA1.1.1; utm=2",
]

LENGTHS = ["", "0", "1", "-1", "many", "²", "9" * 30, "300000"]

PART = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name"
BODIES = [
    b"", b"%", b"\xff\xfe\0", b"a=" + b"x" * 300_000, b"&".join([b"a=1"] * 2500), b"a=%00&b=%ED%A0%80&c=%FF",
    b"[" * 9000, b'{"a": 1, "a": 2}', b'{"who": NaN}', b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    f"--{BOUNDARY}\r\n\r\n".encode(), f"--{BOUNDARY}".encode() * 3,
    f"{PART}*=hex''%00\r\n\r\n1\r\n--{BOUNDARY}--".encode(),
    f'{PART}="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--{BOUNDARY}--'.encode(),
]
# fmt: on

words = st.sampled_from(WORDS) | st.text(max_size=20)
names = st.sampled_from(NAMES) | words
segments = st.sampled_from(SEGMENTS) | st.text(max_size=8).map(lambda text: _quoted(text))
methods = st.sampled_from(METHODS)
kinds = st.sampled_from(KINDS)
headers = st.lists(
    st.sampled_from([(name, value) for name, values in HEADERS.items() for value in values]), max_size=3
).map(dict)
raw_cookies = st.sampled_from(COOKIES)
lengths = st.sampled_from(LENGTHS)

SIGNED: list[Any] = [
    None, 1, "x", [], {}, {"answers": {}}, {"digest": 1, "answers": [], "notice": None},
    {"digest": "", "answers": {"a": "b"}, "notice": "x"},
    {"digest": "", "answers": {"marked-question-0": "none", "marked-question-1": "none"}, "notice": "newer"},
    {"digest": "", "answers": {"marked-question-0": {"a": 1}, "marked-question-1": [[1]], "x": None}, "notice": None},
]  # fmt: skip
"""What an older or newer version of the program may have put into its cookie."""


def encoded(fields: Fields) -> bytes:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields).encode()


def parts(fields: Fields, files: Iterable[tuple[str, str, bytes]] = ()) -> bytes:
    """The body of a form that takes files."""
    named = [(f'"{name}"', value.encode("utf-8", "replace")) for name, value in fields]
    named += [(f'"{name}"; filename="{file}"', content) for name, file, content in files]
    sent = [f"{PART}={name}\r\n\r\n".encode("utf-8", "replace") + content + b"\r\n" for name, content in named]
    return b"".join(sent) + f"--{BOUNDARY}--\r\n".encode()


class Change(NamedTuple):
    """Something done to a form before it is sent. What the form holds is not known when this is drawn: ``pick`` stands
    for whichever field, button or value has that place, counted round and round."""

    pick: int
    how: str
    word: str


picks = st.integers(0, 9999)

ways = st.sampled_from(["chosen", "chosen", "chosen", "written", "doubled", "dropped", "button"])
changes = st.lists(st.builds(Change, picks, ways, words), max_size=3)


def picked(pick: int, things: Sequence[Thing]) -> Thing:
    return things[pick % len(things)]


def filled(form: Form, changes: Iterable[Change]) -> Fields:
    """A form as it stands, with a few fields filled otherwise: rightly, wrongly, twice, or not at all."""
    fields = list(form.standing)
    free = [field for field in form.fields if field.kind not in ("button", "file")]
    buttons = [(field.name, value) for field in form.fields if field.kind == "button" for value in field.choices]
    for pick, how, word in changes:
        if how == "button":
            fields += [picked(pick, buttons)] if buttons else []
        elif free:
            field = picked(pick, free)
            chosen = how in ("chosen", "doubled") and field.choices
            value = picked(pick // len(free), field.choices) if chosen else word
            if how != "doubled":
                fields = [(name, kept) for name, kept in fields if name != field.name]
            if how != "dropped":
                fields.append((field.name, value))
    return fields


def answered(form: Form, pick: int) -> Fields:
    """A form in which every choice is made, as a visitor would."""
    offered = {field.name for field in form.fields if field.choices}
    chosen = [(field.name, picked(pick, field.choices)) for field in form.fields if field.kind in ("radio", "checkbox")]
    return [(name, value) for name, value in form.standing if name not in offered] + chosen


any_fields: SearchStrategy[Fields] = st.lists(st.tuples(names, words), max_size=5)

any_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)

bodies: SearchStrategy[bytes] = st.one_of(
    st.sampled_from(BODIES),
    any_fields.map(encoded),
    any_fields.map(parts),
    any_fields.map(lambda fields: parts(fields, [("document", "guide.json", b"{}")])[:-7]),
    any_values.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=60),
)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")
