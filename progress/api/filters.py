"""Filters of the lists that only the API gives; tasks are narrowed by `progress.filters`."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, AgencyKind
from progress.filters.agencies import StandingAgencyFilter
from progress.models import (
    Channel,
    PeriodKind,
    Reminder,
    ReminderState,
    Report,
    ReportingPeriod,
)
from progress.states import ReportState
from tasks.models import Chapter, Task


class AgencyFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=AgencyKind.choices, help_text=_("What it is."))
    has_ended = django_filters.BooleanFilter(
        field_name="valid_to",
        lookup_expr="isnull",
        exclude=True,
        help_text=_("true for those that were merged into others, false for those that stand."),
    )

    class Meta:
        model = Agency
        fields: ClassVar[tuple[str, ...]] = ()


class PeriodFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=PeriodKind.choices, help_text=_("How long it is."))
    is_open = django_filters.BooleanFilter(
        field_name="closed_at",
        lookup_expr="isnull",
        help_text=_("true for periods that take reports, false for closed ones."),
    )

    class Meta:
        model = ReportingPeriod
        fields: ClassVar[tuple[str, ...]] = ()


class ReportFilter(django_filters.FilterSet):
    period = django_filters.ModelChoiceFilter(
        queryset=ReportingPeriod.objects.all(),
        to_field_name="code",
        help_text=_("The period's code, such as 2026-10; all periods if left out."),
    )
    task = django_filters.ModelChoiceFilter(
        queryset=Task.objects.all(),
        to_field_name="number",
        help_text=_("The task's number, 1 to 131."),
    )
    chapter = django_filters.ModelChoiceFilter(
        queryset=Chapter.objects.all(),
        to_field_name="number",
        field_name="task__chapter",
        help_text=_("The chapter's number, 1 to 14."),
    )
    # Once in a task, so rows cannot double.
    agency = StandingAgencyFilter(
        field_name="task__responsibilities__agency",
        help_text=_("The agency's id; reports of tasks that it leads or shares."),
    )
    state = django_filters.MultipleChoiceFilter(
        choices=ReportState.choices, help_text=_("The report's state; several may be given.")
    )

    class Meta:
        model = Report
        fields: ClassVar[tuple[str, ...]] = ()


class ReminderFilter(django_filters.FilterSet):
    channel = django_filters.ChoiceFilter(choices=Channel.choices, help_text=_("How it was sent."))
    state = django_filters.MultipleChoiceFilter(
        choices=ReminderState.choices, help_text=_("How far it is; several may be given.")
    )

    class Meta:
        model = Reminder
        fields: ClassVar[tuple[str, ...]] = ()
