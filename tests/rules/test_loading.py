import json
import os
import subprocess
import sys

import pytest

from guidance.rules import loading
from guidance.rules.guide import Verdict
from guidance.rules.loading import GuideError
from tests.conftest import PROJECT, SHIPPED
from tests.rules.builders import any_of, guide, many, one, verdict

SMALL = guide(
    one("timing", "night day"),
    many("signs", "chest", asked=[any_of("timing.night")]),
    verdict("rule", Verdict.POSSIBLE, any_of("timing.night")),
)


def edited(path: str, value: object) -> bytes:
    """The small guide with one value replaced, by a path such as ``rules.0.criteria``."""
    document = json.loads(loading.dump(SMALL))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(document).encode()


def test_a_guide_is_the_same_after_writing_and_reading():
    assert loading.load(loading.dump(SMALL)) == SMALL


def test_a_guide_has_one_form_whatever_its_spaces():
    squeezed = json.dumps(json.loads(loading.dump(SMALL))).encode()
    assert loading.dump(loading.load(squeezed)) == loading.dump(SMALL)
    assert loading.digest(loading.load(squeezed)) == loading.digest(SMALL)


def test_a_default_written_out_makes_no_other_document():
    assert loading.dump(loading.load(edited("language", "en"))) == loading.dump(SMALL)
    assert loading.load(loading.dump(loading.load(edited("language", "cy")))).language == "cy"


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("rules.0.criteria.0.any_of", ["timing.nite"], "rules[0].criteria[0]: no option 'timing.nite'. Known: day, "),
        ("rules.0.criteria.0.any_of", ["time.night"], "No question 'time' either"),
        ("rules.0.criteria.0.any_of", [], "rules[0].criteria[0]: fill exactly one of"),
        ("rules.0.criteria.0.none_of", ["timing.day"], "rules[0].criteria[0]: fill exactly one of"),
        ("rules.0.criteria.0.any_of", ["timing.day", "timing.day"], "rules[0].criteria[0]: an option is there twice"),
        ("rules.0.criteria.0.all_of", ["timing.day"], "rules[0].criteria[0]: Object contains unknown field `all_of`"),
        ("rules.0.verdict", "perhaps", "rules[0].verdict: Invalid enum value 'perhaps'"),
        ("rules.0.verdict", None, "rules[0].verdict: a verdict rule has one"),
        ("rules.0.level", "urgent", "rules[0].level: an alert has one"),
        ("rules.0.on", ["iron"], "rules[0].on: no intervention 'iron'. Known: zinc"),
        ("rules.0.on", ["zinc", "zinc"], "rules[0].on: 'zinc' is there twice"),
        ("rules.0.on", [], "rules[0].on: a verdict rule is on exactly one intervention"),
        ("rules.0.kind", "caution", "rules[0].verdict"),
        ("rules.0.references", ["nobody-2020"], "rules[0].references: no reference 'nobody-2020'. Known: none"),
        ("rules.0.outranks", ["other"], "rules[0].outranks: no rule 'other'. Known: rule"),
        ("rules.0.key", "A Rule", "rules[0].key: 'A Rule' is not lower case words"),
        ("questions.1.key", "timing", "questions[1].key: 'timing' is there twice"),
        ("questions.0.options.1.key", "night", "questions[0].options[1].key: 'night' is there twice"),
        ("questions.0.options.1.exclusive", True, "questions[0].options: only a 'many' question"),
        ("questions.0.section", "none", "questions[0].section: no section 'none'. Known: all"),
        ("questions.1.asked.0.any_of", ["timing.noon"], "questions[1].asked[0]: no option 'timing.noon'"),
        ("title", 7, "title: must be text, and is a whole number"),
        ("rules", {}, "rules: must be a list, and is a group of named values"),
        ("rules.0.verdict", 7, "rules[0].verdict: must be text or nothing, and is a whole number"),
    ],
)
def test_a_fault_is_named_with_its_path(path: str, value: object, fault: str):
    with pytest.raises(GuideError) as caught:
        loading.load(edited(path, value))
    assert any(fault in found for found in caught.value.faults), caught.value.faults


@pytest.mark.parametrize("document", [b"", b"{", b"\xff\xfe\x00", b"[]", b"null", b'{"title": "Only"}'])
def test_what_is_no_guide_is_refused(document: bytes):
    with pytest.raises(GuideError):
        loading.load(document)


def test_every_fault_is_named_at_once():
    document = json.loads(edited("rules.0.on", ["iron"]))
    document["questions"][0]["section"] = "none"
    with pytest.raises(GuideError) as caught:
        loading.load(json.dumps(document).encode())
    assert len(caught.value.faults) == 2


FIRST_TIME = """
import os, random, sys, threading, time
from guidance.rules import loading

document = open(sys.argv[1], "rb").read()
sys.setswitchinterval(1e-6)

def load():
    time.sleep(random.random() * 0.004)
    loading.load(document)

died = 0
for _ in range(100):
    child = os.fork()
    if not child:
        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os._exit(0)
    died += os.waitpid(child, 0)[1] != 0
print(died)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is made anew by forking")
def test_threads_of_a_new_process_may_load_their_first_guide_at_the_same_time():
    run = [sys.executable, "-c", FIRST_TIME, str(SHIPPED)]
    assert subprocess.run(run, cwd=PROJECT, capture_output=True, text=True, check=True).stdout == "0\n"
