"""Steps instead of a reminder a day, claims that run out, and attempts that wait.

An office that had set another number of working days than the default keeps it as its first step.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone

OLD_DEFAULT = 3
OLD_MOST_ATTEMPTS = 3
UNREACHABLE = "Nobody can be reached: the agency has no active account and no contact address."


def steps_from_days(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies: Any = apps.get_model("progress", "Policy").objects
    for policy in policies.exclude(remind_working_days=OLD_DEFAULT):
        first = min(policy.remind_working_days, 60)
        steps = [first, 2] if first > 2 else [first]
        policy.remind_before = ", ".join(str(day) for day in steps if day)
        policy.save(update_fields=["remind_before"])


def days_from_steps(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    policies: Any = apps.get_model("progress", "Policy").objects
    for policy in policies.exclude(remind_before="5, 2"):
        listed = policy.remind_before.replace(",", " ").split()
        policy.remind_working_days = max(map(int, listed), default=0)
        policy.save(update_fields=["remind_working_days"])


def waiting_rows_carry_on(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What a sender holds at this moment is held for a while; what failed today is tried again."""
    Reminder = apps.get_model("progress", "Reminder")
    now = timezone.now()
    rows = Reminder.objects.filter(day__gte=timezone.localdate(now))
    rows.filter(state="owed", attempts__gt=0).update(
        state="claimed", claimed_until=now + dt.timedelta(minutes=15)
    )
    rows.filter(state="failed", attempts__lt=OLD_MOST_ATTEMPTS).exclude(answer=UNREACHABLE).update(
        state="owed"
    )


def claims_end(apps: Apps, _schema_editor: BaseDatabaseSchemaEditor) -> None:
    Reminder = apps.get_model("progress", "Reminder")
    Reminder.objects.filter(state="claimed").update(state="owed", claimed_until=None)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("progress", "0008_reminded_by_hand"),
    ]

    operations = [
        migrations.AddField(
            model_name="policy",
            name="remind_before",
            field=models.CharField(
                blank=True,
                default="5, 2",
                help_text=(
                    "Divided by commas; agencies are reminded on the due date itself as well."
                ),
                max_length=60,
                verbose_name="reminders: working days before the due date",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_after",
            field=models.CharField(
                blank=True,
                default="1, 3, 5",
                help_text="Divided by commas.",
                max_length=60,
                verbose_name="reminders: working days after the due date",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_again_every",
            field=models.PositiveSmallIntegerField(
                default=5,
                help_text="5 is weekly; 0 means no more.",
                verbose_name="after the last of them, one every so many working days",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="claimed_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="claimed until"),
        ),
        migrations.AddField(
            model_name="reminder",
            name="try_after",
            field=models.DateTimeField(blank=True, null=True, verbose_name="next attempt"),
        ),
        migrations.RemoveConstraint(model_name="reminder", name="reminder_state_known"),
        migrations.AlterField(
            model_name="reminder",
            name="state",
            field=models.CharField(
                choices=[
                    ("owed", "Owed"),
                    ("claimed", "Being sent"),
                    ("sent", "Sent"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="owed",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.RunPython(steps_from_days, days_from_steps),
        migrations.RunPython(waiting_rows_carry_on, claims_end),
        migrations.RemoveField(model_name="policy", name="remind_working_days"),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(state__in=["owed", "claimed", "sent", "failed", "cancelled"]),
                name="reminder_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(state="claimed", claimed_until__isnull=False),
                    models.Q(
                        models.Q(("state", "claimed"), _negated=True),
                        ("claimed_until__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="a_claimed_reminder_alone_is_held",
            ),
        ),
    ]
