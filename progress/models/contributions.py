"""What the other agencies of a task add to its report, and its history."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import Agency, Role, User
from progress.models.periods import ReportingPeriod
from progress.states import CONTRIBUTION_STATES, Move, ReportState
from tasks.models import Measure, Task


class ContributionQuerySet(models.QuerySet["Contribution"]):
    def visible_to(self, user: User) -> Self:
        """Whose contributions this person may read.

        An agency reads its own from the first word, those of agencies that were merged into it
        too, and those of the tasks it shares while they are in the lead's hands; so do
        coordinators. What an agency is rewriting is its own again.
        """
        if not user.is_active:
            return self.none()
        handed_over = Q(state=ReportState.SUBMITTED)
        if user.role == Role.COORDINATOR:
            return self.filter(handed_over)
        if user.works_for_an_agency:
            shared = Q(task__in=Task.objects.shared_by(user.agency_ids))
            return self.filter(Q(agency__in=user.agency_ids_of_old) | (shared & handed_over))
        return self.none()

    def waiting_for_review(self, user: User) -> Self:
        """What an agency's approver has to check before it goes to the lead, oldest first."""
        if not user.is_active or user.role != Role.APPROVER:
            return self.none()
        return self.filter(
            agency__in=user.agency_ids,
            state=ReportState.AGENCY_REVIEW,
            period__closed_at=None,
        ).order_by("submitted_at", "task__number")


class Contribution(models.Model):
    """What one other agency of the task adds to the report of one period.

    It stands by itself, since an agency may write it before the lead has begun the report. Only
    `progress.workflow` writes it, each move together with a `ContributionEvent`.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="contributions")
    period = models.ForeignKey(
        ReportingPeriod, on_delete=models.PROTECT, related_name="contributions"
    )
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="contributions")
    state = models.CharField(
        _("state"), max_length=20, choices=ReportState.choices, default=ReportState.DRAFT
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    # An answer too: the agency has nothing of its own to say on this period.
    nothing_to_add = models.BooleanField(_("nothing to add"), default=False)
    remarks = models.TextField(_("problems and other remarks"), blank=True)
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("last saved"))
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("last saved by"),
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("submitted by"),
    )
    # The day it first reached the lead; a withdrawal takes it back, a return leaves it.
    handed_in_on = models.DateField(_("handed in on"), null=True, blank=True)
    # The version that the lead took over into its own text; a later one is news to it.
    taken_over_version = models.PositiveIntegerField(_("version taken over"), null=True, blank=True)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering: ClassVar = ["period", "task", "pk"]
        indexes: ClassVar = [
            # Few at any time: by these all others are counted, which stay handed over for good.
            models.Index(
                name="contribution_not_handed_over",
                fields=["state"],
                condition=~Q(state=ReportState.SUBMITTED),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_contribution_a_task_period_and_agency",
                fields=["task", "period", "agency"],
            ),
            models.CheckConstraint(
                name="contribution_state_known",
                condition=Q(state__in=sorted(CONTRIBUTION_STATES)),
            ),
            models.CheckConstraint(
                name="a_handed_in_contribution_has_its_day",
                condition=~Q(state=ReportState.SUBMITTED) | Q(handed_in_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.period_id} {self.agency_id}"


class MeasureContribution(models.Model):
    """What a contribution says of one measure."""

    contribution = models.ForeignKey(
        Contribution, on_delete=models.CASCADE, related_name="measures"
    )
    # PROTECT keeps a revised list from dropping a measure that has been written about.
    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="contributions")
    text = models.TextField(_("progress this period"), blank=True)

    class Meta:
        verbose_name = _("measure contribution")
        verbose_name_plural = _("measure contributions")
        ordering: ClassVar = ["contribution", "measure__ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="measure_once_in_a_contribution", fields=["contribution", "measure"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id} {self.measure_id}"


class ContributionEventQuerySet(KeptQuerySet["ContributionEvent"]):
    def visible_to(self, user: User) -> Self:
        """Who did what with a contribution, of what this person may know.

        An agency reads all of its own; others what came to the lead and what the lead sent back,
        not what was said within the agency.
        """
        if not user.is_active:
            return self.none()
        outside = Q(to_state=ReportState.SUBMITTED) | Q(from_state=ReportState.SUBMITTED)
        if user.role == Role.COORDINATOR:
            return self.filter(outside)
        if not user.works_for_an_agency:
            return self.none()
        shared = Q(contribution__task__in=Task.objects.shared_by(user.agency_ids))
        return self.filter(Q(contribution__agency__in=user.agency_ids_of_old) | (shared & outside))

    def sent_back(self) -> Self:
        """The moves that gave a contribution back to be corrected."""
        returned = ReportState.RETURNED
        return self.filter(to_state=returned).exclude(from_state=returned)


class ContributionEvent(KeptRecord):
    """One move of a contribution. Never edited.

    `content` is what it said: {"measures": [{"measure" (its id), "ordinal", "text"}], "remarks",
    "nothing_to_add"}.
    """

    contribution = models.ForeignKey(Contribution, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    move = models.CharField(_("move"), max_length=20, choices=Move.choices)
    from_state = models.CharField(_("from"), max_length=20, choices=ReportState.choices)
    to_state = models.CharField(_("to"), max_length=20, choices=ReportState.choices)
    reason = models.TextField(_("reason"), blank=True)
    content = models.JSONField(_("content"))

    objects = ContributionEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution event")
        verbose_name_plural = _("contribution events")
        ordering: ClassVar = ["contribution", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="contribution_event_move_known", condition=Q(move__in=Move.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contribution_id} {self.move}"
