"""What is known of the last run of each job."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """The latest run of a job; one row for each, written by whoever runs it."""

    job = models.CharField(_("job"), max_length=100, unique=True)
    # The last one that the timetable ordered: people may ask for a run as well.
    ordered_at = models.DateTimeField(_("ordered by the timetable"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The kind of error that ended it. Never its words: they may quote what is nobody's to read.
    fault = models.CharField(_("fault"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        ordering: ClassVar = ["job"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_job_that_runs_has_no_fault_yet",
                condition=Q(fault="") | Q(ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"
