"""The tables as the migrations up to 0022 leave them, made in one step where there are none yet
(see agencies/migrations/0001_squashed_0009_passwords_and_sessions.py).
"""

import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("progress", "0001_initial"),
        ("progress", "0002_reporting_cycle"),
        ("progress", "0003_register_at_closing"),
        ("progress", "0004_history_is_protected"),
        ("progress", "0005_registers"),
        ("progress", "0006_kept_figures"),
        ("progress", "0007_saved_lists"),
        ("progress", "0008_reminded_by_hand"),
        ("progress", "0009_reminders_by_steps"),
        ("progress", "0010_calendar_at_closing"),
        ("progress", "0011_offline_forms"),
        ("progress", "0012_brief_templates"),
        ("progress", "0013_editions_and_exports"),
        ("progress", "0014_items_of_agencies"),
        ("progress", "0015_owed_and_escalated"),
        ("progress", "0016_runs_of_jobs"),
        ("progress", "0017_words_of_the_list_at_closing"),
        ("progress", "0018_group_robots"),
        ("progress", "0019_reminders_to_address_and_agree"),
        ("progress", "0020_items_of_reminders_with_fewer_indexes"),
        ("progress", "0021_webhooks"),
        ("progress", "0022_exports_of_the_audit_trail"),
    ]

    initial = True

    dependencies = [
        ("agencies", "0009_passwords_and_sessions"),
        ("tasks", "0004_list_imports"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarCorrection",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("working", models.BooleanField(verbose_name="working day")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
            ],
            options={
                "verbose_name": "calendar correction",
                "verbose_name_plural": "calendar corrections",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("job", models.CharField(max_length=100, unique=True, verbose_name="job")),
                (
                    "ordered_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="ordered by the timetable"
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="started")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("fault", models.CharField(blank=True, max_length=100, verbose_name="fault")),
            ],
            options={
                "verbose_name": "run of a job",
                "verbose_name_plural": "runs of jobs",
                "ordering": ["job"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("fault", ""), ("ended_at__isnull", False), _connector="OR"
                        ),
                        name="a_job_that_runs_has_no_fault_yet",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "cadence",
                    models.CharField(
                        choices=[
                            ("month", "Month"),
                            ("quarter", "Quarter"),
                            ("half_year", "Half-year"),
                            ("year", "Year"),
                        ],
                        default="month",
                        max_length=20,
                        verbose_name="cadence",
                    ),
                ),
                (
                    "opens_day",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(28),
                        ],
                        verbose_name="opens on day",
                    ),
                ),
                (
                    "opens_by_calendar",
                    models.BooleanField(
                        default=True,
                        help_text="On its day, once a coordinator has opened the first period.",
                        verbose_name="the calendar opens the next period",
                    ),
                ),
                (
                    "due_day",
                    models.PositiveSmallIntegerField(
                        default=25,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(28),
                        ],
                        verbose_name="due on day",
                    ),
                ),
                (
                    "due_roll",
                    models.CharField(
                        choices=[
                            ("earlier", "To the working day before"),
                            ("later", "To the working day after"),
                        ],
                        default="earlier",
                        max_length=10,
                        verbose_name="a due date on a day off rolls",
                    ),
                ),
                (
                    "agency_review",
                    models.BooleanField(
                        default=True,
                        help_text="An agency without an approver skips this review.",
                        verbose_name="an agency's approver must check reports",
                    ),
                ),
                (
                    "yellow_working_days",
                    models.PositiveSmallIntegerField(
                        default=5,
                        verbose_name="working days before a deadline on which the light turns yellow",
                    ),
                ),
                (
                    "yellow_for_missing_report",
                    models.BooleanField(
                        default=True,
                        help_text="Once its due date has passed; otherwise lights follow deadlines alone.",
                        verbose_name="a missing report turns the light yellow",
                    ),
                ),
                (
                    "remind_before",
                    models.CharField(
                        blank=True,
                        default="5, 2",
                        help_text="Divided by commas; agencies are reminded on the due date itself as well.",
                        max_length=60,
                        verbose_name="reminders: working days before the due date",
                    ),
                ),
                (
                    "remind_after",
                    models.CharField(
                        blank=True,
                        default="1, 3, 5",
                        help_text="Divided by commas.",
                        max_length=60,
                        verbose_name="reminders: working days after the due date",
                    ),
                ),
                (
                    "remind_again_every",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="5 is weekly; 0 means no more.",
                        verbose_name="after the last of them, one every so many working days",
                    ),
                ),
                (
                    "remind_report",
                    models.BooleanField(default=True, verbose_name="reports to hand in"),
                ),
                (
                    "remind_returned",
                    models.BooleanField(default=True, verbose_name="returned reports to correct"),
                ),
                (
                    "remind_contribution",
                    models.BooleanField(default=True, verbose_name="contributions to hand in"),
                ),
                (
                    "remind_agency_review",
                    models.BooleanField(
                        default=True, verbose_name="what an agency's approver has to check"
                    ),
                ),
                (
                    "remind_deadline",
                    models.BooleanField(default=True, verbose_name="deadlines of tasks"),
                ),
                (
                    "remind_matter",
                    models.BooleanField(
                        default=True, verbose_name="matters to coordinate to answer"
                    ),
                ),
                (
                    "remind_review",
                    models.BooleanField(
                        default=True,
                        verbose_name="reports, requests and matters that coordinators have to decide on",
                    ),
                ),
                (
                    "review_working_days",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="From the day on which it was handed in; for a later deadline, and for a matter that is addressed to nobody yet, too.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="working days a coordinator has to decide on a report",
                    ),
                ),
                (
                    "answer_working_days",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="From the day on which it was addressed to the agency.",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="working days an agency has to answer a matter to coordinate",
                    ),
                ),
                (
                    "escalate_to_approver",
                    models.PositiveSmallIntegerField(
                        default=1,
                        verbose_name="the agency's approver, from so many working days late",
                    ),
                ),
                (
                    "escalate_to_leader",
                    models.PositiveSmallIntegerField(
                        default=3,
                        verbose_name="the agency's leader in charge, from so many working days late",
                    ),
                ),
                (
                    "escalate_to_coordinators",
                    models.PositiveSmallIntegerField(
                        default=5, verbose_name="the coordinators, from so many working days late"
                    ),
                ),
                (
                    "completion_needs_evidence",
                    models.BooleanField(
                        default=False,
                        help_text="A measure is then reported as completed only with a file that shows it.",
                        verbose_name="a completion needs evidence",
                    ),
                ),
                (
                    "evidence_files",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(50),
                        ],
                        verbose_name="evidence files to a report or contribution",
                    ),
                ),
                (
                    "evidence_megabytes",
                    models.PositiveSmallIntegerField(
                        default=20,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="megabytes to an evidence file",
                    ),
                ),
                (
                    "send_from",
                    models.TimeField(
                        default=datetime.time(8, 0), verbose_name="messages are sent from"
                    ),
                ),
                (
                    "send_until",
                    models.TimeField(
                        default=datetime.time(20, 0), verbose_name="messages are sent until"
                    ),
                ),
            ],
            options={
                "verbose_name": "reporting rules",
                "verbose_name_plural": "reporting rules",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="policy_is_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("opens_day__lte", models.F("due_day"))),
                        name="policy_opens_before_it_is_due",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                (
                    "channel",
                    models.CharField(
                        choices=[("inbox", "Inbox"), ("mail", "E-mail"), ("robot", "Group robot")],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                (
                    "audience",
                    models.CharField(
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
                ("address", models.CharField(blank=True, max_length=254, verbose_name="address")),
                (
                    "state",
                    models.CharField(
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
                ("recorded_at", models.DateTimeField(verbose_name="recorded")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "try_after",
                    models.DateTimeField(blank=True, null=True, verbose_name="next attempt"),
                ),
                (
                    "claimed_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="claimed until"),
                ),
                ("answer", models.TextField(blank=True, verbose_name="answer")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                (
                    "agency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="agencies.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder",
                "verbose_name_plural": "reminders",
                "ordering": ["-day", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", False)),
                        fields=("day", "channel", "user"),
                        name="one_reminder_a_day_and_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", True)),
                        fields=("day", "channel", "agency", "audience"),
                        name="one_reminder_a_day_and_address_of_an_agency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("agency", None), ("audience", "office"), ("user__isnull", False)
                            ),
                            models.Q(("agency__isnull", False), ("audience", "agency")),
                            models.Q(
                                ("agency__isnull", False), ("audience", "leader"), ("user", None)
                            ),
                            _connector="OR",
                        ),
                        name="coordinators_alone_are_told_without_an_agency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ["inbox", "mail", "robot"])),
                        name="reminder_channel_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["owed", "claimed", "sent", "failed", "cancelled"])
                        ),
                        name="reminder_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(
                                models.Q(("state", "sent"), _negated=True),
                                ("sent_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="a_sent_reminder_alone_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_until__isnull", False), ("state", "claimed")),
                            models.Q(
                                models.Q(("state", "claimed"), _negated=True),
                                ("claimed_until__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="a_claimed_reminder_alone_is_held",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("note", ""), ("asked_by__isnull", False), _connector="OR"
                        ),
                        name="a_reminder_by_hand_alone_has_a_note",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("agency_review", "In agency review"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        default="draft",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                ("problems", models.TextField(blank=True, verbose_name="problems")),
                ("next_steps", models.TextField(blank=True, verbose_name="next steps")),
                (
                    "coordination",
                    models.TextField(blank=True, verbose_name="matters to coordinate"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("updated_at", models.DateTimeField(verbose_name="last saved")),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="submitted"),
                ),
                (
                    "handed_in_on",
                    models.DateField(blank=True, null=True, verbose_name="handed in on"),
                ),
                (
                    "approved_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="approved"),
                ),
                (
                    "agreement_asked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="agreement asked"),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="submitted by",
                    ),
                ),
                (
                    "taken_up_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken up by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="tasks.task",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="last saved by",
                    ),
                ),
            ],
            options={
                "verbose_name": "progress report",
                "verbose_name_plural": "progress reports",
                "ordering": ["period", "task"],
            },
        ),
        migrations.CreateModel(
            name="MeasureProgress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
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
                ("text", models.TextField(blank=True, verbose_name="progress this period")),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="progress",
                        to="tasks.measure",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="measures",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "measure progress",
                "verbose_name_plural": "measure progress",
                "ordering": ["report", "measure__ordinal"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "measure"), name="measure_once_in_a_report"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("status__in", ["not_started", "in_progress", "completed", "ongoing"])
                        ),
                        name="measure_progress_status_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Matter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(verbose_name="matter to coordinate")),
                ("raised_on", models.DateField(verbose_name="raised on")),
                (
                    "addressed_on",
                    models.DateField(blank=True, null=True, verbose_name="addressed on"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("answered", "Answered"), ("closed", "Closed")],
                        default="open",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "addressed_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                        verbose_name="addressed to",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matters",
                        to="tasks.task",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="matters",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "matter to coordinate",
                "verbose_name_plural": "matters to coordinate",
                "ordering": ["raised_on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "answered", "closed"])),
                        name="matter_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("closed_by__isnull", False),
                                ("state", "closed"),
                            ),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True),
                                ("closed_at", None),
                                ("closed_by", None),
                            ),
                            _connector="OR",
                        ),
                        name="a_closed_matter_names_who_closed_it",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=("report",),
                        name="one_unclosed_matter_a_report",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                (
                    "decision_reason",
                    models.TextField(blank=True, verbose_name="reason of the decision"),
                ),
                ("deadline", models.DateField(verbose_name="deadline at the time")),
                ("new_deadline", models.DateField(verbose_name="deadline asked for")),
                ("reason", models.TextField(verbose_name="reason")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("granted", "Granted"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="requested",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="tasks.measure",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="tasks.task",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="extensions",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "extension request",
                "verbose_name_plural": "extension requests",
                "ordering": ["requested_at", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["requested", "granted", "refused", "withdrawn"])
                        ),
                        name="extension_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("new_deadline__gt", models.F("deadline"))),
                        name="an_extension_asks_for_a_later_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="an_extension_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("state", "requested")
                            ),
                            models.Q(
                                models.Q(("state", "requested"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_decided_extension_names_who_decided",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("measure", None), ("state", "requested")),
                        fields=("task",),
                        name="one_undecided_extension_of_a_task",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("measure",),
                        name="one_undecided_extension_of_a_measure",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Completion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                (
                    "decision_reason",
                    models.TextField(blank=True, verbose_name="reason of the decision"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("granted", "Granted"),
                            ("refused", "Refused"),
                            ("reopened", "Reopened"),
                        ],
                        default="requested",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "reopened_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reopened"),
                ),
                (
                    "reopening_reason",
                    models.TextField(blank=True, verbose_name="reason of the reopening"),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="tasks.measure",
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reopened by",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="requested by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="tasks.task",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="completions",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "completion request",
                "verbose_name_plural": "completion requests",
                "ordering": ["requested_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "measure"), name="one_completion_a_report_and_measure"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["requested", "granted", "refused", "reopened"])
                        ),
                        name="completion_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("decision_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_refused_completion_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "reopened"), _negated=True),
                            models.Q(
                                ("reopened_at__isnull", False),
                                models.Q(("reopening_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_reopened_completion_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agrees", models.BooleanField(verbose_name="agrees")),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
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
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agreements",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "agreement",
                "verbose_name_plural": "agreements",
                "ordering": ["report", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "agency"), name="one_agreement_a_report_and_agency"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("agrees", True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="an_objection_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("submit", "Submit"),
                            ("endorse", "Approve within the agency"),
                            ("take_up", "Start review"),
                            ("approve", "Approve"),
                            ("return", "Return"),
                            ("withdraw", "Withdraw"),
                            ("reopen", "Reopen"),
                            ("ask", "Ask the other lead for its agreement"),
                            ("agree", "Agree"),
                            ("object", "Object"),
                            ("take_over", "Take over"),
                        ],
                        max_length=20,
                        verbose_name="move",
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("agency_review", "In agency review"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        max_length=20,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("agency_review", "In agency review"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        max_length=20,
                        verbose_name="to",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("content", models.JSONField(verbose_name="content")),
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
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "report event",
                "verbose_name_plural": "report events",
                "ordering": ["report", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "move__in",
                                [
                                    "submit",
                                    "endorse",
                                    "take_up",
                                    "approve",
                                    "return",
                                    "withdraw",
                                    "reopen",
                                    "ask",
                                    "agree",
                                    "object",
                                    "take_over",
                                ],
                            )
                        ),
                        name="event_move_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportingPeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=10, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("month", "Month"),
                            ("quarter", "Quarter"),
                            ("half_year", "Half-year"),
                            ("year", "Year"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("starts_on", models.DateField(verbose_name="starts")),
                ("ends_on", models.DateField(verbose_name="ends")),
                ("opens_on", models.DateField(verbose_name="opens")),
                ("due_on", models.DateField(verbose_name="due")),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                (
                    "opened_by_calendar",
                    models.BooleanField(default=False, verbose_name="opened by the calendar"),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "register_at_closing",
                    models.JSONField(editable=False, null=True, verbose_name="register at closing"),
                ),
                (
                    "light_rules_at_closing",
                    models.JSONField(
                        editable=False, null=True, verbose_name="rules of lights at closing"
                    ),
                ),
                (
                    "calendar_at_closing",
                    models.JSONField(editable=False, null=True, verbose_name="calendar at closing"),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="opened by",
                    ),
                ),
            ],
            options={
                "verbose_name": "reporting period",
                "verbose_name_plural": "reporting periods",
                "ordering": ["-ends_on", "-starts_on"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["month", "quarter", "half_year", "year"])),
                        name="period_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("starts_on__lte", models.F("ends_on"))),
                        name="period_ends_after_it_starts",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("opens_on__lte", models.F("due_on"))),
                        name="period_due_after_it_opens",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="report",
            name="period",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="progress.reportingperiod",
            ),
        ),
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
                (
                    "agency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminder_pauses",
                        to="agencies.agency",
                    ),
                ),
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
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminder_pauses",
                        to="tasks.task",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminder_pauses",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "pause of reminders",
                "verbose_name_plural": "pauses of reminders",
                "ordering": ["-from_on", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agency__isnull", False), ("period", None), ("task", None)),
                            models.Q(("agency", None), ("period", None), ("task__isnull", False)),
                            models.Q(("agency", None), ("period__isnull", False), ("task", None)),
                            _connector="OR",
                        ),
                        name="a_pause_is_of_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="a_pause_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", None), ("until__gte", models.F("from_on")), _connector="OR"
                        ),
                        name="a_pause_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_ended_pause_names_who_ended_it",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReminderItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("report", "A report to hand in"),
                            ("returned", "A returned report to correct"),
                            ("agency_review", "A report to check within the agency"),
                            ("contribution", "A contribution to hand in"),
                            ("contribution_review", "A contribution to check within the agency"),
                            ("agreement", "A report to agree or object to as the other lead"),
                            ("deadline", "A task to complete by its deadline"),
                            ("matter", "A matter to coordinate to answer"),
                            ("review", "A report to decide on"),
                            ("extension", "A request for a later deadline to decide on"),
                            ("address", "A matter to coordinate to address to an agency"),
                            ("unreachable", "Nobody of the agency can be reached"),
                            ("undelivered", "A message that could not be delivered"),
                        ],
                        max_length=20,
                        verbose_name="rule",
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due")),
                ("step", models.SmallIntegerField(verbose_name="working days from the due date")),
                ("escalated", models.BooleanField(default=False, verbose_name="escalated")),
                (
                    "agency",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                        verbose_name="agency",
                    ),
                ),
                (
                    "matter",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.matter",
                    ),
                ),
                (
                    "reminder",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="progress.reminder",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tasks.task",
                    ),
                ),
                (
                    "undelivered",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.reminder",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder item",
                "verbose_name_plural": "reminder items",
                "ordering": ["reminder", "due_on", "task__number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("reminder"),
                        models.F("rule"),
                        django.db.models.functions.comparison.Coalesce("agency", 0),
                        django.db.models.functions.comparison.Coalesce("task", 0),
                        django.db.models.functions.comparison.Coalesce("period", 0),
                        django.db.models.functions.comparison.Coalesce("matter", 0),
                        django.db.models.functions.comparison.Coalesce("undelivered", 0),
                        name="one_item_a_reminder_rule_and_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "rule__in",
                                [
                                    "report",
                                    "returned",
                                    "agency_review",
                                    "contribution",
                                    "contribution_review",
                                    "agreement",
                                    "deadline",
                                    "matter",
                                    "review",
                                    "extension",
                                    "address",
                                    "unreachable",
                                    "undelivered",
                                ],
                            )
                        ),
                        name="reminder_item_rule_known",
                    ),
                    models.CheckConstraint(
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
                                        "agreement",
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
                                ("agency__isnull", True),
                                ("matter__isnull", False),
                                ("period__isnull", True),
                                ("rule__in", ["address"]),
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
                ],
            },
        ),
        migrations.CreateModel(
            name="OfflineForm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        editable=False, max_length=20, unique=True, verbose_name="key"
                    ),
                ),
                ("lines", models.JSONField(editable=False, verbose_name="lines")),
                ("made_at", models.DateTimeField(verbose_name="downloaded")),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="downloaded by",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "offline form",
                "verbose_name_plural": "offline forms",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="KeptList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("words", models.JSONField(verbose_name="words of the list")),
                (
                    "period",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_list",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "kept list",
                "verbose_name_plural": "kept lists",
                "ordering": ["period"],
            },
        ),
        migrations.CreateModel(
            name="KeptFigures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "chapter_number",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="chapter"),
                ),
                ("figures", models.JSONField(verbose_name="figures")),
                (
                    "agency",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_figures",
                        to="agencies.agency",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="kept_figures",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "kept figures",
                "verbose_name_plural": "kept figures",
                "ordering": ["period", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("chapter_number", None), ("agency", None), _connector="OR"
                        ),
                        name="kept_figures_are_of_a_chapter_or_an_agency",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("agency", None), ("chapter_number", None)),
                        fields=("period",),
                        name="kept_figures_of_the_whole_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("chapter_number__isnull", False)),
                        fields=("period", "chapter_number"),
                        name="kept_figures_of_a_chapter_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("agency__isnull", False)),
                        fields=("period", "agency"),
                        name="kept_figures_of_an_agency_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erratum",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                (
                    "field",
                    models.CharField(
                        choices=[
                            ("status", "Status"),
                            ("text", "Progress this period"),
                            ("problems", "Problems"),
                            ("next_steps", "Next steps"),
                            ("coordination", "Matters to coordinate"),
                        ],
                        max_length=20,
                        verbose_name="what is corrected",
                    ),
                ),
                ("old", models.TextField(blank=True, verbose_name="before")),
                ("new", models.TextField(blank=True, verbose_name="corrected to")),
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
                        related_name="errata",
                        to="tasks.measure",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata",
                        to="progress.report",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="errata",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "erratum",
                "verbose_name_plural": "errata",
                "ordering": ["period", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("period", "number"), name="erratum_number_once_in_a_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "field__in",
                                ["status", "text", "problems", "next_steps", "coordination"],
                            )
                        ),
                        name="erratum_field_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("field__in", ("status", "text")), ("measure__isnull", False)),
                            models.Q(
                                models.Q(("field__in", ("status", "text")), _negated=True),
                                ("measure__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="an_erratum_of_a_measure_names_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True),
                        name="an_erratum_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Contribution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("agency_review", "In agency review"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        default="draft",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="version")),
                (
                    "nothing_to_add",
                    models.BooleanField(default=False, verbose_name="nothing to add"),
                ),
                (
                    "remarks",
                    models.TextField(blank=True, verbose_name="problems and other remarks"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created")),
                ("updated_at", models.DateTimeField(verbose_name="last saved")),
                (
                    "submitted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="submitted"),
                ),
                (
                    "handed_in_on",
                    models.DateField(blank=True, null=True, verbose_name="handed in on"),
                ),
                (
                    "taken_over_version",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="version taken over"
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="agencies.agency",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="submitted by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="tasks.task",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="last saved by",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="progress.reportingperiod",
                    ),
                ),
            ],
            options={
                "verbose_name": "contribution",
                "verbose_name_plural": "contributions",
                "ordering": ["period", "task", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("task", "period", "agency"),
                        name="one_contribution_a_task_period_and_agency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["agency_review", "draft", "returned", "submitted"])
                        ),
                        name="contribution_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "submitted"), _negated=True),
                            ("handed_in_on__isnull", False),
                            _connector="OR",
                        ),
                        name="a_handed_in_contribution_has_its_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("policy", "Policy document"),
                            ("project", "Project landed"),
                            ("first", "First of its kind"),
                            ("practice", "Practice case"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "document",
                    models.CharField(blank=True, max_length=100, verbose_name="document number"),
                ),
                ("came_on", models.DateField(verbose_name="date")),
                ("note", models.TextField(blank=True, verbose_name="what it is")),
                ("added_at", models.DateTimeField(verbose_name="added")),
                (
                    "struck_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="struck out"),
                ),
                ("struck_reason", models.TextField(blank=True, verbose_name="reason")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="tasks.measure",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="progress.report",
                    ),
                ),
                (
                    "struck_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="struck out by",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="tasks.task",
                    ),
                ),
            ],
            options={
                "verbose_name": "result",
                "verbose_name_plural": "results",
                "ordering": ["came_on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["policy", "project", "first", "practice"])
                        ),
                        name="result_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("struck_at", None), ("struck_by", None), ("struck_reason", "")
                            ),
                            models.Q(
                                ("struck_at__isnull", False),
                                ("struck_by__isnull", False),
                                models.Q(("struck_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_struck_result_names_who_and_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
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
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="review_marks",
                        to="progress.report",
                    ),
                ),
            ],
            options={
                "verbose_name": "review mark",
                "verbose_name_plural": "review marks",
                "ordering": ["report", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("report", "by"), name="one_mark_a_report_and_reviewer"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedList",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "page",
                    models.CharField(
                        choices=[("tasks", "Pilot tasks"), ("measures", "Measures")],
                        max_length=20,
                        verbose_name="list",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=2000, verbose_name="filters")),
                (
                    "is_shared",
                    models.BooleanField(default=False, verbose_name="shared with colleagues"),
                ),
                ("created_at", models.DateTimeField(verbose_name="created")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_lists",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved list",
                "verbose_name_plural": "saved lists",
                "ordering": ["page", "name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "page", "name"),
                        name="one_saved_list_a_person_list_and_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("page__in", ["tasks", "measures"])),
                        name="saved_list_page_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="a_saved_list_has_a_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SheetUpload",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be confirmed"),
                            ("confirmed", "Saved as drafts"),
                            ("abandoned", "Discarded"),
                        ],
                        default="waiting",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="file name")),
                ("said", models.JSONField(editable=False, verbose_name="what the file says")),
                ("absent", models.JSONField(editable=False, verbose_name="lines that are missing")),
                (
                    "aside",
                    models.JSONField(default=list, editable=False, verbose_name="lines left aside"),
                ),
                ("choices", models.JSONField(default=dict, editable=False, verbose_name="choices")),
                (
                    "taken",
                    models.JSONField(
                        default=list, editable=False, verbose_name="what was taken over"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="uploaded")),
                ("expires_at", models.DateTimeField(verbose_name="expires")),
                ("settled_at", models.DateTimeField(blank=True, null=True, verbose_name="settled")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="uploaded by",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="uploads",
                        to="progress.offlineform",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="settled by",
                    ),
                ),
            ],
            options={
                "verbose_name": "uploaded form",
                "verbose_name_plural": "uploaded forms",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "confirmed", "abandoned"])),
                        name="upload_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at", None), ("state", "waiting")),
                            models.Q(
                                models.Q(("state", "waiting"), _negated=True),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_waiting_upload_alone_is_not_settled",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sha256", models.CharField(editable=False, max_length=64, unique=True)),
                ("storage_name", models.CharField(editable=False, max_length=100, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("pdf", "PDF"),
                            ("docx", "Word"),
                            ("xlsx", "Excel"),
                            ("jpg", "JPEG"),
                            ("png", "PNG"),
                            ("ofd", "OFD"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("size", models.PositiveBigIntegerField(verbose_name="size in bytes")),
                ("stored_at", models.DateTimeField(verbose_name="stored")),
            ],
            options={
                "verbose_name": "stored file",
                "verbose_name_plural": "stored files",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["pdf", "docx", "xlsx", "jpg", "png", "ofd"])
                        ),
                        name="stored_file_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ExportJob",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subject",
                    models.CharField(
                        choices=[("report", "Progress report"), ("trail", "Audit trail")],
                        db_default="report",
                        default="report",
                        max_length=10,
                        verbose_name="of what",
                    ),
                ),
                ("options", models.JSONField(verbose_name="options")),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Being made"),
                            ("done", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                            ("expired", "Removed"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked for")),
                (
                    "claimed_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="claimed until"),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("done", models.PositiveIntegerField(default=0, verbose_name="tasks written")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="tasks to write")),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished"),
                ),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="kept until"),
                ),
                ("fault", models.TextField(blank=True, verbose_name="fault")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked for by",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.reportingperiod",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.storedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "ordering": ["-asked_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["waiting", "running", "done", "failed", "cancelled", "expired"],
                            )
                        ),
                        name="export_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("period__isnull", False), ("subject", "report")),
                            models.Q(("period", None), ("subject", "trail")),
                            _connector="OR",
                        ),
                        name="an_export_of_a_report_alone_has_a_period",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("waiting", "running"))),
                        fields=("by", "digest"),
                        name="the_same_export_is_under_way_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_until__isnull", False), ("state", "running")),
                            models.Q(
                                models.Q(("state", "running"), _negated=True),
                                ("claimed_until", None),
                            ),
                            _connector="OR",
                        ),
                        name="a_running_export_alone_is_claimed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("expires_at__isnull", False),
                                ("file__isnull", False),
                                ("state", "done"),
                            ),
                            models.Q(models.Q(("state", "done"), _negated=True), ("file", None)),
                            _connector="OR",
                        ),
                        name="an_export_that_is_ready_alone_has_its_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), models.Q(("fault", ""), _negated=True)),
                            models.Q(models.Q(("state", "failed"), _negated=True), ("fault", "")),
                            _connector="OR",
                        ),
                        name="an_export_that_failed_alone_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("done__lte", models.F("total"))),
                        name="an_export_is_no_further_than_its_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("added_at", models.DateTimeField(verbose_name="added")),
                ("removed_at", models.DateTimeField(blank=True, null=True, verbose_name="removed")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "contribution",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="progress.contribution",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="tasks.measure",
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="removed by",
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="progress.evidence",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="progress.report",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="progress.storedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "evidence",
                "verbose_name_plural": "evidence",
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("contribution", None), ("report__isnull", False)),
                            models.Q(("contribution__isnull", False), ("report", None)),
                            _connector="OR",
                        ),
                        name="evidence_is_of_a_report_or_of_a_contribution",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("removed_at", None), ("removed_by", None)),
                            models.Q(("removed_at__isnull", False), ("removed_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="removed_evidence_names_who_removed_it",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("manifest", models.TextField(verbose_name="manifest")),
                ("release", models.CharField(max_length=64, verbose_name="release")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="made by",
                    ),
                ),
                (
                    "erratum",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="edition",
                        to="progress.erratum",
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="progress.reportingperiod",
                    ),
                ),
                (
                    "internal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.storedfile",
                    ),
                ),
                (
                    "public",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.storedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "edition",
                "verbose_name_plural": "editions",
                "ordering": ["period", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("period", "number"), name="edition_once_of_a_period"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("erratum", None), ("number", 1)),
                            models.Q(("erratum__isnull", False), ("number__gt", 1)),
                            _connector="OR",
                        ),
                        name="an_edition_after_the_closing_has_its_erratum",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("internal", models.F("public")), _negated=True),
                        name="the_internal_edition_is_not_published",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BriefTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("report", "Special report"), ("circular", "Circular")],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="version")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "note",
                    models.CharField(blank=True, max_length=200, verbose_name="what is different"),
                ),
                ("added_at", models.DateTimeField(verbose_name="added")),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="brief_templates",
                        to="progress.storedfile",
                    ),
                ),
            ],
            options={
                "verbose_name": "template of the brief",
                "verbose_name_plural": "templates of the brief",
                "ordering": ["kind", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "number"), name="brief_template_numbered_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["report", "circular"])),
                        name="brief_template_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=50, verbose_name="name")),
                ("place", models.CharField(max_length=260, verbose_name="host")),
                ("sealed", models.TextField(editable=False)),
                ("kinds", models.JSONField(default=list, verbose_name="kinds of things")),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused"), ("ended", "Ended")],
                        default="active",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("fault", models.CharField(blank=True, max_length=200, verbose_name="fault")),
                ("position", models.BigIntegerField(verbose_name="told up to")),
                ("made_at", models.DateTimeField(verbose_name="created")),
                ("secret_set_at", models.DateTimeField(verbose_name="secret set")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="webhooks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["active", "paused", "ended"])),
                        name="webhook_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state", "ended")),
                            models.Q(
                                models.Q(("state", "ended"), _negated=True), ("ended_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="a_webhook_that_ended_alone_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "active"), _negated=True),
                            ("fault", ""),
                            _connector="OR",
                        ),
                        name="an_active_webhook_has_no_fault",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("export_ended", "An export has ended"),
                            ("edition_damaged", "A stored workbook is damaged"),
                            ("webhook_paused", "A webhook is paused"),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                (
                    "part",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("internal", "Internal edition"),
                            ("public", "Public edition"),
                            ("figures", "Figures"),
                            ("manifest", "Manifest"),
                        ],
                        max_length=10,
                        verbose_name="part",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read")),
                (
                    "edition",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.edition",
                    ),
                ),
                (
                    "export",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="progress.exportjob",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
                (
                    "webhook",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="progress.webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("edition", None),
                                ("export__isnull", False),
                                ("kind", "export_ended"),
                                ("part", ""),
                                ("webhook", None),
                            ),
                            models.Q(
                                ("edition__isnull", False),
                                ("export", None),
                                ("kind", "edition_damaged"),
                                ("webhook", None),
                                models.Q(("part", ""), _negated=True),
                            ),
                            models.Q(
                                ("edition", None),
                                ("export", None),
                                ("kind", "webhook_paused"),
                                ("part", ""),
                                ("webhook__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_notice_names_what_it_is_about",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "edition_damaged"), ("read_at", None)),
                        fields=("user", "edition", "part"),
                        name="an_unread_damage_is_told_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "webhook_paused"), ("read_at", None)),
                        fields=("user", "webhook"),
                        name="an_unread_pause_of_a_webhook_is_told_once",
                    ),
                    models.UniqueConstraint(
                        fields=("user", "export"), name="the_end_of_an_export_is_told_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("changes", "Changes"),
                            ("repeat", "Sent again"),
                            ("test", "Test"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("message", models.UUIDField(default=uuid.uuid4, verbose_name="message")),
                ("after", models.BigIntegerField(verbose_name="behind position")),
                ("until", models.BigIntegerField(verbose_name="up to position")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("owed", "To be sent"),
                            ("claimed", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Given up"),
                            ("cancelled", "Called off"),
                        ],
                        default="owed",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("made_at", models.DateTimeField(verbose_name="recorded")),
                (
                    "try_after",
                    models.DateTimeField(blank=True, null=True, verbose_name="not before"),
                ),
                (
                    "claimed_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="claimed until"),
                ),
                ("fault", models.CharField(blank=True, max_length=200, verbose_name="fault")),
                ("answer", models.CharField(blank=True, max_length=300, verbose_name="answer")),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="progress.webhook",
                        verbose_name="webhook",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["changes", "repeat", "test"])),
                        name="delivery_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["owed", "claimed", "sent", "failed", "cancelled"])
                        ),
                        name="delivery_state_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "changes"), ("state__in", ("owed", "claimed"))),
                        fields=("webhook",),
                        name="a_webhook_is_told_one_stretch_at_a_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "repeat"), ("state__in", ("owed", "claimed"))),
                        fields=("webhook", "message"),
                        name="a_delivery_waits_once_to_be_sent_again",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "test"), ("state__in", ("owed", "claimed"))),
                        fields=("webhook",),
                        name="a_webhook_is_tried_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_until__isnull", False), ("state", "claimed")),
                            models.Q(
                                models.Q(("state", "claimed"), _negated=True),
                                ("claimed_until", None),
                            ),
                            _connector="OR",
                        ),
                        name="a_delivery_that_is_being_sent_alone_is_claimed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(models.Q(("state", "sent"), _negated=True), ("sent_at", None)),
                            _connector="OR",
                        ),
                        name="a_delivery_that_was_sent_alone_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("after__lte", models.F("until"))),
                        name="a_delivery_ends_no_sooner_than_it_begins",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BriefTemplateChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("report", "Special report"), ("circular", "Circular")],
                        max_length=20,
                        verbose_name="kind",
                    ),
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
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="choices",
                        to="progress.brieftemplate",
                    ),
                ),
            ],
            options={
                "verbose_name": "choice of a template",
                "verbose_name_plural": "choices of templates",
                "ordering": ["kind", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["report", "circular"])),
                        name="brief_choice_kind_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContributionEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("submit", "Submit"),
                            ("endorse", "Approve within the agency"),
                            ("take_up", "Start review"),
                            ("approve", "Approve"),
                            ("return", "Return"),
                            ("withdraw", "Withdraw"),
                            ("reopen", "Reopen"),
                            ("ask", "Ask the other lead for its agreement"),
                            ("agree", "Agree"),
                            ("object", "Object"),
                            ("take_over", "Take over"),
                        ],
                        max_length=20,
                        verbose_name="move",
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("agency_review", "In agency review"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        max_length=20,
                        verbose_name="from",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("agency_review", "In agency review"),
                            ("submitted", "Submitted"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                        ],
                        max_length=20,
                        verbose_name="to",
                    ),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("content", models.JSONField(verbose_name="content")),
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
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="progress.contribution",
                    ),
                ),
            ],
            options={
                "verbose_name": "contribution event",
                "verbose_name_plural": "contribution events",
                "ordering": ["contribution", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "move__in",
                                [
                                    "submit",
                                    "endorse",
                                    "take_up",
                                    "approve",
                                    "return",
                                    "withdraw",
                                    "reopen",
                                    "ask",
                                    "agree",
                                    "object",
                                    "take_over",
                                ],
                            )
                        ),
                        name="contribution_event_move_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ListColumns",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "page",
                    models.CharField(
                        choices=[("tasks", "Pilot tasks"), ("measures", "Measures")],
                        max_length=20,
                        verbose_name="list",
                    ),
                ),
                ("columns", models.CharField(blank=True, max_length=300, verbose_name="columns")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="list_columns",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "columns of a list",
                "verbose_name_plural": "columns of lists",
                "ordering": ["owner", "page"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("owner", "page"), name="columns_once_a_person_and_list"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MatterEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "move",
                    models.CharField(
                        choices=[
                            ("raise", "Raised"),
                            ("reword", "Reworded"),
                            ("address", "Addressed"),
                            ("answer", "Answered"),
                            ("close", "Closed"),
                            ("reopen", "Reopened"),
                        ],
                        max_length=20,
                        verbose_name="move",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="text")),
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
                    "matter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="progress.matter",
                    ),
                ),
            ],
            options={
                "verbose_name": "matter event",
                "verbose_name_plural": "matter events",
                "ordering": ["matter", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "move__in",
                                ["raise", "reword", "address", "answer", "close", "reopen"],
                            )
                        ),
                        name="matter_move_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MeasureContribution",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="progress this period")),
                (
                    "contribution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="measures",
                        to="progress.contribution",
                    ),
                ),
                (
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contributions",
                        to="tasks.measure",
                    ),
                ),
            ],
            options={
                "verbose_name": "measure contribution",
                "verbose_name_plural": "measure contributions",
                "ordering": ["contribution", "measure__ordinal"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contribution", "measure"), name="measure_once_in_a_contribution"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(
                fields=("task", "period"), name="one_report_a_task_and_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "agency_review", "submitted", "approved", "returned"])
                ),
                name="report_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["submitted", "approved"]), _negated=True),
                    ("handed_in_on__isnull", False),
                    _connector="OR",
                ),
                name="a_handed_in_report_has_its_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approved_at__isnull", False), ("state", "approved")),
                    models.Q(
                        models.Q(("state", "approved"), _negated=True),
                        ("approved_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="an_approved_report_alone_has_its_moment",
            ),
        ),
    ]
