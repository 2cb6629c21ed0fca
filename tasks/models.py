"""WHAT: the official list as a register of chapters, tasks, measures and responsibilities."""

from collections.abc import Collection
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import Agency, Role, User


class Status(models.TextChoices):
    """How far a measure is as last approved, and the task through its measures."""

    NOT_STARTED = "not_started", _("Not started")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    ONGOING = "ongoing", _("Ongoing")


class Division(models.TextChoices):
    """How the agencies of a task share it."""

    LEAD_COMPILES = "lead_compiles", _("Lead compiles")
    BY_DUTY = "by_duty", _("Each by its duties")
    CO_LEAD = "co_lead", _("Two leads")


class ResponsibilityRole(models.TextChoices):
    LEAD = "lead", _("Lead")
    CO = "co", _("Co-responsible")


M = TypeVar("M", bound=models.Model)


class RegisterQuerySet(models.QuerySet[M]):
    """The register is read by everybody but administrators, whose duties are kept apart from it."""

    def visible_to(self, user: User) -> Self:
        if not user.is_active or user.role == Role.ADMINISTRATOR:
            return self.none()
        return self


class KeptRegisterQuerySet(KeptQuerySet[M]):
    """History of the register: read by whoever reads the register, never changed."""

    def visible_to(self, user: User) -> Self:
        if not user.is_active or user.role == Role.ADMINISTRATOR:
            return self.none()
        return self


class Chapter(models.Model):
    """One of the 14 headings."""

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    title = models.CharField(_("title"), max_length=200)

    objects = RegisterQuerySet["Chapter"].as_manager()

    class Meta:
        verbose_name = _("chapter")
        verbose_name_plural = _("chapters")
        ordering: ClassVar = ["number"]

    def __str__(self) -> str:
        return self.title


class TaskQuerySet(RegisterQuerySet["Task"]):
    def led_by(self, agency_ids: Collection[int]) -> Self:
        """Tasks whose report one of these agencies compiles: the first lead of the task."""
        return self.filter(
            Exists(
                Responsibility.objects.filter(
                    task=OuterRef("pk"), agency__in=agency_ids
                ).compiling()
            )
        )

    def shared_by(self, agency_ids: Collection[int]) -> Self:
        """Tasks that one of these agencies has any part in, leading or not."""
        return self.filter(
            Exists(Responsibility.objects.filter(task=OuterRef("pk"), agency__in=agency_ids))
        )


class Task(models.Model):
    """One of the 131 pilot tasks. What holds a job for a worker is never called a task here.

    The cells of the list can be written again from the task, its measures and its responsibilities
    (`tasks.listing`), so no copy of them is kept.
    """

    number = models.PositiveSmallIntegerField(_("number"), unique=True)
    chapter = models.ForeignKey(
        Chapter, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("chapter")
    )
    title = models.TextField(_("task"))
    division = models.CharField(_("division of labour"), max_length=20, choices=Division.choices)
    open_ended = models.BooleanField(
        _("open-ended"),
        default=False,
        help_text=_("The list of agencies ends with 等: others may have a part in the task."),
    )
    deadline = models.DateField(_("deadline"), null=True, blank=True)
    # The first one, once another has taken its place; both are shown.
    original_deadline = models.DateField(_("original deadline"), null=True, blank=True)
    # The list's own words, kept once a coordinator has changed who answers for the task; "" while
    # they can be written from the responsibilities.
    listed_agencies = models.TextField(_("agencies as listed"), blank=True)
    # Written by tasks.statuses alone, from what was last approved.
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.NOT_STARTED
    )
    completed_on = models.DateField(
        _("completed on"),
        null=True,
        editable=False,
        help_text=_("The day on which the report that completed the task was handed in."),
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("pilot task")
        verbose_name_plural = _("pilot tasks")
        ordering: ClassVar = ["number"]
        indexes: ClassVar = [
            # What groups of tasks are told by, so that counting them reads no task.
            models.Index(
                name="task_as_it_is_counted",
                fields=["chapter", "status", "deadline", "completed_on"],
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="task_division_known", condition=Q(division__in=Division.values)
            ),
            models.CheckConstraint(name="task_status_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="a_completed_task_alone_has_a_day_of_completion",
                condition=Q(status=Status.COMPLETED, completed_on__isnull=False)
                | (~Q(status=Status.COMPLETED) & Q(completed_on__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class MeasureQuerySet(RegisterQuerySet["Measure"]):
    def concerning(self, task_id: int, agency_id: int) -> Self:
        """The measures that concern this agency, in order: as the task's lead said, else all."""
        said = MeasureDuty.objects.filter(measure__task=task_id, agency=agency_id)
        return (
            self.filter(task=task_id)
            .filter(Exists(said.filter(measure=OuterRef("pk"))) | ~Exists(said))
            .order_by("ordinal")
        )


class Measure(models.Model):
    """One 一是…, 二是… of a task, its mark included, or the whole text of an undivided task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="measures")
    ordinal = models.PositiveSmallIntegerField(_("ordinal"))
    text = models.TextField(_("measure"))
    deadline = models.DateField(_("deadline"), null=True, blank=True)
    # The first one, once another has taken its place; both are shown.
    original_deadline = models.DateField(_("original deadline"), null=True, blank=True)
    # Written by tasks.statuses alone, from what was last approved.
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.NOT_STARTED
    )

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        ordering: ClassVar = ["task", "ordinal"]
        indexes: ClassVar = [models.Index(name="measure_by_status", fields=["task", "status"])]
        constraints: ClassVar = [
            models.UniqueConstraint(name="measure_once_in_a_task", fields=["task", "ordinal"]),
            models.CheckConstraint(
                name="measure_status_known", condition=Q(status__in=Status.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id}.{self.ordinal} {self.text}"


class ResponsibilityQuerySet(RegisterQuerySet["Responsibility"]):
    def compiling(self) -> Self:
        """The first lead of each task, who compiles and hands in its report."""
        return self.filter(role=ResponsibilityRole.LEAD, position=1)


class Responsibility(models.Model):
    """An agency's part in a task. `position` counts from 1 through all agencies of the task."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="responsibilities")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="responsibilities")
    role = models.CharField(_("role"), max_length=10, choices=ResponsibilityRole.choices)
    position = models.PositiveSmallIntegerField(_("position"))
    written_name = models.CharField(
        _("name as written"),
        max_length=100,
        help_text=_("The agency's name exactly as the list writes it for this task."),
    )

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        ordering: ClassVar = ["task", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="agency_once_in_a_task", fields=["task", "agency"]),
            models.UniqueConstraint(name="position_once_in_a_task", fields=["task", "position"]),
            models.CheckConstraint(
                name="responsibility_role_known", condition=Q(role__in=ResponsibilityRole.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.written_name}"


class MeasureDuty(models.Model):
    """That a measure concerns an agency of its task, as the task's lead said.

    Of an agency without such a row all measures of the task may be meant.
    """

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="duties")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")

    objects = RegisterQuerySet["MeasureDuty"].as_manager()

    class Meta:
        verbose_name = _("measure duty")
        verbose_name_plural = _("measure duties")
        ordering: ClassVar = ["measure", "agency"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="agency_once_on_a_measure", fields=["measure", "agency"]),
        ]

    def __str__(self) -> str:
        return f"{self.measure_id} {self.agency_id}"


class TaskRevision(models.Model):
    """What the list said of a task before a revised list was imported over it: cells as written."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField(_("number"))
    replaced_at = models.DateTimeField(_("replaced"))
    chapter_number = models.PositiveSmallIntegerField(_("chapter"))
    title = models.TextField(_("task"))
    measures_cell = models.TextField(_("measures as written"))
    agencies_cell = models.TextField(_("agencies as written"))

    objects = RegisterQuerySet["TaskRevision"].as_manager()

    class Meta:
        verbose_name = _("task revision")
        verbose_name_plural = _("task revisions")
        ordering: ClassVar = ["task", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="revision_once_of_a_task", fields=["task", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} r{self.number}"


class ListImport(KeptRecord):
    """That a list was imported and changed the register: when, by whom, and what became of it.

    Changed texts are kept as revisions of their tasks; a task that was dropped leaves no other
    trace than here. `came` and `went` are [number, title] of tasks.
    """

    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("who"),
        # By the command, at the server.
        null=True,
        blank=True,
    )
    name = models.CharField(_("file"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    updated = models.PositiveSmallIntegerField(_("changed"))
    unchanged = models.PositiveSmallIntegerField(_("unchanged"))
    came = models.JSONField(_("new"))
    went = models.JSONField(_("dropped"))

    objects = KeptRegisterQuerySet["ListImport"].as_manager()

    class Meta:
        verbose_name = _("import of a list")
        verbose_name_plural = _("imports of lists")
        ordering: ClassVar = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.sha256[:12]}"


class DeadlineChange(KeptRecord):
    """That a deadline was set, moved or taken away: of a task, or of one of its measures."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="deadline_changes")
    measure = models.ForeignKey(
        Measure, on_delete=models.PROTECT, null=True, blank=True, related_name="deadline_changes"
    )
    old = models.DateField(_("before"), null=True, blank=True)
    new = models.DateField(_("since"), null=True, blank=True)
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    objects = KeptRegisterQuerySet["DeadlineChange"].as_manager()

    class Meta:
        verbose_name = _("deadline change")
        verbose_name_plural = _("deadline changes")
        ordering: ClassVar = ["task", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_deadline_change_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.old} {self.new}"


class ResponsibilityChange(KeptRecord):
    """That it was changed who answers for a task, how they share it, or what concerns whom.

    `before` and `after`: {"division", "agencies": [{"agency": name, "short_name", "id", "role"}]}
    in order where a coordinator or a merger of agencies changed those, with the names of that
    moment; {"duties": {agency name: [ordinals]}} where measures were divided otherwise.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="responsibility_changes")
    before = models.JSONField(_("before"))
    after = models.JSONField(_("since"))
    reason = models.TextField(_("reason"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    objects = KeptRegisterQuerySet["ResponsibilityChange"].as_manager()

    class Meta:
        verbose_name = _("responsibility change")
        verbose_name_plural = _("responsibility changes")
        ordering: ClassVar = ["task", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_responsibility_change_has_a_reason", condition=~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.at}"
