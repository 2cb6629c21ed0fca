"""The figures of closed periods and the words of the list, kept as they were."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.kept import KeptQuerySet, KeptRecord
from agencies.models import Agency, User
from progress.models.periods import ReportingPeriod


class KeptFiguresQuerySet(KeptQuerySet["KeptFigures"]):
    def visible_to(self, user: User) -> Self:
        """Status and light are part of the register, and so are their sums.

        The sums of handing in are not for every reader: `progress.rollups` leaves them out.
        """
        return self.filter(period__in=ReportingPeriod.objects.visible_to(user))


class KeptFigures(KeptRecord):
    """What a closed period added up to: of the whole list, a chapter, or what an agency leads.

    `figures` is {"tasks_by_status", "measures_by_status", "lights": counts by key; "due",
    "handed_in", "on_time": numbers}. Written once, with the closing.
    """

    period = models.ForeignKey(
        ReportingPeriod, on_delete=models.PROTECT, related_name="kept_figures"
    )
    # By its number, not by its row: a revised list may have fewer chapters, and history would keep
    # it from being imported.
    chapter_number = models.PositiveSmallIntegerField(_("chapter"), null=True, blank=True)
    agency = models.ForeignKey(
        Agency, on_delete=models.PROTECT, null=True, blank=True, related_name="kept_figures"
    )
    figures = models.JSONField(_("figures"))

    objects = KeptFiguresQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept figures")
        verbose_name_plural = _("kept figures")
        ordering: ClassVar = ["period", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kept_figures_are_of_a_chapter_or_an_agency",
                condition=Q(chapter_number=None) | Q(agency=None),
            ),
            models.UniqueConstraint(
                name="kept_figures_of_the_whole_once",
                fields=["period"],
                condition=Q(chapter_number=None, agency=None),
            ),
            models.UniqueConstraint(
                name="kept_figures_of_a_chapter_once",
                fields=["period", "chapter_number"],
                condition=Q(chapter_number__isnull=False),
            ),
            models.UniqueConstraint(
                name="kept_figures_of_an_agency_once",
                fields=["period", "agency"],
                condition=Q(agency__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        if self.chapter_number is not None:
            return f"{self.period_id} chapter {self.chapter_number}"
        return (
            f"{self.period_id} agency {self.agency_id}" if self.agency_id else f"{self.period_id}"
        )


class KeptListQuerySet(KeptQuerySet["KeptList"]):
    def visible_to(self, user: User) -> Self:
        """As the register, whose words these were."""
        return self.filter(period__in=ReportingPeriod.objects.visible_to(user))


class KeptList(KeptRecord):
    """The words of the list when the period was closed: a list that is revised later changes none
    of its documents. Apart from the period, since it is long and documents alone ask for it.

    `words` is {"chapters": [[number, title], …], "tasks": [[id, number, title, chapter's number,
    whether its agencies are open-ended, [[measure's id, text], …]], …]}, both in the list's order.
    """

    period = models.OneToOneField(
        ReportingPeriod, on_delete=models.PROTECT, related_name="kept_list"
    )
    words = models.JSONField(_("words of the list"))

    objects = KeptListQuerySet.as_manager()

    class Meta:
        verbose_name = _("kept list")
        verbose_name_plural = _("kept lists")
        ordering: ClassVar = ["period"]

    def __str__(self) -> str:
        return f"{self.period_id}"
