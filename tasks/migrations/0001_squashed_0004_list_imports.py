"""The tables as the migrations up to 0004 leave them, made in one step where there are none yet
(see agencies/migrations/0001_squashed_0009_passwords_and_sessions.py).
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("tasks", "0001_initial"),
        ("tasks", "0002_reporting_cycle"),
        ("tasks", "0003_registers"),
        ("tasks", "0004_list_imports"),
    ]

    initial = True

    dependencies = [
        ("agencies", "0009_passwords_and_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Chapter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(unique=True, verbose_name="number")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
            ],
            options={
                "verbose_name": "chapter",
                "verbose_name_plural": "chapters",
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="ListImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("name", models.CharField(blank=True, max_length=200, verbose_name="file")),
                ("sha256", models.CharField(max_length=64)),
                ("updated", models.PositiveSmallIntegerField(verbose_name="changed")),
                ("unchanged", models.PositiveSmallIntegerField(verbose_name="unchanged")),
                ("came", models.JSONField(verbose_name="new")),
                ("went", models.JSONField(verbose_name="dropped")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "import of a list",
                "verbose_name_plural": "imports of lists",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(unique=True, verbose_name="number")),
                ("title", models.TextField(verbose_name="task")),
                (
                    "division",
                    models.CharField(
                        choices=[
                            ("lead_compiles", "Lead compiles"),
                            ("by_duty", "Each by its duties"),
                            ("co_lead", "Two leads"),
                        ],
                        max_length=20,
                        verbose_name="division of labour",
                    ),
                ),
                (
                    "open_ended",
                    models.BooleanField(
                        default=False,
                        help_text="The list of agencies ends with 等: others may have a part in the task.",
                        verbose_name="open-ended",
                    ),
                ),
                ("deadline", models.DateField(blank=True, null=True, verbose_name="deadline")),
                (
                    "original_deadline",
                    models.DateField(blank=True, null=True, verbose_name="original deadline"),
                ),
                (
                    "listed_agencies",
                    models.TextField(blank=True, verbose_name="agencies as listed"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_started", "Not started"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("ongoing", "Ongoing"),
                        ],
                        default="not_started",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                (
                    "completed_on",
                    models.DateField(
                        editable=False,
                        help_text="The day on which the report that completed the task was handed in.",
                        null=True,
                        verbose_name="completed on",
                    ),
                ),
                (
                    "chapter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="tasks.chapter",
                        verbose_name="chapter",
                    ),
                ),
            ],
            options={
                "verbose_name": "pilot task",
                "verbose_name_plural": "pilot tasks",
                "ordering": ["number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("division__in", ["lead_compiles", "by_duty", "co_lead"])
                        ),
                        name="task_division_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["not_started", "in_progress", "completed", "ongoing"])
                        ),
                        name="task_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("completed_on__isnull", False), ("status", "completed")),
                            models.Q(
                                models.Q(("status", "completed"), _negated=True),
                                ("completed_on__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="a_completed_task_alone_has_a_day_of_completion",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ResponsibilityChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.JSONField(verbose_name="before")),
                ("after", models.JSONField(verbose_name="since")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responsibility_changes",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "responsibility change",
                "verbose_name_plural": "responsibility changes",
                "ordering": ["task", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="a_responsibility_change_has_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Responsibility",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("lead", "Lead"), ("co", "Co-responsible")],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(verbose_name="position")),
                (
                    "written_name",
                    models.CharField(
                        help_text="The agency's name exactly as the list writes it for this task.",
                        max_length=100,
                        verbose_name="name as written",
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responsibilities",
                        to="agencies.agency",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="responsibilities",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "responsibility",
                "verbose_name_plural": "responsibilities",
                "ordering": ["task", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "agency"), name="agency_once_in_a_task"
                    ),
                    models.UniqueConstraint(
                        fields=("task", "position"), name="position_once_in_a_task"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["lead", "co"])),
                        name="responsibility_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ordinal", models.PositiveSmallIntegerField(verbose_name="ordinal")),
                ("text", models.TextField(verbose_name="measure")),
                ("deadline", models.DateField(blank=True, null=True, verbose_name="deadline")),
                (
                    "original_deadline",
                    models.DateField(blank=True, null=True, verbose_name="original deadline"),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_started", "Not started"),
                            ("in_progress", "In progress"),
                            ("completed", "Completed"),
                            ("ongoing", "Ongoing"),
                        ],
                        default="not_started",
                        max_length=20,
                        verbose_name="status",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="measures",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "measure",
                "verbose_name_plural": "measures",
                "ordering": ["task", "ordinal"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "ordinal"), name="measure_once_in_a_task"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["not_started", "in_progress", "completed", "ongoing"])
                        ),
                        name="measure_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeadlineChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("old", models.DateField(blank=True, null=True, verbose_name="before")),
                ("new", models.DateField(blank=True, null=True, verbose_name="since")),
                ("reason", models.TextField(verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadline_changes",
                        to="tasks.measure",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deadline_changes",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "deadline change",
                "verbose_name_plural": "deadline changes",
                "ordering": ["task", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="a_deadline_change_has_a_reason",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskRevision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField(verbose_name="number")),
                ("replaced_at", models.DateTimeField(verbose_name="replaced")),
                ("chapter_number", models.PositiveSmallIntegerField(verbose_name="chapter")),
                ("title", models.TextField(verbose_name="task")),
                ("measures_cell", models.TextField(verbose_name="measures as written")),
                ("agencies_cell", models.TextField(verbose_name="agencies as written")),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="revisions",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "task revision",
                "verbose_name_plural": "task revisions",
                "ordering": ["task", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "number"), name="revision_once_of_a_task"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasureDuty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to="tasks.measure",
                    ),
                ),
            ],
            options={
                "verbose_name": "measure duty",
                "verbose_name_plural": "measure duties",
                "ordering": ["measure", "agency"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("measure", "agency"), name="agency_once_on_a_measure"
                    )
                ],
            },
        ),
    ]
