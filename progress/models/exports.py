"""Exports that are too large to be waited for: a job makes them and tells who asked."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import User
from progress.models.evidence import StoredFile
from progress.models.periods import ReportingPeriod


class ExportState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("export", "Waiting")
    RUNNING = "running", pgettext_lazy("export", "Being made")
    DONE = "done", pgettext_lazy("export", "Ready")
    FAILED = "failed", pgettext_lazy("export", "Failed")
    CANCELLED = "cancelled", pgettext_lazy("export", "Cancelled")
    EXPIRED = "expired", pgettext_lazy("export", "Removed")


class ExportSubject(models.TextChoices):
    REPORT = "report", pgettext_lazy("workbook", "Progress report")
    TRAIL = "trail", _("Audit trail")


# What is still going to end otherwise.
UNDER_WAY = (ExportState.WAITING, ExportState.RUNNING)


class ExportQuerySet(models.QuerySet["ExportJob"]):
    def visible_to(self, user: User) -> Self:
        """One's own: what somebody was given to read is read under their rights, which may have
        been others when they asked."""
        if user.is_active and user.is_coordinator:
            return self.filter(by=user, subject=ExportSubject.REPORT)
        if user.is_active and user.is_auditor:
            return self.filter(by=user, subject=ExportSubject.TRAIL)
        return self.none()


class ExportJob(models.Model):
    """One export that somebody asked for, and how far it is.

    `options` says what was asked for (`progress.exports`), `digest` stands for it: the same asked
    for again while it is under way is the same row. Who makes it has it until `claimed_until`,
    which moves on as the work does, and `attempts` tells one maker from the next.
    """

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="exports",
        verbose_name=pgettext_lazy("export", "asked for by"),
    )
    subject = models.CharField(
        _("of what"),
        max_length=10,
        choices=ExportSubject.choices,
        default=ExportSubject.REPORT,
        # For the release before, which knows no other.
        db_default=ExportSubject.REPORT,
    )
    # Of a report alone.
    period = models.ForeignKey(
        ReportingPeriod, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    options = models.JSONField(_("options"))
    digest = models.CharField(max_length=64, editable=False)
    name = models.CharField(_("name"), max_length=200)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState.choices, default=ExportState.WAITING
    )
    asked_at = models.DateTimeField(_("asked for"))
    claimed_until = models.DateTimeField(_("claimed until"), null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # Of tasks, or of entries of the audit trail.
    done = models.PositiveIntegerField(_("tasks written"), default=0)
    total = models.PositiveIntegerField(_("tasks to write"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("kept until"), null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Why it failed, as a sentence in the installation's language.
    fault = models.TextField(_("fault"), blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering: ClassVar = ["-asked_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="export_state_known", condition=Q(state__in=ExportState.values)
            ),
            models.CheckConstraint(
                name="an_export_of_a_report_alone_has_a_period",
                condition=Q(subject=ExportSubject.REPORT, period__isnull=False)
                | Q(subject=ExportSubject.TRAIL, period=None),
            ),
            models.UniqueConstraint(
                name="the_same_export_is_under_way_once",
                fields=["by", "digest"],
                condition=Q(state__in=UNDER_WAY),
            ),
            models.CheckConstraint(
                name="a_running_export_alone_is_claimed",
                condition=Q(state=ExportState.RUNNING, claimed_until__isnull=False)
                | (~Q(state=ExportState.RUNNING) & Q(claimed_until=None)),
            ),
            models.CheckConstraint(
                name="an_export_that_is_ready_alone_has_its_file",
                condition=Q(state=ExportState.DONE, file__isnull=False, expires_at__isnull=False)
                | (~Q(state=ExportState.DONE) & Q(file=None)),
            ),
            models.CheckConstraint(
                name="an_export_that_failed_alone_says_why",
                condition=(Q(state=ExportState.FAILED) & ~Q(fault=""))
                | (~Q(state=ExportState.FAILED) & Q(fault="")),
            ),
            models.CheckConstraint(
                name="an_export_is_no_further_than_its_end",
                condition=Q(done__lte=F("total")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY
