import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from guidance import releases
from guidance.releases import Live
from guidance.rules.guide import Guide
from tests.visiting import answers_of

pytestmark = pytest.mark.usefixtures("published")


def assess(path: Path) -> tuple[list[dict[str, Any]], CommandError | None]:
    """What the command prints, line by line, and how it fails."""
    out, failure = io.StringIO(), None
    try:
        call_command("assess", str(path), stdout=out)
    except CommandError as error:
        failure = error
    return [json.loads(line) for line in out.getvalue().splitlines()], failure


def test_one_result_a_line(guide: Guide, tmp_path: Path) -> None:
    lines = tmp_path / "answers.jsonl"
    lines.write_text("".join(json.dumps(answers_of(guide, case.key)) + "\n" for case in guide.cases))
    results, failure = assess(lines)
    assert failure is None
    for case, result in zip(guide.cases, results, strict=True):
        found = {key: outcome["status"] for key, outcome in result["interventions"].items()}
        assert found == {key: status.value for key, status in case.expected.items()}


def test_a_bad_line_has_its_error_in_its_place_and_the_rest_go_on(guide: Guide, tmp_path: Path) -> None:
    good = json.dumps(answers_of(guide, "healthy-night-cramps")).encode()
    bad = json.dumps(answers_of(guide, "healthy-night-cramps") | {"timing": "nite"}).encode()
    lines = tmp_path / "answers.jsonl"
    lines.write_bytes(b"\n".join([good, bad, b"\xff\x00", b"", good]))
    results, failure = assess(lines)
    assert ["interventions" in result for result in results] == [True, False, False, False, True]
    assert [result.get("where") for result in results] == [None, "answers.timing", "body", "body", None]
    assert "night" in results[1]["error"]
    assert failure
    assert failure.returncode == 1


def test_answers_come_from_standard_input_too(
    guide: Guide, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = json.dumps(answers_of(guide, "calf-swelling")).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    call_command("assess")
    assert json.loads(capsys.readouterr().out)["alert"] == "urgent"


def test_without_a_release_the_command_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Live:
        raise releases.NoRelease("none")

    monkeypatch.setattr(releases, "current", none)
    lines = tmp_path / "answers.jsonl"
    lines.touch()
    results, failure = assess(lines)
    assert results == []
    assert "manage.py publish" in str(failure)
