"""What endpoints of figures have in common: the period that they are read as of, its rows."""

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from agencies.models import User
from progress.api.parameters import KnownParameters, period_of, reader_of
from progress.models import ReportingPeriod
from progress.rollups import FiguresOfPeriod, TaskRow, figures_as_of, task_rows
from tasks.models import Task


class AsOf(KnownParameters):
    """Read as of `period`."""

    parameters: ClassVar = {"GET": ("period",)}

    @cached_property
    def period(self) -> ReportingPeriod | None:
        return period_of(self.request)

    @property
    def reader(self) -> User:
        return reader_of(self.request)

    @cached_property
    def task_rows(self) -> list[TaskRow]:
        return task_rows(
            tasks=Task.objects.visible_to(self.reader),
            period=self.period,
            user=self.reader,
            today=timezone.localdate(),
        )

    @cached_property
    def figures(self) -> FiguresOfPeriod:
        """Those that a closed period keeps, else what the rows add up to."""
        return figures_as_of(period=self.period, rows=self.task_rows, today=timezone.localdate())


def number_of(request: Request, name: str, known: Any) -> int | None:
    """The number that a parameter names; raises ValidationError for one that is none of these."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) in set(known)):
        raise ValidationError(
            {name: [gettext("There is none of these: %(absent)s.") % {"absent": text}]}
        )
    return int(text)
