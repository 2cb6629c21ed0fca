"""What a reform did to an agency: a row is written once."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models.agencies import Agency
from agencies.models.people import User


class AgencyChangeKind(models.TextChoices):
    RENAMED = "renamed", _("Renamed")
    MERGED = "merged", _("Merged")


class AgencyChange(KeptRecord):
    """That an agency was renamed or merged into another: when, by which document, by whom.

    `old_name` is what history shows for the time before `effective_on`.
    """

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(_("kind"), max_length=20, choices=AgencyChangeKind.choices)
    old_name = models.CharField(_("name before"), max_length=100)
    old_short_name = models.CharField(_("short name before"), max_length=30)
    # The name since, of the agency itself or of the one it was merged into.
    new_name = models.CharField(_("name since"), max_length=100)
    effective_on = models.DateField(_("effective on"))
    document = models.CharField(_("document number"), max_length=100, blank=True)
    reason = models.TextField(_("reason"))
    # What moved to the successor: {"tasks": [numbers], "accounts": [user names], …}.
    moved = models.JSONField(_("what moved"), default=dict)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("who"))

    objects = KeptQuerySet["AgencyChange"].as_manager()

    class Meta:
        verbose_name = _("agency change")
        verbose_name_plural = _("agency changes")
        ordering: ClassVar = ["agency", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="agency_change_kind_known", condition=Q(kind__in=AgencyChangeKind.values)
            ),
            models.CheckConstraint(name="an_agency_change_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.kind} {self.effective_on}"
