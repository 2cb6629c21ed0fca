"""Reports, what they say of each measure, and their history."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import Agency, Role, User
from progress.models.periods import ReportingPeriod
from progress.states import Move, ReportState
from tasks.models import Measure, Status, Task


class ReportQuerySet(models.QuerySet["Report"]):
    def visible_to(self, user: User) -> Self:
        """Whose texts this person may read (DESIGN: who may do what).

        Reporters and approvers: reports of tasks their agency leads or shares. Coordinators: all.
        Leaders: what is approved. Auditors and administrators: none.
        """
        if not user.is_active:
            return self.none()
        if user.role == Role.COORDINATOR:
            return self
        if user.role == Role.LEADER:
            return self.filter(state=ReportState.APPROVED)
        if user.works_for_an_agency:
            return self.filter(task__in=Task.objects.shared_by(user.agency_ids))
        return self.none()

    def locked(self, *, task: Task, period: ReportingPeriod) -> "Report | None":
        """The task's report of the period, if it is begun; its row is locked and no other. In the
        order that reports have by default, task and period would be locked with it."""
        return self.select_for_update().filter(task=task, period=period).order_by("pk").first()

    def writable_by(self, user: User) -> Self:
        """Reports that this person's agency compiles, whatever their state."""
        if not user.is_active or not user.works_for_an_agency:
            return self.none()
        return self.filter(task__in=Task.objects.led_by(user.agency_ids))

    def waiting_for_review(self, user: User) -> Self:
        """What a coordinator or an agency's approver has to decide, the longest wait first."""
        if user.is_coordinator:
            waiting = self.filter(state=ReportState.SUBMITTED)
        elif user.role == Role.APPROVER:
            waiting = self.writable_by(user).filter(state=ReportState.AGENCY_REVIEW)
        else:
            waiting = self.none()
        # By the open periods: else SQLite looks through all reports that there ever were.
        open_now = ReportingPeriod.objects.open()
        return waiting.filter(period__in=open_now).order_by("submitted_at", "task__number")


class Report(models.Model):
    """A task's official word on one period, compiled by its lead agency.

    Only `progress.workflow` writes it: content through `drafts`, the state through `moves`, each
    together with a `ReportEvent` in one transaction and the row locked.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reports")
    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="reports")
    state = models.CharField(
        _("state"), max_length=20, choices=ReportState.choices, default=ReportState.DRAFT
    )
    # Counts the saves: who saves over a version they have not seen is refused, nothing is lost.
    version = models.PositiveIntegerField(_("version"), default=1)
    problems = models.TextField(_("problems"), blank=True)
    next_steps = models.TextField(_("next steps"), blank=True)
    coordination = models.TextField(_("matters to coordinate"), blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("last saved"))
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("last saved by"),
    )
    # When it was last given to a reviewer, within the agency or outside it.
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    # The day it first reached the coordinating office, which decides whether it was in time. A
    # return leaves it (the agency had reported); a withdrawal takes it back.
    handed_in_on = models.DateField(_("handed in on"), null=True, blank=True)
    # Once a coordinator has taken it up, the agency can no longer withdraw it.
    taken_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("taken up by"),
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    # Since when the other leads of a task with two have been asked to agree to this very text.
    agreement_asked_at = models.DateTimeField(_("agreement asked"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("progress report")
        verbose_name_plural = _("progress reports")
        ordering: ClassVar = ["period", "task"]
        indexes: ClassVar = [
            # What a list asks of each task's report of the period, which lie far apart otherwise.
            models.Index(name="report_handed_in", fields=["period", "task", "handed_in_on"]),
            # By which the reports of a period are counted, and those that wait are found.
            models.Index(
                fields=["period", "state", "handed_in_on"], name="report_of_period_by_state"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_report_a_task_and_period", fields=["task", "period"]),
            models.CheckConstraint(
                name="report_state_known", condition=Q(state__in=ReportState.values)
            ),
            models.CheckConstraint(
                name="a_handed_in_report_has_its_day",
                condition=~Q(state__in=[ReportState.SUBMITTED, ReportState.APPROVED])
                | Q(handed_in_on__isnull=False),
            ),
            models.CheckConstraint(
                name="an_approved_report_alone_has_its_moment",
                condition=Q(state=ReportState.APPROVED, approved_at__isnull=False)
                | (~Q(state=ReportState.APPROVED) & Q(approved_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.period_id}"


class MeasureProgress(models.Model):
    """One measure's status and text within a report."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="measures")
    # PROTECT keeps a revised list from dropping a measure that has been reported on.
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="progress")
    status = models.CharField(
        _("status"), max_length=20, choices=Status.choices, default=Status.NOT_STARTED
    )
    text = models.TextField(_("progress this period"), blank=True)

    class Meta:
        verbose_name = _("measure progress")
        verbose_name_plural = _("measure progress")
        ordering: ClassVar = ["report", "measure__ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="measure_once_in_a_report", fields=["report", "measure"]),
            models.CheckConstraint(
                name="measure_progress_status_known", condition=Q(status__in=Status.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.measure_id}"


class ReportEventQuerySet(KeptQuerySet["ReportEvent"]):
    def visible_to(self, user: User) -> Self:
        """The history of the reports this person may read, but none for leaders.

        A leader reads what is approved; what was said on the way there, reasons of returns among
        it, is between the agency and the office.
        """
        if user.role == Role.LEADER:
            return self.none()
        # Asked of each move by itself: else all reports there are would be gathered first.
        return self.filter(Exists(Report.objects.visible_to(user).filter(pk=OuterRef("report"))))

    def sent_back(self) -> Self:
        """The moves that gave a report back to be corrected; asking the other lead about one that
        was given back, and its answer, leave it where it is."""
        returned = ReportState.RETURNED
        return self.filter(to_state=returned).exclude(from_state=returned)


class ReportEvent(KeptRecord):
    """One move of a report: when, by whom, from which state to which, why. Never edited.

    `content` is what the report said at that moment: {"measures": [{"measure", "ordinal", "status",
    "text"}], "problems", "next_steps", "coordination"}, where "measure" is the measure's id and
    "ordinal" the place that it had then; the first events have no ids, and today's ordinals stand
    for them. Of a report that was submitted without something that others owed it there is
    "without" too: {"contributions": [agency names], "agreements": [agency names]}.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    move = models.CharField(_("move"), max_length=20, choices=Move.choices)
    from_state = models.CharField(_("from"), max_length=20, choices=ReportState.choices)
    to_state = models.CharField(_("to"), max_length=20, choices=ReportState.choices)
    reason = models.TextField(_("reason"), blank=True)
    content = models.JSONField(_("content"))

    objects = ReportEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("report event")
        verbose_name_plural = _("report events")
        ordering: ClassVar = ["report", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(name="event_move_known", condition=Q(move__in=Move.values)),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.move}"


class Agreement(models.Model):
    """What another lead of the task says to the report as it now reads; a new text asks anew.

    The answers themselves are moves and stay in `ReportEvent`.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="agreements")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    agrees = models.BooleanField(_("agrees"))
    reason = models.TextField(_("reason"), blank=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering: ClassVar = ["report", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_agreement_a_report_and_agency", fields=["report", "agency"]
            ),
            models.CheckConstraint(
                name="an_objection_has_a_reason", condition=Q(agrees=True) | ~Q(reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.agency_id}"


class ReviewMark(models.Model):
    """That a coordinator has looked at this version of a report, and may approve it with others."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="review_marks")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("review mark")
        verbose_name_plural = _("review marks")
        ordering: ClassVar = ["report", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_mark_a_report_and_reviewer", fields=["report", "by"]),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} v{self.version} {self.by_id}"
