"""Sentences of a text, and where in it a quote stands to the letter."""

import difflib
import re
from typing import NamedTuple

BLOCK = re.compile(r"[^\n]+(?:\n(?!\n)[^\n]+)*")
END = re.compile(r"[.!?][”’\")\]]*(?=\s+[A-Z0-9“‘\"(]|\s*$)")


class Sentence(NamedTuple):
    """One sentence: its number from 1 in reading order, and the part of the text it is."""

    number: int
    start: int
    end: int
    text: str


class Block(NamedTuple):
    """A heading, or a paragraph of sentences, in reading order."""

    heading: str
    """Empty for a paragraph."""
    sentences: tuple[Sentence, ...]


class Span(NamedTuple):
    """The one place where a quote stands. ``sentence`` is the number of the sentence it is the whole of, else None."""

    start: int
    end: int
    sentence: int | None


class Missing(NamedTuple):
    """The quote stands nowhere. ``nearest`` is the sentence most like it, ``differs_at`` where they part."""

    nearest: Sentence | None
    differs_at: int


class Ambiguous(NamedTuple):
    """The quote stands in several places, given by where each starts."""

    starts: tuple[int, ...]


def blocks(text: str) -> tuple[Block, ...]:
    """The text as headings and paragraphs. The first block is a heading, and any that does not end as a sentence."""
    found: list[Block] = []
    number = 0
    for match in BLOCK.finditer(text):
        block = match.group()
        if not found or not re.search(r"[.!?][”’\")\]]*\s*$", block):
            found.append(Block(block.strip(), ()))
            continue
        sentences = []
        start = 0
        for end in END.finditer(block):
            raw = block[start : end.end()]
            skip = len(raw) - len(raw.lstrip())
            number += 1
            begin = match.start() + start + skip
            sentences.append(Sentence(number, begin, begin + len(raw) - skip, raw[skip:]))
            start = end.end()
        found.append(Block("", tuple(sentences)))
    return tuple(found)


def sentences(text: str) -> tuple[Sentence, ...]:
    """All sentences of the text, headings left out."""
    return tuple(sentence for block in blocks(text) for sentence in block.sentences)


def locate(text: str, quote: str) -> Span | Missing | Ambiguous:
    """Where ``quote`` stands in ``text``, letter for letter: no case, space or quotation mark is forgiven."""
    starts = [match.start() for match in re.finditer(f"(?={re.escape(quote)})", text)] if quote else []
    if not starts:
        nearest = max(sentences(text), key=lambda s: difflib.SequenceMatcher(None, s.text, quote).ratio(), default=None)
        return Missing(nearest, _first_difference(nearest.text if nearest else "", quote))
    if len(starts) > 1:
        return Ambiguous(tuple(starts))
    start, end = starts[0], starts[0] + len(quote)
    whole = next((s.number for s in sentences(text) if (s.start, s.end) == (start, end)), None)
    return Span(start, end, whole)


def _first_difference(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
