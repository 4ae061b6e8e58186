"""Editors change the draft and propose it; reviewers look at it, publish, reject and sign off. Nobody is both by default.

Proposing is adding a proposal, rejecting is changing one; publishing is adding a release, signing off is adding a review.
"""

from django.db import migrations

ROWS = (
    "draft", "section", "question", "option", "intervention", "wording", "rule", "criterion", "citation", "appraisal",
    "scope", "aside", "omission", "reference", "guarantee", "case",
)  # fmt: skip
KEPT = ("source", "proposal", "release", "releasereview", "sharedresult")
MAY = {
    "Editors": {
        **dict.fromkeys(ROWS, ("add", "change", "delete", "view")),
        **dict.fromkeys(KEPT, ("view",)),
        "source": ("add", "change", "delete", "view"),
        "proposal": ("add", "view"),
    },
    "Reviewers": {
        **dict.fromkeys(ROWS, ("view",)),
        **dict.fromkeys(KEPT, ("view",)),
        "proposal": ("change", "view"),
        "release": ("add", "view"),
        "releasereview": ("add", "view"),
    },
}


def create(apps, schema_editor):
    group_model = apps.get_model("auth", "Group")
    for name, may in MAY.items():
        group, _ = group_model.objects.get_or_create(name=name)
        for model, actions in may.items():
            for action in actions:
                group.permissions.add(permission(apps, "guidance", model, action))
        group.permissions.add(permission(apps, "admin", "logentry", "view"))


def permission(apps, app, model, action):
    """The permission, made here where Django would make it only once all migrations are through."""
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    name = apps.get_model(app, model)._meta.verbose_name
    made, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=f"{action}_{model}", defaults={"name": f"Can {action} {name}"}
    )
    return made


class Migration(migrations.Migration):
    dependencies = [
        ("guidance", "0002_write_once"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
