"""One FilterSet for tasks: pages, API and workbook narrow the list by the same parameters."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import Agency, User
from progress.filters.agencies import AgencyFilter
from progress.filters.lookups import (
    Compared,
    Lookup,
    LookupFilterSet,
    choice,
    day,
    flag,
    holds,
    number,
    related,
    text,
)
from progress.filters.periods import PeriodChoiceFilter
from progress.filters.words import Readable, WordsFilter, all_words
from progress.lights import Light
from progress.models import ReportingPeriod
from progress.rollups import TaskRow, task_rows
from progress.states import ReportState
from tasks.models import Chapter, Division, ResponsibilityRole, Status, Task

# Reporting states of a task in a period: those of its report, the lack of one, and whether and when
# it was handed in.
NOT_BEGUN = "none"
MISSING = "missing"
HANDED_IN = "handed_in"
ON_TIME = "on_time"
LATE = "late"
REPORTING_CHOICES = [
    (MISSING, _("Not handed in")),
    (HANDED_IN, _("Handed in")),
    (ON_TIME, pgettext_lazy("reporting", "Handed in on time")),
    (LATE, _("Handed in late")),
    (NOT_BEGUN, _("Not begun")),
    *ReportState.choices,
]


# Of an open period as they are stored, of a closed one as its rows tell them.
_STORED = ("division", "deadline", "original_deadline")
# Facts that rows have of every task, and that are told where the reader may know.
_TOLD_TO_SOME = ("due_on", "handed_in_on")


class TaskFilter(LookupFilterSet):
    """Narrows tasks. `period` (a code) also says as of which period status and lights are read."""

    lookups: ClassVar[Mapping[str, Compared]] = {
        "number": number(),
        "title": text(),
        "chapter": related(Chapter, "number", "chapter__number"),
        "agency": related(Agency, "id", "responsibilities__agency"),
        "division": choice(Division.values, computed=True),
        "open_ended": flag(),
        "deadline": day(nullable=True, computed=True),
        "original_deadline": day(nullable=True, computed=True),
        "status": choice(Status.values, computed=True),
        "completed_on": day(nullable=True, computed=True),
        "light": choice(Light.values, computed=True),
        "report_state": choice(ReportState.values, computed=True, nullable=True),
        "due_on": day(nullable=True, computed=True),
        "handed_in_on": day(nullable=True, computed=True),
        "measures_all": number(computed=True),
        "measures_done": number(computed=True),
    }

    q = WordsFilter(
        method="by_words",
        label=_("Words"),
        help_text=_(
            "Words in the task's title, its measures, its agencies' names or the reports that you "
            "may read, each of them; one character will do."
        ),
    )
    chapter = django_filters.ModelChoiceFilter(
        queryset=Chapter.objects.all(),
        to_field_name="number",
        label=_("Chapter"),
        empty_label=_("All chapters"),
        help_text=_("The chapter's number, 1 to 14."),
    )
    agency = AgencyFilter(
        queryset=Agency.objects.all(),
        method="by_agency",
        label=_("Agency"),
        empty_label=_("All agencies"),
        help_text=_("The agency's id; tasks that it leads or shares."),
    )
    role = django_filters.ChoiceFilter(
        choices=ResponsibilityRole.choices,
        method="by_role",
        label=_("Role of the agency"),
        empty_label=_("Any role"),
        help_text=_("Together with `agency`: whether it leads the task or shares it."),
    )
    status = django_filters.MultipleChoiceFilter(
        choices=Status.choices, method="by_status", label=_("Status")
    )
    light = django_filters.MultipleChoiceFilter(
        choices=Light.choices, method="by_light", label=_("Light")
    )
    division = django_filters.ChoiceFilter(
        choices=Division.choices, label=_("Division of labour"), empty_label=_("Any division")
    )
    reporting = django_filters.MultipleChoiceFilter(
        choices=REPORTING_CHOICES,
        method="by_reporting",
        label=_("Reporting"),
        help_text=_("The state of the period's report, of those that you may see."),
    )
    deadline_after = django_filters.DateFilter(
        field_name="deadline", method="by_deadline_after", label=_("Deadline from")
    )
    deadline_before = django_filters.DateFilter(
        field_name="deadline", method="by_deadline_before", label=_("Deadline until")
    )
    period = PeriodChoiceFilter(
        queryset=ReportingPeriod.objects.all(),
        to_field_name="code",
        method="as_of_period",
        label=_("Period"),
        empty_label=_("Current period"),
        help_text=_("The period's code, such as 2026-10; the current one if left out."),
    )

    class Meta:
        model = Task
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, today: dt.date | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today or timezone.localdate()
        self._rows: list[TaskRow] | None = None

    @property
    def user(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    @property
    def chosen_period(self) -> ReportingPeriod | None:
        """The period asked for, else the current one; None while none was ever opened."""
        chosen = self.form.cleaned_data.get("period") if self.form.is_valid() else None
        return chosen or ReportingPeriod.objects.current()

    @property
    def readable(self) -> Readable:
        """Where words are looked for besides the list: of one period only where one is named."""
        return Readable(self.user, self.form.cleaned_data.get("period"))

    def by_words(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return queryset.filter(all_words(value, self.readable.tasks_with))

    def by_agency(self, queryset: QuerySet[Task], name: str, value: Agency) -> QuerySet[Task]:
        return self._by_agencies(queryset, [value.pk])

    def by_role(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return queryset  # read by by_agency: a role without an agency narrows nothing

    def as_of_period(
        self, queryset: QuerySet[Task], name: str, value: ReportingPeriod
    ) -> QuerySet[Task]:
        return queryset  # status, light and reporting read it, and which tasks it counts

    def by_deadline_after(
        self, queryset: QuerySet[Task], name: str, value: dt.date
    ) -> QuerySet[Task]:
        if self._is_of_the_past():
            return self.of_rows(queryset, lambda row: row.deadline and row.deadline >= value)
        return queryset.filter(deadline__gte=value)

    def by_deadline_before(
        self, queryset: QuerySet[Task], name: str, value: dt.date
    ) -> QuerySet[Task]:
        if self._is_of_the_past():
            return self.of_rows(queryset, lambda row: row.deadline and row.deadline <= value)
        return queryset.filter(deadline__lte=value)

    def by_status(self, queryset: QuerySet[Task], name: str, value: list[str]) -> QuerySet[Task]:
        return self.of_rows(queryset, lambda row: row.status in value)

    def by_light(self, queryset: QuerySet[Task], name: str, value: list[str]) -> QuerySet[Task]:
        return self.of_rows(queryset, lambda row: row.light in value)

    def by_reporting(self, queryset: QuerySet[Task], name: str, value: list[str]) -> QuerySet[Task]:
        return self.of_rows(queryset, lambda row: bool(reporting_of(row) & set(value)))

    def compared(
        self, queryset: QuerySet[Any], name: str, asked: Compared, lookup: Lookup, value: Any
    ) -> QuerySet[Any]:
        if name == "agency":
            return self._by_agencies(queryset, value)
        if name in _TOLD_TO_SOME:
            return self.of_rows(
                queryset,
                lambda row: row.reporting_known and holds(getattr(row, name), lookup, value),
            )
        if name in _STORED and not self._is_of_the_past():
            return queryset.filter(**{f"{name}__{lookup}": value})
        return super().compared(queryset, name, asked, lookup, value)

    def _by_agencies(self, queryset: QuerySet[Task], agencies: list[int]) -> QuerySet[Task]:
        role = self.form.cleaned_data.get("role")
        if self._is_of_the_past():
            # Who answered for a task when the period was closed.
            return self.of_rows(
                queryset, lambda row: any(_answers(row, one, role) for one in agencies)
            )
        of_agencies = Task.objects.filter(
            **{
                "responsibilities__agency__in": agencies,
                **({"responsibilities__role": role} if role else {}),
            }
        )
        return queryset.filter(pk__in=of_agencies.values("pk"))

    def _is_of_the_past(self) -> bool:
        """Whether a closed period is meant: its rows tell the agencies and deadlines of then."""
        period = self.chosen_period
        return period is not None and not period.is_open

    def of_rows(
        self, queryset: QuerySet[Task], condition: Callable[[TaskRow], object]
    ) -> QuerySet[Task]:
        """Narrow by what is computed, never stored; the rows are read once for all such filters."""
        if self._rows is None:
            self._rows = task_rows(
                tasks=Task.objects.visible_to(self.user),
                period=self.chosen_period,
                user=self.user,
                today=self.today,
            )
        return queryset.filter(pk__in=[row.id for row in self._rows if condition(row)])


def _answers(row: TaskRow, agency: int, role: str) -> bool:
    """Whether the agency has a part in the task, or this very role where one is asked for."""
    leads = role != ResponsibilityRole.CO and any(one.id == agency for one in row.leads)
    shares = role != ResponsibilityRole.LEAD and any(one.id == agency for one in row.cos)
    return leads or shares


def reporting_of(row: TaskRow) -> set[str]:
    """The reporting choices that a row answers to: none where the reader may not know."""
    if not row.reporting_known:
        return set()
    answers = {row.report_state or NOT_BEGUN}
    if row.due_on is not None and row.handed_in_on is None:
        answers.add(MISSING)
    elif row.due_on is not None:
        answers |= {HANDED_IN, LATE if row.handed_in_late else ON_TIME}
    return answers
