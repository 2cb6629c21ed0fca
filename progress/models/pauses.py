"""Pauses: that an agency, a task or a period is not reminded for a while, and why."""

import datetime as dt
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Role, User
from progress.models.periods import ReportingPeriod
from tasks.models import Task


class ReminderPauseQuerySet(models.QuerySet["ReminderPause"]):
    def visible_to(self, user: User) -> Self:
        """Whoever reads the whole list reads all; an agency those that are about its own work."""
        if not user.is_active or user.role == Role.ADMINISTRATOR:
            return self.none()
        if not user.works_for_an_agency:
            return self
        own = user.agency_ids
        return self.filter(
            Q(period__isnull=False)
            | Q(agency__in=own)
            | Q(task__in=Task.objects.shared_by(own).values("pk"))
        )

    def holding_on(self, day: dt.date) -> Self:
        """Those that keep reminders back on that day."""
        return self.not_over(day).filter(from_on__lte=day)

    def not_over(self, day: dt.date) -> Self:
        """Those that hold on that day, or will."""
        return self.filter(_is_not_over(day))

    def over(self, day: dt.date) -> Self:
        """Those that were ended, or whose last day is behind."""
        return self.exclude(_is_not_over(day))


def _is_not_over(day: dt.date) -> Q:
    return Q(Q(until=None) | Q(until__gte=day), ended_at=None)


class ReminderPause(models.Model):
    """What is owed by an agency, of a task or of a period is asked of nobody for a while.

    From the first day to the last, both included, or until somebody ends it. Kept when it is over.
    """

    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="reminder_pauses"
    )
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, null=True, blank=True, related_name="reminder_pauses"
    )
    period = models.ForeignKey(
        ReportingPeriod,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reminder_pauses",
    )
    reason = models.TextField(_("reason"))
    from_on = models.DateField(_("first day"))
    until = models.DateField(_("last day"), null=True, blank=True)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )

    objects = ReminderPauseQuerySet.as_manager()

    class Meta:
        verbose_name = _("pause of reminders")
        verbose_name_plural = _("pauses of reminders")
        ordering: ClassVar = ["-from_on", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_pause_is_of_one_thing",
                condition=Q(agency__isnull=False, task=None, period=None)
                | Q(agency=None, task__isnull=False, period=None)
                | Q(agency=None, task=None, period__isnull=False),
            ),
            models.CheckConstraint(name="a_pause_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="a_pause_ends_after_it_begins",
                condition=Q(until=None) | Q(until__gte=F("from_on")),
            ),
            models.CheckConstraint(
                name="an_ended_pause_names_who_ended_it",
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id or self.task_id or self.period_id} {self.from_on}"

    def is_over(self, day: dt.date) -> bool:
        """Whether it was ended, or its last day is behind: as the queryset says it."""
        return self.ended_at is not None or (self.until is not None and self.until < day)
