"""What was proposed, published, reviewed or made a source stays as it is: the database itself refuses to change it.

SQLite drops a table's triggers whenever Django has to make the table anew. A later migration that alters one of these
tables must run `create` once more at its end; `manage.py check --database default` says where one is missing.
"""

from django.db import migrations

RELEASE, REVIEW, PROPOSAL, SOURCE = (
    "guidance_release",
    "guidance_releasereview",
    "guidance_proposal",
    "guidance_source",
)
FROZEN = {
    PROPOSAL: (
        "id", "document", "digest", "report", "base", "summary", "acknowledgement", "proposed_by", "proposed_at",
    ),
    SOURCE: ("id", "key", "number", "sha256", "text"),
}  # fmt: skip


def triggers():
    """Each trigger: its name, its table, before what it stands, the condition it refuses, and the words of refusal.

    A condition is written once for both databases: ``{differs}`` is how a database compares two values that may be null.
    """
    number = f"(SELECT COALESCE(MAX(number), 0) + 1 FROM {RELEASE})"
    proposed = (
        f"EXISTS (SELECT 1 FROM {PROPOSAL} WHERE id = NEW.proposal_id"
        " AND document = NEW.document AND digest = NEW.digest)"
    )
    taken = f"EXISTS (SELECT 1 FROM {RELEASE} WHERE proposal_id = NEW.proposal_id)"
    yield "release_follows", RELEASE, "INSERT", f"NEW.number <> {number}", "releases are numbered without a gap"
    yield "release_was_proposed", RELEASE, "INSERT", f"NOT {proposed} OR {taken}", "a release is one proposed document"
    for name, table, noun in (("release", RELEASE, "a release"), ("review", REVIEW, "a review of a release")):
        yield f"{name}_stays", table, "UPDATE", "1 = 1", f"{noun} never changes"
        yield f"{name}_remains", table, "DELETE", "1 = 1", f"{noun} is never deleted"
    yield "proposal_remains", PROPOSAL, "DELETE", "1 = 1", "a proposal is never deleted"
    yield "proposal_stays", PROPOSAL, "UPDATE", f"OLD.state <> 'open' OR {changed(PROPOSAL)}", "a proposal is frozen"
    yield "source_stays", SOURCE, "UPDATE", changed(SOURCE), "the text of a source never changes"
    for name, table in (("review", REVIEW), ("proposal", PROPOSAL), ("source", SOURCE)):
        there = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id)"
        yield f"{name}_is_not_replaced", table, "INSERT", there, "what is kept is not replaced"


def changed(table):
    return " OR ".join(f"NEW.{column} {{differs}} OLD.{column}" for column in FROZEN[table])


def create(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    drop(apps, schema_editor)
    for name, table, event, condition, words in triggers():
        name = f"guidance_{name}"
        if vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition.format(differs='IS NOT')} "
                f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            )
        elif vendor == "postgresql":
            schema_editor.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                f"IF {condition.format(differs='IS DISTINCT FROM')} "
                f"THEN RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
                f"IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
            )
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
    if vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION guidance_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'what is kept is not emptied' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        for table in (RELEASE, REVIEW, PROPOSAL):
            schema_editor.execute(
                f"CREATE TRIGGER guidance_not_emptied BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION guidance_not_emptied()"
            )


def drop(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for name, *_ in triggers():
        if vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS guidance_{name}")
        elif vendor == "postgresql":
            schema_editor.execute(f"DROP FUNCTION IF EXISTS guidance_{name}() CASCADE")
    if vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS guidance_not_emptied() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("guidance", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
