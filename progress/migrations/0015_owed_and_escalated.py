"""What is owed beside reports, to whom it escalates, and pauses.

What was recorded before was told to agencies and their people, and not because it was late.
"""

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_leader_address"),
        ("progress", "0014_items_of_agencies"),
        ("tasks", "0004_list_imports"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReminderPause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.TextField(verbose_name="reason")),
                ("from_on", models.DateField(verbose_name="first day")),
                ("until", models.DateField(blank=True, null=True, verbose_name="last day")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
            ],
            options={
                "verbose_name": "pause of reminders",
                "verbose_name_plural": "pauses of reminders",
                "ordering": ["-from_on", "-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="reminder",
            name="one_reminder_a_day_and_agency_without_people",
        ),
        migrations.RemoveConstraint(
            model_name="reminderitem",
            name="one_item_a_reminder_rule_agency_task_period",
        ),
        migrations.RemoveConstraint(
            model_name="reminderitem",
            name="reminder_item_rule_known",
        ),
        migrations.AddField(
            model_name="policy",
            name="answer_working_days",
            field=models.PositiveSmallIntegerField(
                default=5,
                help_text="From the day on which it was addressed to the agency.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="working days an agency has to answer a matter to coordinate",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="escalate_to_approver",
            field=models.PositiveSmallIntegerField(
                default=1, verbose_name="the agency's approver, from so many working days late"
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="escalate_to_coordinators",
            field=models.PositiveSmallIntegerField(
                default=5, verbose_name="the coordinators, from so many working days late"
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="escalate_to_leader",
            field=models.PositiveSmallIntegerField(
                default=3,
                verbose_name="the agency's leader in charge, from so many working days late",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_agency_review",
            field=models.BooleanField(
                default=True, verbose_name="what an agency's approver has to check"
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_contribution",
            field=models.BooleanField(default=True, verbose_name="contributions to hand in"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_deadline",
            field=models.BooleanField(default=True, verbose_name="deadlines of tasks"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_matter",
            field=models.BooleanField(default=True, verbose_name="matters to coordinate to answer"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_report",
            field=models.BooleanField(default=True, verbose_name="reports to hand in"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_returned",
            field=models.BooleanField(default=True, verbose_name="returned reports to correct"),
        ),
        migrations.AddField(
            model_name="policy",
            name="remind_review",
            field=models.BooleanField(
                default=True,
                verbose_name="reports and requests that coordinators have to decide on",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="review_working_days",
            field=models.PositiveSmallIntegerField(
                default=3,
                help_text="From the day on which it was handed in; for a later deadline too.",
                validators=[django.core.validators.MinValueValidator(1)],
                verbose_name="working days a coordinator has to decide on a report",
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="audience",
            field=models.CharField(
                choices=[
                    ("agency", "Whoever does it at the agency"),
                    ("leader", "The agency's leader in charge"),
                    ("office", "The coordinating office"),
                ],
                default="agency",
                max_length=10,
                verbose_name="told as",
            ),
        ),
        migrations.AddField(
            model_name="reminderitem",
            name="escalated",
            field=models.BooleanField(default=False, verbose_name="escalated"),
        ),
        migrations.AddField(
            model_name="reminderitem",
            name="matter",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="progress.matter",
            ),
        ),
        migrations.AddField(
            model_name="reminderitem",
            name="undelivered",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="progress.reminder",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminders",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AlterField(
            model_name="reminderitem",
            name="agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="agencies.agency",
                verbose_name="agency",
            ),
        ),
        migrations.AlterField(
            model_name="reminderitem",
            name="period",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="progress.reportingperiod",
            ),
        ),
        migrations.AlterField(
            model_name="reminderitem",
            name="rule",
            field=models.CharField(
                choices=[
                    ("report", "A report to hand in"),
                    ("returned", "A returned report to correct"),
                    ("agency_review", "A report to check within the agency"),
                    ("contribution", "A contribution to hand in"),
                    ("contribution_review", "A contribution to check within the agency"),
                    ("deadline", "A task to complete by its deadline"),
                    ("matter", "A matter to coordinate to answer"),
                    ("review", "A report to decide on"),
                    ("extension", "A request for a later deadline to decide on"),
                    ("unreachable", "Nobody of the agency can be reached"),
                    ("undelivered", "A message that could not be delivered"),
                ],
                max_length=20,
                verbose_name="rule",
            ),
        ),
        migrations.AlterField(
            model_name="reminderitem",
            name="task",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tasks.task",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", True)),
                fields=("day", "channel", "agency", "audience"),
                name="one_reminder_a_day_and_address_of_an_agency",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agency", None), ("audience", "office"), ("user__isnull", False)),
                    models.Q(("agency__isnull", False), ("audience", "agency")),
                    models.Q(("agency__isnull", False), ("audience", "leader"), ("user", None)),
                    _connector="OR",
                ),
                name="coordinators_alone_are_told_without_an_agency",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderitem",
            constraint=models.UniqueConstraint(
                models.F("reminder"),
                models.F("rule"),
                django.db.models.functions.comparison.Coalesce("agency", 0),
                django.db.models.functions.comparison.Coalesce("task", 0),
                django.db.models.functions.comparison.Coalesce("period", 0),
                django.db.models.functions.comparison.Coalesce("matter", 0),
                django.db.models.functions.comparison.Coalesce("undelivered", 0),
                name="one_item_a_reminder_rule_and_subject",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "rule__in",
                        [
                            "report",
                            "returned",
                            "agency_review",
                            "contribution",
                            "contribution_review",
                            "deadline",
                            "matter",
                            "review",
                            "extension",
                            "unreachable",
                            "undelivered",
                        ],
                    )
                ),
                name="reminder_item_rule_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("agency__isnull", False),
                        ("matter__isnull", True),
                        ("period__isnull", False),
                        (
                            "rule__in",
                            [
                                "report",
                                "returned",
                                "agency_review",
                                "contribution",
                                "contribution_review",
                            ],
                        ),
                        ("task__isnull", False),
                        ("undelivered__isnull", True),
                    ),
                    models.Q(
                        ("agency__isnull", False),
                        ("matter__isnull", True),
                        ("period__isnull", True),
                        ("rule__in", ["deadline"]),
                        ("task__isnull", False),
                        ("undelivered__isnull", True),
                    ),
                    models.Q(
                        ("agency__isnull", False),
                        ("matter__isnull", False),
                        ("period__isnull", True),
                        ("rule__in", ["matter"]),
                        ("task__isnull", False),
                        ("undelivered__isnull", True),
                    ),
                    models.Q(
                        ("agency__isnull", True),
                        ("matter__isnull", True),
                        ("period__isnull", False),
                        ("rule__in", ["review"]),
                        ("task__isnull", False),
                        ("undelivered__isnull", True),
                    ),
                    models.Q(
                        ("agency__isnull", True),
                        ("matter__isnull", True),
                        ("period__isnull", True),
                        ("rule__in", ["extension"]),
                        ("task__isnull", False),
                        ("undelivered__isnull", True),
                    ),
                    models.Q(
                        ("agency__isnull", False),
                        ("matter__isnull", True),
                        ("period__isnull", True),
                        ("rule__in", ["unreachable"]),
                        ("task__isnull", True),
                        ("undelivered__isnull", True),
                    ),
                    models.Q(
                        ("agency__isnull", True),
                        ("matter__isnull", True),
                        ("period__isnull", True),
                        ("rule__in", ["undelivered"]),
                        ("task__isnull", True),
                        ("undelivered__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="reminder_item_names_its_subject",
            ),
        ),
        migrations.AddField(
            model_name="reminderpause",
            name="agency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminder_pauses",
                to="agencies.agency",
            ),
        ),
        migrations.AddField(
            model_name="reminderpause",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who",
            ),
        ),
        migrations.AddField(
            model_name="reminderpause",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="ended by",
            ),
        ),
        migrations.AddField(
            model_name="reminderpause",
            name="period",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminder_pauses",
                to="progress.reportingperiod",
            ),
        ),
        migrations.AddField(
            model_name="reminderpause",
            name="task",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminder_pauses",
                to="tasks.task",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderpause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("agency__isnull", False), ("period", None), ("task", None)),
                    models.Q(("agency", None), ("period", None), ("task__isnull", False)),
                    models.Q(("agency", None), ("period__isnull", False), ("task", None)),
                    _connector="OR",
                ),
                name="a_pause_is_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderpause",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="a_pause_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderpause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until", None), ("until__gte", models.F("from_on")), _connector="OR"
                ),
                name="a_pause_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderpause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("ended_by", None)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="an_ended_pause_names_who_ended_it",
            ),
        ),
    ]
