"""The filters of periods, and of what is written for one: reports, contributions, evidence."""

from typing import Any, ClassVar

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from progress.filters.agencies import StandingAgencyFilter
from progress.filters.lookups import (
    LookupFilterSet,
    TruthFilter,
    choice,
    day,
    flag,
    moment,
    number,
    related,
    text,
)
from progress.filters.periods import PeriodChoiceFilter
from progress.models import (
    Contribution,
    Erratum,
    ErratumField,
    Evidence,
    FileKind,
    PeriodKind,
    Report,
    ReportingPeriod,
)
from progress.states import ReportState
from tasks.models import Chapter, Task

_PERIOD = related(ReportingPeriod, "code", "period__code")
_TASK = related(Task, "number", "task__number")
_CHAPTER = related(Chapter, "number", "task__chapter__number")


class PeriodFilter(LookupFilterSet):
    lookups: ClassVar = {
        "code": text(),
        "kind": choice(PeriodKind.values),
        "starts_on": day(),
        "ends_on": day(),
        "opens_on": day(),
        "due_on": day(),
        "opened_at": moment(),
        "closed_at": moment(nullable=True),
    }

    kind = django_filters.ChoiceFilter(choices=PeriodKind.choices, help_text=_("How long it is."))
    is_open = TruthFilter(
        field_name="closed_at",
        lookup_expr="isnull",
        help_text=_("true for periods that take reports, false for closed ones."),
    )

    class Meta:
        model = ReportingPeriod
        fields: ClassVar[tuple[str, ...]] = ()


class _WrittenFilter(LookupFilterSet):
    """What is written of a task for a period."""

    period = PeriodChoiceFilter(
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
    state = django_filters.MultipleChoiceFilter(
        choices=ReportState.choices, help_text=_("Where it is; several may be given.")
    )


_WRITTEN = {
    "id": number(),
    "period": _PERIOD,
    "task": _TASK,
    "chapter": _CHAPTER,
    "state": choice(ReportState.values),
    "version": number(),
    "created_at": moment(),
    "updated_at": moment(),
    "submitted_at": moment(nullable=True),
    "handed_in_on": day(nullable=True),
}


class ReportFilter(_WrittenFilter):
    lookups: ClassVar = {
        **_WRITTEN,
        "problems": text(),
        "next_steps": text(),
        "coordination": text(),
        "approved_at": moment(nullable=True),
    }

    # Once in a task, so rows cannot double.
    agency = StandingAgencyFilter(
        field_name="task__responsibilities__agency",
        help_text=_("The agency's id; reports of tasks that it leads or shares."),
    )

    class Meta:
        model = Report
        fields: ClassVar[tuple[str, ...]] = ()


class ContributionFilter(_WrittenFilter):
    lookups: ClassVar = {
        **_WRITTEN,
        "agency": related(Agency, "id", "agency"),
        "nothing_to_add": flag(),
        "remarks": text(),
        "taken_over_version": number(nullable=True),
    }

    class Meta:
        model = Contribution
        fields: ClassVar[tuple[str, ...]] = ()


class EvidenceFilter(LookupFilterSet):
    """Narrows files across reports and contributions; takes `evidence_of_all`, which tells of both
    the task and the period."""

    lookups: ClassVar = {
        "id": number(),
        "task": related(Task, "number", "of_task"),
        "period": related(ReportingPeriod, "code", "of_period"),
        "report": number("report", nullable=True),
        "contribution": number("contribution", nullable=True),
        "agency": related(Agency, "id", "contribution__agency", nullable=True),
        "measure": number("measure__ordinal", nullable=True),
        "name": text(),
        "kind": choice(FileKind.values, "file__kind"),
        "size": number("file__size"),
        "sha256": text("file__sha256"),
        "added_at": moment(),
        "removed_at": moment(nullable=True),
        "replaces": number("replaces", nullable=True),
    }

    removed = TruthFilter(
        field_name="removed_at",
        lookup_expr="isnull",
        exclude=True,
        help_text=_("true for what was removed or replaced, false for what stands."),
    )

    class Meta:
        model = Evidence
        fields: ClassVar[tuple[str, ...]] = ()


class ErratumFilter(LookupFilterSet):
    """Narrows the corrections of closed periods."""

    lookups: ClassVar = {
        "number": number(),
        "period": _PERIOD,
        "task": related(Task, "number", "report__task__number"),
        "chapter": related(Chapter, "number", "report__task__chapter__number"),
        "report": number("report"),
        "measure": number("measure__ordinal", nullable=True),
        "field": choice(ErratumField.values),
        "reason": text(),
        "at": moment(),
    }

    agency = django_filters.ModelChoiceFilter(
        queryset=Agency.objects.all(),
        method="by_agency",
        help_text=_("The agency's id; corrections to tasks that it leads or shares today."),
    )

    class Meta:
        model = Erratum
        fields: ClassVar[tuple[str, ...]] = ()

    def by_agency(self, queryset: QuerySet[Any], name: str, value: Agency) -> QuerySet[Any]:
        return queryset.filter(Q(report__task__in=Task.objects.shared_by([value.pk]).values("pk")))
