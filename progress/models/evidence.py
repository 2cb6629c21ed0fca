"""Evidence (佐证材料): files on reports and contributions, each content stored once."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Role, User
from progress.models.contributions import Contribution, ContributionEvent
from progress.models.reports import Report
from progress.states import ReportState
from tasks.models import Measure, Task


class FileKind(models.TextChoices):
    """What may be stored, told by content and never by name."""

    PDF = "pdf", "PDF"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    JPG = "jpg", "JPEG"
    PNG = "png", "PNG"
    OFD = "ofd", "OFD"


class StoredFile(models.Model):
    """The bytes of a file, under a random name outside the web root; the same bytes once."""

    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    storage_name = models.CharField(max_length=100, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=FileKind.choices)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    stored_at = models.DateTimeField(_("stored"))

    class Meta:
        verbose_name = _("stored file")
        verbose_name_plural = _("stored files")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="stored_file_kind_known", condition=Q(kind__in=FileKind.values)
            ),
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> Self:
        """The evidence of the reports and contributions this person may read.

        What was removed or replaced stays to be read, but not by a leader, who reads what is
        approved and nothing of the way there; nor by others than its agency where a contribution
        was not in the lead's hands as long as the file stood with it.
        """
        of_reports = Q(report__in=Report.objects.visible_to(user))
        if user.role == Role.LEADER:
            of_reports &= Q(removed_at=None)
        handed_over = ContributionEvent.objects.filter(
            contribution=OuterRef("contribution"),
            to_state=ReportState.SUBMITTED,
            at__gte=OuterRef("added_at"),
            at__lte=OuterRef("removed_at"),
        )
        # Asked of each piece by itself: else all contributions there are would be gathered first.
        is_read = Contribution.objects.visible_to(user).filter(pk=OuterRef("contribution"))
        of_contributions = Exists(is_read) & (
            Q(removed_at=None)
            | Q(contribution__agency__in=user.agency_ids_of_old)
            | Exists(handed_over)
        )
        return self.filter(of_reports | of_contributions)

    def of_task(self, task: Task | int) -> Self:
        """The evidence of a task's reports and of the contributions to them, in all periods."""
        return self.filter(
            Q(report__in=Report.objects.filter(task=task))
            | Q(contribution__in=Contribution.objects.filter(task=task))
        )

    def standing(self) -> Self:
        """Without what was removed or replaced by a later version."""
        return self.filter(removed_at=None)


class Evidence(models.Model):
    """A file on a report or on a contribution, under the name it came with.

    One that is removed or replaced stays as a version of the past: `removed_at` says since when.
    """

    report = models.ForeignKey(
        Report, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    contribution = models.ForeignKey(
        Contribution, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    # What it shows to be done, where it is about one measure.
    measure = models.ForeignKey(
        Measure, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(_("name"), max_length=200)
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("added by"),
    )
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("removed by"),
    )

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="evidence_is_of_a_report_or_of_a_contribution",
                condition=Q(report__isnull=False, contribution=None)
                | Q(report=None, contribution__isnull=False),
            ),
            models.CheckConstraint(
                name="removed_evidence_names_who_removed_it",
                condition=Q(removed_at=None, removed_by=None)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name
