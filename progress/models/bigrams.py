"""Which pairs of characters stand in what closed periods say: where words are looked up in them."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from agencies.models import Role, User
from progress.models.periods import ReportingPeriod
from tasks.models import Task


class SaidIn(models.TextChoices):
    """What a text of a closed period belongs to, which decides who may read it."""

    APPROVED = "approved", _("an approved report")
    REPORT = "report", _("a report that was not approved")
    CONTRIBUTION = "contribution", _("a contribution that was handed over")


class HistoryBigramQuerySet(models.QuerySet["HistoryBigram"]):
    def visible_to(self, user: User) -> Self:
        """Those of texts that this person may read, as `visible_to` of reports and contributions
        says; but for contributions of an agency's own, which it may read however it came to them.
        """
        if not user.is_active:
            return self.none()
        if user.role == Role.COORDINATOR:
            return self
        if user.role == Role.LEADER:
            return self.filter(said_in=SaidIn.APPROVED)
        if user.works_for_an_agency:
            return self.filter(task__in=Task.objects.shared_by(user.agency_ids))
        return self.none()


class HistoryBigram(models.Model):
    """Two characters that stand side by side in a text of a task in some closed period.

    What a closed period says never changes, so it is taken apart once, with the closing
    (`progress.workflow`), and a search need not read through the texts of all years. No fact of its
    own: it says again what reports and contributions say.
    """

    pk = models.CompositePrimaryKey("bigram", "said_in", "task_id")
    bigram = models.CharField(_("two characters"), max_length=2)
    said_in = models.CharField(_("said in"), max_length=12, choices=SaidIn.choices)
    # Whoever asks knows the characters; an index by task would cost as much as the table.
    task = models.ForeignKey(
        Task, on_delete=models.CASCADE, related_name="history_bigrams", db_index=False
    )

    objects = HistoryBigramQuerySet.as_manager()

    class Meta:
        verbose_name = _("pair of characters in closed periods")
        verbose_name_plural = _("pairs of characters in closed periods")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="bigram_said_in_known", condition=models.Q(said_in__in=SaidIn.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bigram} {self.task_id}"


class PeriodTakenApart(models.Model):
    """That all pairs of characters of a closed period are kept: only then a search goes by them.

    An earlier release that goes on for a while beside the tables of this one closes without.
    """

    period = models.OneToOneField(
        ReportingPeriod, on_delete=models.PROTECT, primary_key=True, related_name="taken_apart"
    )

    class Meta:
        verbose_name = _("period taken apart for searching")
        verbose_name_plural = _("periods taken apart for searching")

    def __str__(self) -> str:
        return f"{self.period_id}"


def bigrams_of(text: str) -> frozenset[str]:
    """All pairs of neighbouring characters of the text: none where it has fewer than two."""
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))
