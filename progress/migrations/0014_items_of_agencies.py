"""Whose each item is: contributions are asked for too, by the agency that owes them.

Of what was said before, the agency that was told is known, and stands for the one that owed it.
"""

from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import OuterRef, Subquery

RULES = [
    ("report", "A report to hand in"),
    ("returned", "A returned report to correct"),
    ("agency_review", "A report to check within the agency"),
    ("contribution", "A contribution to hand in"),
    ("contribution_review", "A contribution to check within the agency"),
]


def agencies_told(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    reminders: Any = apps.get_model("progress", "Reminder").objects.filter(pk=OuterRef("reminder"))
    items: Any = apps.get_model("progress", "ReminderItem").objects
    items.update(agency=Subquery(reminders.values("agency")[:1]))


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0002_registers"),
        ("progress", "0013_editions_and_exports"),
    ]

    operations = [
        migrations.AddField(
            model_name="reminderitem",
            name="agency",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.RunPython(agencies_told, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="reminderitem", name="one_item_a_reminder_rule_task_period"
        ),
        migrations.RemoveConstraint(model_name="reminderitem", name="reminder_item_rule_known"),
        migrations.AlterField(
            model_name="reminderitem",
            name="agency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AlterField(
            model_name="reminderitem",
            name="rule",
            field=models.CharField(choices=RULES, max_length=20, verbose_name="rule"),
        ),
        migrations.AddConstraint(
            model_name="reminderitem",
            constraint=models.UniqueConstraint(
                fields=["reminder", "rule", "agency", "task", "period"],
                name="one_item_a_reminder_rule_agency_task_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(rule__in=[value for value, _label in RULES]),
                name="reminder_item_rule_known",
            ),
        ),
    ]
