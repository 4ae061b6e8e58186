"""The shipped guide as a person would write it out once and for all: the least that deciding it can cost.

It decides what `engine.assess` decides and names the same rules, but trusts its input: an option that is not there is
not noticed. The bench holds it against the engine on random answers before it times either.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bench import generated
from guidance.rules import engine
from guidance.rules.engine import Outcome
from guidance.rules.guide import Guide, Level, Status, Verdict

QUESTIONS = (
    "who", "emergency", "pregnancy-signs", "same-day", "child-signs", "timing", "frequency", "exertion", "hydration",
    "illness", "liver-signs", "zinc-test", "low-minerals", "diet", "conditions", "medicines", "supplements",
    "routine-signs",
)  # fmt: skip


class Result(NamedTuple):
    """What `engine.Assessment` says, without its trace."""

    answers: dict[str, Any]
    alert: Level | None
    alerts: tuple[str, ...]
    outcomes: dict[str, Outcome]
    notes: tuple[str, ...]
    set_aside: tuple[str, ...]
    stopped_at: str | None


class Path(NamedTuple):
    """Where the questions ended, and the get-help alert that ended them there."""

    asked: list[str]
    alert: Level | None
    alerts: tuple[str, ...]
    stopped_at: str | None


def assess(answers: Mapping[str, Any]) -> Result:
    """Decide ``answers``. A missing one is a KeyError; what was not asked is set aside."""
    path = walk(answers)
    counted = {key: answers[key] for key in path.asked}
    set_aside: tuple[str, ...] = ()
    if len(answers) > len(counted):
        set_aside = tuple(key for key in QUESTIONS if key in answers and key not in counted)
    zinc_cautions, magnesium_cautions, potassium_cautions, fluids_cautions = cautions(counted)
    if path.alert:
        outcomes = {
            "zinc": get_help("zinc", zinc_cautions),
            "magnesium": get_help("magnesium", magnesium_cautions),
            "potassium": get_help("potassium", potassium_cautions),
            "fluids": get_help("fluids", fluids_cautions),
        }
        return Result(counted, path.alert, path.alerts, outcomes, (), set_aside, path.stopped_at)
    outcomes = {
        "zinc": outcome("zinc", zinc(counted), zinc_cautions),
        "magnesium": outcome("magnesium", magnesium(counted), magnesium_cautions),
        "potassium": outcome("potassium", potassium(counted), potassium_cautions),
        "fluids": outcome("fluids", fluids(counted), fluids_cautions),
    }
    routine = shows_sign(counted["routine-signs"])
    return Result(
        counted,
        Level.ROUTINE if routine else None,
        ("routine-signs",) if routine else (),
        outcomes,
        notes(counted),
        set_aside,
        None,
    )


def agree(guide: Guide, sets: int) -> None:
    """Hold what is written here against the engine on ``guide``, on so many random sets of answers to every question.

    Raises AssertionError for the first on which they differ.
    """
    for answers in generated.answers(guide, sets, seed=3, strays=True):
        assessment, result = engine.assess(guide, answers), assess(answers)
        for field in Result._fields:
            by_hand, by_engine = getattr(result, field), getattr(assessment, field)
            if by_hand != by_engine:
                raise AssertionError(f"{field} is {by_hand} by hand and {by_engine} by the engine, on {answers}")


def walk(answers: Mapping[str, Any]) -> Path:
    asked = ["who", "emergency"]
    who = answers["who"]
    if shows_sign(answers["emergency"]):
        return Path(asked, Level.EMERGENCY, ("emergency-signs",), "emergency")
    if who == "pregnant":
        asked.append("pregnancy-signs")
        if shows_sign(answers["pregnancy-signs"]):
            return Path(asked, Level.EMERGENCY, ("pregnancy-signs",), "pregnancy-signs")
    asked.append("same-day")
    if shows_sign(answers["same-day"]):
        return Path(asked, Level.URGENT, ("same-day-signs",), "same-day")
    if who == "child":
        asked.append("child-signs")
        if shows_sign(answers["child-signs"]):
            return Path(asked, Level.URGENT, ("child-signs",), "child-signs")
    asked += ("timing", "frequency", "exertion", "hydration", "illness")
    if answers["illness"] == "cirrhosis":
        asked.append("liver-signs")
        if shows_sign(answers["liver-signs"]):
            return Path(asked, Level.EMERGENCY, ("liver-signs",), "liver-signs")
    asked += ("zinc-test", "low-minerals", "diet", "conditions", "medicines", "supplements", "routine-signs")
    return Path(asked, None, (), None)


def shows_sign(chosen: list[str]) -> bool:
    return chosen[0] not in ("none", "not-sure")


def get_help(key: str, found: list[str]) -> Outcome:
    return Outcome(key, Status.GET_HELP, None, (), tuple(found))


def outcome(key: str, decided: tuple[Verdict, tuple[str, ...]], found: list[str]) -> Outcome:
    verdict, rules = decided
    if found and verdict is not Verdict.NOT_SUPPORTED and verdict is not Verdict.NOT_INDICATED:
        return Outcome(key, Status.ASK_FIRST, verdict, rules, tuple(found))
    return Outcome(key, STATUS_OF[verdict], verdict, rules, tuple(found))


STATUS_OF = {verdict: Status(verdict.value) for verdict in Verdict}


def zinc(answers: Mapping[str, Any]) -> tuple[Verdict, tuple[str, ...]]:
    test, illness = answers["zinc-test"], answers["illness"]
    if test == "low":
        if illness == "cirrhosis":
            if answers["timing"] in ("night", "both", "no-pattern"):
                return Verdict.RELEVANT, ("zinc-low-with-cirrhosis",)
            return Verdict.POSSIBLE, ("zinc-low-cirrhosis-exercise",)
        if illness == "other-illness":
            return Verdict.RELEVANT, ("zinc-low-with-other-illness",)
        return Verdict.POSSIBLE, ("zinc-low-alone",)
    if test == "normal":
        if illness == "none":
            return Verdict.NOT_SUPPORTED, ("zinc-tested-normal", "zinc-average-person")
        return Verdict.NOT_SUPPORTED, ("zinc-tested-normal",)
    if illness == "cirrhosis":
        return Verdict.POSSIBLE, ("zinc-cirrhosis-untested",)
    if illness == "none":
        return Verdict.NOT_SUPPORTED, ("zinc-average-person",)
    return Verdict.CANNOT_TELL, ("zinc-illness-untested",)


def magnesium(answers: Mapping[str, Any]) -> tuple[Verdict, tuple[str, ...]]:
    timing, frequency = answers["timing"], answers["frequency"]
    known_low = "magnesium" in answers["low-minerals"]
    at_night = timing in ("night", "both")
    if frequency == "weekly" and at_night:
        if known_low:
            return Verdict.RELEVANT, ("magnesium-known-low", "magnesium-frequent-night")
        return Verdict.RELEVANT, ("magnesium-frequent-night",)
    if known_low:
        return Verdict.RELEVANT, ("magnesium-known-low",)
    if frequency == "weekly":
        return Verdict.POSSIBLE, ("magnesium-frequent-other",)
    if at_night:
        return Verdict.POSSIBLE, ("magnesium-some-nights",)
    if timing == "not-sure":
        return Verdict.CANNOT_TELL, ("magnesium-unclear-timing",)
    if frequency == "not-sure":
        return Verdict.CANNOT_TELL, ("magnesium-unclear-frequency",)
    if timing == "exercise":
        return Verdict.NOT_INDICATED, ("magnesium-rare-exercise",)
    return Verdict.NOT_INDICATED, ("magnesium-rare-no-pattern",)


def potassium(answers: Mapping[str, Any]) -> tuple[Verdict, tuple[str, ...]]:
    exertion, hydration, diet = answers["exertion"], answers["hydration"], answers["diet"]
    known_low = "potassium" in answers["low-minerals"]
    lost = exertion in ("sweat", "both") or hydration == "short"
    if known_low and lost:
        return Verdict.RELEVANT, ("potassium-known-low", "potassium-sweat-or-dehydration")
    if known_low:
        return Verdict.RELEVANT, ("potassium-known-low",)
    if lost:
        return Verdict.RELEVANT, ("potassium-sweat-or-dehydration",)
    if diet == "rarely":
        return Verdict.POSSIBLE, ("potassium-diet",)
    if exertion == "not-sure" or hydration == "not-sure" or diet == "not-sure":
        return Verdict.CANNOT_TELL, ("potassium-unclear",)
    return Verdict.NOT_INDICATED, ("potassium-not-indicated",)


def fluids(answers: Mapping[str, Any]) -> tuple[Verdict, tuple[str, ...]]:
    sweat = answers["exertion"] in ("sweat", "both")
    if answers["hydration"] == "short":
        if sweat:
            return Verdict.RELEVANT, ("fluids-dehydration", "fluids-sweat")
        return Verdict.RELEVANT, ("fluids-dehydration",)
    if sweat:
        return Verdict.RELEVANT, ("fluids-sweat",)
    return Verdict.MAINTAIN, ("fluids-maintain",)


def cautions(answers: Mapping[str, Any]) -> tuple[list[str], list[str], list[str], list[str]]:
    zinc: list[str] = []
    magnesium: list[str] = []
    potassium: list[str] = []
    fluids: list[str] = []
    get = answers.get
    if (
        "not-sure" in get("emergency", ())
        or "not-sure" in get("pregnancy-signs", ())
        or "not-sure" in get("same-day", ())
        or "not-sure" in get("child-signs", ())
        or "not-sure" in get("liver-signs", ())
    ):
        for found in (zinc, magnesium, potassium, fluids):
            found.append("unsure-signs")
    who = answers["who"]
    if who == "child":
        for found in (zinc, magnesium, potassium, fluids):
            found.append("child")
    elif who == "not-sure":
        for found in (zinc, magnesium, potassium, fluids):
            found.append("unsure-who")
    elif who == "pregnant":
        for found in (zinc, magnesium, potassium):
            found.append("pregnancy")
    conditions = get("conditions", ())
    if "kidney" in conditions:
        for found in (magnesium, potassium, fluids):
            found.append("kidney")
    if "fluid" in conditions:
        for found in (magnesium, potassium, fluids):
            found.append("fluid-limits")
    if "high-potassium" in conditions:
        potassium.append("high-potassium")
    if "nerve-muscle" in conditions:
        magnesium.append("nerve-muscle")
    if "not-sure" in conditions:
        for found in (magnesium, potassium, fluids):
            found.append("unsure-conditions")
    illness = get("illness")
    if illness == "cirrhosis":
        for found in (magnesium, potassium, fluids):
            found.append("cirrhosis")
    elif illness == "not-sure":
        for found in (magnesium, potassium, fluids):
            found.append("unsure-illness")
    if "potassium" in get("low-minerals", ()):
        potassium.append("low-potassium")
    medicines = get("medicines", ())
    if "raises-potassium" in medicines:
        potassium.append("raises-potassium")
    if "water-tablet" in medicines:
        for found in (magnesium, potassium, fluids):
            found.append("water-tablet")
    if "binder" in medicines:
        zinc.append("binder")
        magnesium.append("binder")
    if "not-sure" in medicines:
        for found in (zinc, magnesium, potassium, fluids):
            found.append("unsure-medicines")
    supplements = get("supplements", ())
    if "zinc" in supplements:
        zinc.append("takes-zinc")
    if "magnesium" in supplements:
        magnesium.append("takes-magnesium")
    if "potassium" in supplements:
        potassium.append("takes-potassium")
    if "not-sure" in supplements:
        for found in (zinc, magnesium, potassium):
            found.append("unsure-supplements")
    if get("hydration") == "over":
        fluids.append("over-drinking")
    return zinc, magnesium, potassium, fluids


def notes(answers: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    hydration, medicines = answers["hydration"], answers["medicines"]
    if answers["timing"] in ("exercise", "both") or answers["exertion"] in ("effort", "both"):
        found.append("fatigue")
    if "calcium" in answers["low-minerals"]:
        found.append("low-calcium")
    if "cramp-linked" in medicines or "water-tablet" in medicines:
        found.append("medicine-review")
    if answers["who"] == "older":
        found.append("older-potassium")
    if hydration == "short" and ("raises-potassium" in medicines or "water-tablet" in medicines):
        found.append("sick-day")
    if hydration != "over":
        found.append("drink-to-thirst")
    if answers["zinc-test"] == "low":
        found.append("copper")
    return tuple(found)
