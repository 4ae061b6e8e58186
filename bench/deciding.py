"""What deciding one set of answers costs: the engine, the same rules as ifs, and zen-engine, in one interleaved run."""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench import generated, handwritten, rival
from guidance.rules import engine, loading, masks
from guidance.rules.guide import Guide

SHIPPED = Path(__file__).resolve().parent.parent / "fixtures" / "guide.json"
SETS = 400
ROUNDS = 30
CHECKED = 20_000
COPIES = 20
PAGE = 4096


class Contestant(NamedTuple):
    """Something that decides, and the answers in the form it wants them."""

    name: str
    decide: Callable[[Any], Any]
    answers: Sequence[Any]


class Size(NamedTuple):
    name: str
    guide: Guide


def sizes() -> list[Size]:
    return [
        Size("shipped", loading.load(SHIPPED.read_bytes())),
        Size("generated, 120 rules", generated.guide(120, questions=30, seed=120)),
        Size("generated, 1,200 rules", generated.guide(1200, questions=60, seed=1200)),
    ]


def lines() -> Iterator[str]:
    """A table, line by line as it comes about, of what has been shown to decide alike."""
    yield f"µs: for one set of answers, median of {ROUNDS} interleaved rounds over {SETS} sets. ×: times the engine."
    yield "KB: what one more compiled guide adds to the process."
    yield ""
    yield f"{'guide':24}{'rules':>6}  {'decided by':32}{'µs':>9}{'×':>8}{'KB':>9}"
    for size in sizes():
        found = contestants(size)
        times = interleaved(found)
        for contestant in found:
            ratio = statistics.median(
                mine / engines for mine, engines in zip(times[contestant.name], times["engine.assess"], strict=True)
            )
            memory = added_memory(contestant.name, size.name)
            yield (
                f"{size.name:24}{len(size.guide.rules):>6}  {contestant.name:32}"
                f"{statistics.median(times[contestant.name]):>9.1f}{ratio:>8.2f}{memory:>9}"
            )


def contestants(size: Size) -> list[Contestant]:
    """Those who can decide this guide, each checked against the engine first."""
    guide = size.guide
    answers = generated.answers(guide, SETS, seed=1)
    decide = rival.engine(guide).evaluate
    found = [
        Contestant("engine.assess", lambda a: engine.assess(guide, a), answers),
        Contestant("ZenEngine.evaluate", lambda a: decide(rival.GUIDE, a), [rival.prepared(a) for a in answers]),
    ]
    agree_on_holding(guide, decide)
    if size.name == "shipped":
        found.append(Contestant("ifs written by hand", handwritten.assess, answers))
        handwritten.agree(guide, CHECKED)
    return found


def agree_on_holding(guide: Guide, decide: Callable[[str, Any], Any]) -> None:
    for answers in generated.answers(guide, SETS, seed=2):
        held = set(masks.of(guide).names(engine.assess(guide, answers).holding))
        collected = rival.holding(decide(rival.GUIDE, rival.prepared(answers)))
        if collected != held:
            raise AssertionError(f"zen-engine and the engine differ by {collected ^ held} on {answers}")


def interleaved(found: Sequence[Contestant]) -> dict[str, list[float]]:
    """By contestant, the mean microseconds of each round; who goes first changes from round to round."""
    times: dict[str, list[float]] = {contestant.name: [] for contestant in found}
    for turn in range(-2, ROUNDS):
        first = turn % len(found)
        for contestant in [*found[first:], *found[:first]]:
            spent = timed(contestant)
            if turn >= 0:
                times[contestant.name].append(spent)
    return times


def timed(contestant: Contestant) -> float:
    decide = contestant.decide
    start = time.perf_counter()
    for answers in contestant.answers:
        decide(answers)
    return (time.perf_counter() - start) / len(contestant.answers) * 1e6


def added_memory(name: str, size: str) -> str:
    """Kilobytes a compiled guide adds, over copies compiled in a fresh process; "-" where nothing is compiled."""
    if name not in MEMORY:
        return "-"
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return f"{pool.apply(measure, (name, size)) / 1000:.0f}"


def measure(name: str, size: str) -> float:
    document = loading.dump(next(other.guide for other in sizes() if other.name == size))
    guides = [loading.load(document) for _ in range(COPIES + 1)]
    answers = generated.answers(guides[0], 20, seed=4)
    kept = [MEMORY[name](guides[0], answers)]
    before = resident()
    kept += [MEMORY[name](guide, answers) for guide in guides[1:]]
    return (resident() - before) / COPIES


def _engine_ready(guide: Guide, answers: Sequence[dict[str, Any]]) -> object:
    for each in answers:
        engine.assess(guide, each)
    return masks.of(guide)


def _rival_ready(guide: Guide, answers: Sequence[dict[str, Any]]) -> object:
    zen = rival.engine(guide)
    for each in answers:
        zen.evaluate(rival.GUIDE, rival.prepared(each))
    return zen


MEMORY: dict[str, Callable[[Guide, Sequence[dict[str, Any]]], object]] = {
    "engine.assess": _engine_ready,
    "ZenEngine.evaluate": _rival_ready,
}


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
