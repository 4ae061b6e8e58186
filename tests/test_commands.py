import io
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import CommandError, call_command
from django.db import connection

from guidance import drafts, releases
from guidance.models import Draft, Proposal, Release
from guidance.releases import Live
from guidance.rules import loading
from guidance.rules.guide import Guide
from tests.conftest import PROJECT, SHIPPED

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    printed = io.StringIO()
    call_command(*words, stdout=printed)
    return printed.getvalue()


def written(folder: Path, guide: Guide) -> str:
    file = folder / "guide.json"
    file.write_bytes(loading.dump(guide))
    return str(file)


def broken(guide: Guide) -> Guide:
    """Without its first verdict rule: some answers are left without a verdict."""
    return msgspec.structs.replace(guide, rules=guide.rules[1:])


def warnings() -> list[CheckMessage]:
    found = run_checks(tags=["database"], databases=["default"])
    return [message for message in found if (message.id or "").startswith("guidance.")]


# import_guide and export_guide


def test_what_is_imported_is_exported_byte_for_byte(tmp_path: Path):
    assert run("import_guide", str(SHIPPED)) == "The draft holds 18 questions and 58 rules.\n"
    assert run("export_guide").encode() == SHIPPED.read_bytes()
    run("export_guide", str(tmp_path / "out.json"))
    assert (tmp_path / "out.json").read_bytes() == SHIPPED.read_bytes()


def test_a_document_goes_to_standard_output_as_bytes(capfdbinary: pytest.CaptureFixture[bytes]):
    drafts.fill(loading.load(SHIPPED.read_bytes()))
    call_command("export_guide")
    assert capfdbinary.readouterr().out == SHIPPED.read_bytes()


def test_a_release_is_exported_by_its_number(published: Live):
    drafts.fill(msgspec.structs.replace(published.guide, title="Changed since"))
    assert run("export_guide", "--release", "1").encode() == published.document
    with pytest.raises(CommandError, match="no release 2"):
        run("export_guide", "--release", "2")


def test_there_is_nothing_to_export_before_a_draft_is_filled_in():
    with pytest.raises(CommandError, match="import_guide FILE"):
        run("export_guide")


def test_a_file_that_is_no_sound_guide_changes_nothing_and_every_fault_is_named(tmp_path: Path, guide: Guide):
    drafts.fill(guide)
    document = json.loads(SHIPPED.read_bytes())
    document["rules"][0]["on"] = ["iron"]
    document["questions"][0]["section"] = "nowhere"
    file = tmp_path / "guide.json"
    file.write_text(json.dumps(document))
    with pytest.raises(CommandError) as caught:
        run("import_guide", str(file))
    assert "The draft is as it was." in str(caught.value)
    assert "rules[0].on: no intervention 'iron'" in str(caught.value)
    assert "questions[0].section: no section 'nowhere'" in str(caught.value)
    assert drafts.assemble() == guide


@pytest.mark.parametrize("content", [b"", b"\x00\xff rubbish", b"[]", b"{"])
def test_rubbish_is_refused(tmp_path: Path, content: bytes):
    file = tmp_path / "guide.json"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="not a sound guide"):
        run("import_guide", str(file))
    assert not Draft.objects.exists()


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    for command in ("import_guide", "verify_guide"):
        with pytest.raises(CommandError, match=r"nowhere\.json"):
            run(command, str(tmp_path / "nowhere.json"))


# verify_guide


def test_problems_are_printed_with_what_to_do(tmp_path: Path, guide: Guide):
    printed = io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("verify_guide", written(tmp_path, broken(guide)), stdout=printed)
    assert caught.value.code == 1
    found = printed.getvalue()
    assert "error gap: " in found
    assert "\n  Mend: " in found
    example = next(line for line in found.splitlines() if line.startswith("  Example: "))
    assert "who" in json.loads(example.removeprefix("  Example: "))


def test_a_guide_without_errors_passes(guide: Guide):
    drafts.fill(guide)
    assert "Errors: 0." in run("verify_guide")
    assert run("verify_guide", str(SHIPPED)) == run("verify_guide")


def test_a_file_with_loose_ends_is_not_verified(tmp_path: Path, guide: Guide):
    with pytest.raises(CommandError, match="no section"):
        run("verify_guide", written(tmp_path, msgspec.structs.replace(guide, sections=())))


def test_there_is_nothing_to_verify_before_a_draft_is_filled_in():
    with pytest.raises(CommandError, match="no draft yet"):
        run("verify_guide")


# publish


def test_the_draft_is_published_and_then_left_alone(guide: Guide):
    drafts.fill(guide)
    assert run("publish") == "Release 1 is published.\n"
    assert run("publish") == "Release 1 is the draft already.\n"
    assert releases.current().published_by == "set-up"
    assert Release.objects.count() == Proposal.objects.count() == 1


def test_a_changed_draft_is_the_next_release(published: Live):
    drafts.fill(msgspec.structs.replace(published.guide, title="Second"))
    run("publish", "--by", "anna", "--summary", "A new title.", "--acknowledge", "Known.")
    live = releases.current()
    assert (live.number, live.published_by, live.summary, live.guide.title) == (2, "anna", "A new title.", "Second")
    assert Release.objects.get(number=2).acknowledgement == "Known."


def test_a_draft_with_errors_is_not_published_and_they_are_named(guide: Guide):
    drafts.fill(broken(guide))
    with pytest.raises(CommandError, match="gap: "):
        run("publish")
    assert not Release.objects.exists()
    assert not Proposal.objects.exists()


def test_there_is_nothing_to_publish_before_a_draft_is_filled_in():
    with pytest.raises(CommandError, match="no draft yet"):
        run("publish")


def test_of_processes_that_publish_at_once_one_does(own_database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATABASE_URL", own_database)
    manage = [sys.executable, str(PROJECT / "manage.py")]
    for words in (["migrate", "--verbosity", "0"], ["import_guide", str(SHIPPED)]):
        subprocess.run([*manage, *words], check=True, capture_output=True)
    started = [
        subprocess.Popen([*manage, "publish"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    printed = [process.communicate(timeout=60) for process in started]
    assert sorted(out for out, _ in printed).count("Release 1 is published.\n") == 1, printed
    exported = subprocess.run([*manage, "export_guide", "--release", "1"], check=True, capture_output=True).stdout
    assert exported == SHIPPED.read_bytes()
    assert subprocess.run([*manage, "export_guide", "--release", "2"], capture_output=True).returncode == 1


# check


def test_a_published_guide_gives_no_warning(published: Live):
    assert warnings() == []


def test_without_a_release_there_is_a_warning_that_says_what_to_do():
    [found] = warnings()
    assert (found.id, "import_guide" in str(found.hint)) == ("guidance.W001", True)


def test_a_release_that_cannot_be_read_is_a_warning(published: Live, monkeypatch: pytest.MonkeyPatch):
    def refuse(document: bytes) -> Guide:
        raise loading.GuideError(["rules[0]: no longer understood"])

    releases._newest.cache_clear()
    releases._opened.cache_clear()
    monkeypatch.setattr(loading, "load", refuse)
    [found] = warnings()
    assert found.id == "guidance.W002"
    assert "rules[0]: no longer understood" in found.msg


def test_a_lost_trigger_is_a_warning(published: Live):
    on = " ON guidance_release" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER guidance_release_stays{on}")
    [found] = warnings()
    assert (found.id, "guidance_release_stays" in found.msg) == ("guidance.W003", True)


def test_before_the_first_migration_there_is_nothing_to_say(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection.introspection, "table_names", lambda *args, **kwargs: [])
    assert warnings() == []
