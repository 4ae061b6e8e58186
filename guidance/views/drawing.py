"""The questions as a drawing: where every box, line and word goes. What the words are, the template parts say.

One column, narrow enough to be read on a telephone without scrolling sideways. Questions that are asked only sometimes
stand further in, and a line on the left leads to each from the question that opens it. Units are those of the view box.
"""

import textwrap
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from guidance.rules.outline import Node

WIDTH = 352
RAIL = 9
"""Between two lines on the left."""
STEP = 10
"""How much further in a question stands that is asked only sometimes."""
PAD = 10
LINE = 18
GAP = 26
STOP = 38
"""What the sign for an end takes on the right."""
LETTER = 7.1
"""The width reckoned for one letter: a little wide, so that no word leaves its box."""

Say = Callable[[str, Mapping[str, Any]], str]


class Words(NamedTuple):
    """One line of text."""

    x: float
    y: float
    text: str
    role: str
    """``name``, ``asked`` or ``stop``: how it is set."""


class Box(NamedTuple):
    """One question."""

    node: Node
    x: float
    y: float
    width: float
    height: float
    words: tuple[Words, ...]
    stop: tuple[float, float] | None
    """Where the sign stands that the questions may end here."""

    @property
    def middle(self) -> float:
        return self.y + self.height / 2


class Line(NamedTuple):
    """The way from a question to one that it opens, or to the next."""

    path: str
    start: int
    end: int
    opens: bool


class Drawing(NamedTuple):
    """All of it."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def draw(nodes: tuple[Node, ...], *, say: Say) -> Drawing:
    """Lay out the questions. ``say`` gives the words of a template part on one line."""
    openings = [(node.number, branch.number) for node in nodes for branch in node.opens]
    left = RAIL * (len({end for _, end in openings}) + 1)
    boxes: list[Box] = []
    top = 2.0
    for node in nodes:
        box = _box(node, left + (STEP if node.asked else 0), top, say)
        boxes.append(box)
        top = box.y + box.height + GAP
    return Drawing(WIDTH, top - GAP + 2, tuple(boxes), (*_onward(boxes), *_openings(boxes, openings)))


def _box(node: Node, x: float, y: float, say: Say) -> Box:
    width = WIDTH - x - STOP
    room = int((width - 2 * PAD) / LETTER)
    texts = [(f"{node.number}. {node.question.topic}", "name")]
    if node.asked:
        texts.append((say("guidance/_asked.html", {"conditions": node.asked}), "asked"))
    texts += [(say("guidance/_stop.html", {"stop": stop}), "stop") for stop in node.stops]
    lines = [(line, role) for text, role in texts for line in textwrap.wrap(text, room)]
    words = tuple(
        Words(x + PAD, y + PAD + LINE * place + LINE * 0.72, text, role) for place, (text, role) in enumerate(lines)
    )
    height = LINE * len(lines) + 2 * PAD
    return Box(node, x, y, width, height, words, (WIDTH - STOP / 2 + 4, y + height / 2) if node.stops else None)


def _onward(boxes: list[Box]) -> list[Line]:
    """From each question straight down to the next."""
    found = []
    for box, after in pairwise(boxes):
        x = max(box.x, after.x) + 30
        path = f"M{x:g} {box.y + box.height:g}V{after.y - 2:g}"
        found.append(Line(path, box.node.number, after.node.number, opens=False))
    return found


def _openings(boxes: list[Box], openings: list[tuple[int, int]]) -> list[Line]:
    """Each on a rail of its own on the left, so that none runs over another."""
    rails = {end: place for place, end in enumerate(sorted({end for _, end in openings}, reverse=True))}
    found = []
    for start, end in openings:
        one, other = boxes[start - 1], boxes[end - 1]
        x = RAIL * (rails[end] + 0.5)
        path = f"M{one.x:g} {one.middle + 4 * rails[end]:g}H{x:g}V{other.middle:g}H{other.x - 2:g}"
        found.append(Line(path, start, end, opens=True))
    return found
