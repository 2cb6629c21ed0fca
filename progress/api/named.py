"""What a body names: tasks by number, periods by code, measures by ordinal, the rest by id.

A body's field that names nothing its writer may know of is refused as such, keyed by the field.
"""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from agencies.models import Agency, User
from progress.models import ReportingPeriod
from progress.workflow import LONGEST_TEXT
from tasks.models import Measure, Task

# PositiveIntegerField on every database; an id that is larger was never given.
LARGEST_INTEGER = 2_147_483_647

TASK_NUMBER = gettext_lazy("The task's number, 1 to 131.")
PERIOD_CODE = gettext_lazy("The period's code, e.g. 2026-10.")
ORDINAL = gettext_lazy("The measure's place in its task, from 1; null for the task as a whole.")


# --- Fields ------------------------------------------------------------------------------------


def whole(help_text: Any, *, least: int = 1, **kwargs: Any) -> serializers.IntegerField:
    """A number that is none of a database's business before it is looked at."""
    return serializers.IntegerField(
        min_value=least, max_value=LARGEST_INTEGER, help_text=help_text, **kwargs
    )


def text(help_text: Any, *, longest: int = LONGEST_TEXT, **kwargs: Any) -> serializers.CharField:
    """Words that may be left out or empty: what has to be there is the writers' to say."""
    if not kwargs.get("required"):
        kwargs = {"required": False, "default": "", **kwargs}
    return serializers.CharField(
        allow_blank=True, trim_whitespace=False, max_length=longest, help_text=help_text, **kwargs
    )


def period_field() -> serializers.CharField:
    return serializers.CharField(max_length=10, help_text=PERIOD_CODE)


def ordinal_field() -> serializers.IntegerField:
    return whole(ORDINAL, required=False, default=None, allow_null=True)


# --- What they name ----------------------------------------------------------------------------


def task_named(number: int, *, by: User, field: str = "task") -> Task:
    """The task of this number; raises ValidationError, keyed by the field, where there is none."""
    task = Task.objects.visible_to(by).filter(number=number).first()
    if task is None:
        raise ValidationError({field: [_("There is no such task.")]})
    return task


def period_named(code: str, *, by: User, field: str = "period") -> ReportingPeriod:
    """The period of this code; raises as `task_named`."""
    period = ReportingPeriod.objects.visible_to(by).filter(code=code).first()
    if period is None:
        raise ValidationError({field: [_("There is no such period.")]})
    return period


def agency_named(pk: int, *, by: User, field: str = "agency") -> Agency:
    """The agency of this id; raises as `task_named`."""
    agency = Agency.objects.visible_to(by).filter(pk=pk).first()
    if agency is None:
        raise ValidationError({field: [_("There is no such agency.")]})
    return agency


def measure_named(ordinal: int | None, *, task: Task, field: str = "measure") -> Measure | None:
    """The task's measure at this place, None for None; raises as `task_named`."""
    if ordinal is None:
        return None
    measure = task.measures.filter(ordinal=ordinal).first()
    if measure is None:
        sentence = _("Task %(task)d has no measure %(ordinal)d.")
        raise ValidationError({field: [sentence % {"task": task.number, "ordinal": ordinal}]})
    return measure
