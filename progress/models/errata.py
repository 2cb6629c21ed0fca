"""Corrections to closed periods, numbered and standing beside what they correct."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import User
from progress.models.periods import ReportingPeriod
from progress.models.reports import Report
from tasks.models import Measure


class ErratumField(models.TextChoices):
    """What of an approved report can be corrected; status and text are a measure's."""

    STATUS = "status", _("Status")
    TEXT = "text", _("Progress this period")
    PROBLEMS = "problems", _("Problems")
    NEXT_STEPS = "next_steps", _("Next steps")
    COORDINATION = "coordination", _("Matters to coordinate")


OF_A_MEASURE = (ErratumField.STATUS, ErratumField.TEXT)


class ErratumQuerySet(KeptQuerySet["Erratum"]):
    def visible_to(self, user: User) -> Self:
        """Errata to the reports this person may read; they correct what is approved."""
        # Asked of each by itself: there are few errata, and every report there is to look among.
        return self.filter(Exists(Report.objects.visible_to(user).filter(pk=OuterRef("report"))))


class Erratum(KeptRecord):
    """One correction of an approved report of a closed period. Never edited: the next corrects it.

    The report keeps what it said; `old` is what held before this erratum, `new` what holds since.
    """

    period = models.ForeignKey(ReportingPeriod, on_delete=models.PROTECT, related_name="errata")
    number = models.PositiveIntegerField(_("number"))
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="errata")
    measure = models.ForeignKey(
        Measure, on_delete=models.PROTECT, null=True, blank=True, related_name="errata"
    )
    field = models.CharField(_("what is corrected"), max_length=20, choices=ErratumField.choices)
    old = models.TextField(_("before"), blank=True)
    new = models.TextField(_("corrected to"), blank=True)
    reason = models.TextField(_("reason"))
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )

    objects = ErratumQuerySet.as_manager()

    class Meta:
        verbose_name = _("erratum")
        verbose_name_plural = _("errata")
        ordering: ClassVar = ["period", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="erratum_number_once_in_a_period", fields=["period", "number"]
            ),
            models.CheckConstraint(
                name="erratum_field_known", condition=Q(field__in=ErratumField.values)
            ),
            models.CheckConstraint(
                name="an_erratum_of_a_measure_names_it",
                condition=Q(field__in=OF_A_MEASURE, measure__isnull=False)
                | (~Q(field__in=OF_A_MEASURE) & Q(measure__isnull=True)),
            ),
            models.CheckConstraint(name="an_erratum_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.period_id} no. {self.number}"
