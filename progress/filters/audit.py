"""The filter of the audit trail: its page, its endpoint and its workbook take this one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.audit import kind_of
from agencies.models import AuditEntry, Via
from progress.cadence import FIRST_YEAR, LAST_YEAR
from progress.filters.lookups import (
    LookupFilterSet,
    choice,
    flag,
    moment,
    network_address,
    number,
    text,
)
from progress.filters.registers import LARGEST_NUMBER, WholeNumberFilter
from progress.filters.words import holding
from progress.hits import words_of
from progress.models import (
    Completion,
    Contribution,
    Erratum,
    Evidence,
    Extension,
    Matter,
    Report,
    Result,
)
from tasks.models import Measure, Task

# By what the trail can be sorted, and how it is where nothing is said.
AUDIT_ORDERS: Mapping[str, str] = {"position": "position"}
AUDIT_ORDER = "-position"
# What belongs to a task, beside the task itself, by the way to it.
OF_A_TASK = {
    "task__number": (Measure, Report, Contribution, Extension, Completion, Matter, Result),
    "report__task__number": (Evidence, Erratum),
}


def day_is_of_a_year(day: dt.date) -> None:
    """Refuse days before and after which there is none that a date can say."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        sentence = _("The year has to lie between %(first)d and %(last)d.")
        raise ValidationError(sentence % {"first": FIRST_YEAR, "last": LAST_YEAR})


class AuditFilter(LookupFilterSet):
    """Narrows the audit trail: by moment, person, act and thing."""

    lookups: ClassVar = {
        "position": number(nullable=True),
        "at": moment(),
        "by": number("by", nullable=True),
        "act": text(),
        "kind": text(),
        "thing": number(),
        "via": choice(Via.values),
        "address": network_address(),
        "is_change": flag(),
    }

    person = django_filters.CharFilter(
        method="by_person",
        max_length=150,
        label=pgettext_lazy("audit", "Person"),
        help_text=_("Part of the name or the user name of who did it."),
    )
    task = WholeNumberFilter(
        method="by_task",
        min_value=1,
        max_value=LARGEST_NUMBER,
        label=_("Task number"),
        help_text=_("The number of a task: acts on it, its measures and what is reported of it."),
    )
    day_after = django_filters.DateFilter(
        method="from_day", label=pgettext_lazy("audit", "Day from"), validators=[day_is_of_a_year]
    )
    day_before = django_filters.DateFilter(
        method="until_day", label=pgettext_lazy("audit", "Day until"), validators=[day_is_of_a_year]
    )
    act = django_filters.CharFilter(
        max_length=60,
        label=pgettext_lazy("audit", "Act"),
        help_text=_("What was done, as in report.submit."),
    )
    kind = django_filters.CharFilter(
        max_length=40,
        label=pgettext_lazy("audit", "Kind of thing"),
        help_text=_("What kind of thing it was done to."),
    )
    thing = WholeNumberFilter(
        min_value=0,
        max_value=LARGEST_NUMBER,
        label=pgettext_lazy("audit", "Number of the thing"),
        help_text=_("The id of the thing."),
    )
    address = django_filters.CharFilter(
        method="by_address",
        max_length=50,
        label=pgettext_lazy("audit", "Network address"),
        help_text=_("The network address, or how it begins."),
    )
    via = django_filters.ChoiceFilter(
        choices=Via.choices,
        label=pgettext_lazy("audit", "Way"),
        empty_label=pgettext_lazy("audit", "All ways"),
        help_text=_("By which way it came."),
    )

    class Meta:
        model = AuditEntry
        fields: ClassVar[tuple[str, ...]] = ()

    def by_person(self, entries: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        for word in words_of(value):
            entries = entries.filter(holding(word, "by__name", "by__username"))
        return entries

    def from_day(self, entries: QuerySet[Any], _name: str, value: dt.date) -> QuerySet[Any]:
        return entries.filter(at__gte=_begins(value))

    def until_day(self, entries: QuerySet[Any], _name: str, value: dt.date) -> QuerySet[Any]:
        return entries.filter(at__lt=_begins(value + dt.timedelta(days=1)))

    def by_task(self, entries: QuerySet[Any], _name: str, value: int) -> QuerySet[Any]:
        found = Q(kind=kind_of(Task), thing__in=Task.objects.filter(number=value).values("pk"))
        for path, models in OF_A_TASK.items():
            for model in models:
                rows = model._default_manager.filter(**{path: value}).values("pk")
                found |= Q(kind=kind_of(model), thing__in=rows)
        return entries.filter(found)

    def by_address(self, entries: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return entries.filter(address__startswith=value)


def _begins(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
