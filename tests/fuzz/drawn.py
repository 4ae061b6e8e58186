"""What strangers send: words, bodies, headers and cookies, from nearly right to rubbish."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, quote_from_bytes

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

words = st.sampled_from(
    [
        SAID, "", " ", "0", "-1", "9" * 25, "9" * 5000, "1e999", "\0", f"{SAID}\0", "\ud800", f"{SAID}\udfff", "\u202e" + SAID,
        hostile.TEXT, "x" * 5000, "null", "[]", "{}", "{", '["\\ud800"]', '{"who": "\\u0000"}', '{"\\ud800": 1}',
        '["get-help"]', "2026-02-30", "10000-01-01", "0001-01-01", "٣", "on", "a-key", "a.b", "' OR 1=1 --", "[" * 3000,
        "marked-option-0-0", "marked-option-1-0", "none", "not-sure", "marked-question-3.none",
    ]
) | st.text(max_size=20)  # fmt: skip

names = st.sampled_from(
    ["marked-question-0", "marked-question-1", "offer", "csrfmiddlewaretoken", "next", "key", "_draft", "_seen", "action",
     "_selected_action", "index", "select_across", "q", "p", "o", "e", "_popup", "_to_field", "key__contains", "pk__in",
     "_save", "username", "password", "document", "reason", "sure", "digest", "_method"]
) | words  # fmt: skip

segments = st.sampled_from(
    ["0", "1", "2", "7", "-1", "9" * 25, "9" * 5000, "1.5", "None", "a-key", "zinc", "%00", "%FF%FE", "%ED%A0%80", "..",
     "%2E%2E", "%2F", "x" * 3000, "%C3%A9", "%D9%A3", "%3Cscript%3E", "%27%20OR%201=1", "%0D%0AX-Y:%20z", "%7B%7B7*7%7D%7D",
     "_2F", "_00", "a;b", "a/b", "%20", "\\", "~"]
) | st.text(max_size=8).map(lambda text: quote(text.encode("utf-8", "surrogatepass"), safe=""))  # fmt: skip

methods = st.sampled_from(
    [
        "GET",
        "POST",
        "POST",
        "HEAD",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "CONNECT",
        "get",
        "PROPFIND",
        "X" * 300,
    ]
)

kinds = st.sampled_from(
    [
        FORM, MULTIPART, "application/json", "", "text/plain", "application/xml", "multipart/form-data", "multipart/mixed",
        "multipart/form-data; boundary=", f"multipart/form-data; boundary={'b' * 300}", "a", ";;;", "application/json; charset=x",
        f"{FORM}; charset=utf-16", f"{FORM}; charset=hex", f"{MULTIPART}; charset=hex", f"{MULTIPART}; charset=unicode_escape",
        "text/plain; charset=hex", "text/plain; charset=utf-7", "text/plain; charset=unicode_escape", "text/plain; charset=idna",
        "text/plain; charset=rot13", "text/plain; charset=\"", "text/plain; charset=utf-8; charset=hex", "text/plain; charset=undefined",
        "text/plain; charset=UTF8", f"{FORM}; charset=latin-1",
    ]
)  # fmt: skip

HEADERS = [
    *[("HTTP_HX_REQUEST", value) for value in ("true", "false", "1")],
    ("HTTP_HX_HISTORY_RESTORE_REQUEST", "true"),
    *[("HTTP_HX_CURRENT_URL", value) for value in ("http://testserver/check/", "http://[", "\xff", "javascript:1")],
    ("HTTP_HX_CURRENT_URL_URI_AUTOENCODED", "true"),
    ("HTTP_HX_PROMPT", SAID),
    *[("HTTP_IF_NONE_MATCH", value) for value in ("*", '"', "W/\"x\", \"y\"", "x" * 4000, '"\xff"')],
    *[("HTTP_IF_MODIFIED_SINCE", value) for value in ("Wed, 21 Oct 2015 07:28:00 GMT", "yesterday", "Wed, 99 Oct 99999 0:0:0 GMT")],
    ("HTTP_IF_MATCH", '"x"'),
    *[("HTTP_ACCEPT_ENCODING", value) for value in ("gzip", "gzip;q=0, *", "\xff")],
    *[("HTTP_ACCEPT_LANGUAGE", value) for value in ("cy, en;q=0.1", "x" * 2000, "zh-Hant;q=abc", "../..")],
    *[("HTTP_REFERER", value) for value in ("http://[", f"https://elsewhere.example/{SAID}", "\xff")],
    *[("HTTP_ORIGIN", value) for value in ("null", "http://testserver", "https://elsewhere.example", "http://[")],
    *[("HTTP_HOST", value) for value in ("testserver", "elsewhere.example", "testserver:99999999", "", "[::1", "a b", "\xff", "127.0.0.1")],
    *[("HTTP_X_CSRFTOKEN", value) for value in ("", "x" * 32, "\xff", "t" * 64)],
    ("HTTP_X_FORWARDED_PROTO", "https"),
    *[("HTTP_X_FORWARDED_FOR", value) for value in ("192.0.2.77", "\xff, x", "," * 500)],
    ("HTTP_X_FORWARDED_HOST", "elsewhere.example"),
    ("HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE"),
    ("HTTP_X_REQUESTED_WITH", "XMLHttpRequest"),
    ("HTTP_RANGE", "bytes=0-1"),
    ("HTTP_EXPECT", "100-continue"),
    ("HTTP_AUTHORIZATION", "Basic Og=="),
    ("HTTP_USER_AGENT", f"{SAID}\xff"),
    ("HTTP_TRANSFER_ENCODING", "chunked"),
]  # fmt: skip

headers = st.lists(st.sampled_from(HEADERS), max_size=3).map(dict)

raw_cookies = st.sampled_from(
    [
        'session="aaaaaaaa\\000"', 'session="aaaaaaaaa\\355\\240\\200"', "session=" + "a" * 32, "session=", "journey=", "journey=:",
        "journey=:::", "journey=.eJw:1:x", f"journey={SAID}:1tAbCd:{'x' * 43}", "journey=\xff\xfe", 'journey="\\000"', "journey=" + "y" * 8000,
        "explorer=x; explorer=y", "csrf=\xff", "csrf=" + "a" * 64, 'csrf="\\000"', "messages=x", 'messages="\\000"', "=;=;;", ";" * 3000,
        "a" * 4096, "journey", "journey-preview=x", "$Version=1; $Path=/", "__Host-journey=x", 'x="\\', "journey=%00", "_ga=GA1.1.1; utm=2",
    ]
)  # fmt: skip


lengths = st.sampled_from(["", "0", "1", "-1", "many", "²", "9" * 30, "300000"])

SIGNED: list[Any] = [
    None, 1, "x", [], {}, {"answers": {}}, {"digest": 1, "answers": [], "notice": None},
    {"digest": "", "answers": {"a": "b"}, "notice": "x"},
    {"digest": "", "answers": {"marked-question-0": "none", "marked-question-1": "none"}, "notice": "newer"},
    {"digest": "", "answers": {"marked-question-0": {"a": 1}, "marked-question-1": [[1]], "x": None}, "notice": None},
]  # fmt: skip
"""What an older or newer version of the program may have put into its cookie."""


def encoded(fields: Fields) -> bytes:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields).encode()


def parts(fields: Fields, files: list[tuple[str, str, bytes]]) -> bytes:
    """The body of a form that takes files."""
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode("utf-8", "replace")
        for name, value in fields
    ]
    lines += [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode(
            "utf-8", "replace"
        )
        + content
        + b"\r\n"
        for name, file, content in files
    ]
    return b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()


class Change(NamedTuple):
    """Something done to a form before it is sent. What a form holds is not known when this is drawn: ``pick`` stands for
    whichever field, button or value has that place, counted round and round."""

    pick: int
    how: str
    word: str


picks = st.integers(0, 9999)

changes = st.lists(
    st.builds(
        Change, picks, st.sampled_from(["chosen", "chosen", "chosen", "written", "doubled", "dropped", "button"]), words
    ),
    max_size=3,
)


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
    st.just(b""),
    any_fields.map(encoded),
    any_fields.map(lambda fields: parts(fields, [])),
    any_fields.map(lambda fields: parts(fields, [("document", "guide.json", b"{}")])[:-7]),
    any_values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(
        [
            b"a=" + b"x" * 300_000, b"&".join([b"a=1"] * 2500), b"\xff\xfe\0", b"%", b"a=%00&b=%ED%A0%80&c=%FF", b"[" * 9000,
            b'{"a": 1, "a": 2}', b'{"who": NaN}', f"--{BOUNDARY}\r\n\r\n".encode(), f"--{BOUNDARY}".encode() * 3, b"<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--{BOUNDARY}--'.encode(),
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name*=hex\'\'%00\r\n\r\n1\r\n--{BOUNDARY}--'.encode(),
        ]
    ),
    st.binary(max_size=60),
)  # fmt: skip


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")
