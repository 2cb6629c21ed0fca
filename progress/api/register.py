"""The register: chapters, tasks with their measures and agencies, and agencies."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.models import Agency, AgencyKind, User
from progress.api.filters import AgencyFilter
from progress.api.parameters import (
    PERIOD_PARAMETER,
    KnownParameters,
    names_of_order,
    period_of,
    reader_of,
)
from progress.filters import TaskFilter, rows_in_order
from progress.lights import Light
from progress.models import Report, ReportingPeriod
from progress.rollups import (
    MeasureRow,
    TaskRow,
    is_counted,
    measure_rows,
    parts_answering,
    period_read,
    task_rows,
    tasks_counted,
)
from progress.states import ReportState
from tasks.models import (
    Chapter,
    Division,
    ResponsibilityRole,
    Status,
    Task,
    TaskQuerySet,
)


class ChapterSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text=_("1 to 14, as in the list."))
    title = serializers.CharField(help_text=_("The heading as the list writes it."))
    tasks = serializers.IntegerField(
        source="task_count", help_text=_("How many tasks stand under it.")
    )


class AgencySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("Stays the same when the agency is renamed."))
    name = serializers.CharField(help_text=_("The canonical name."))
    short_name = serializers.CharField(help_text=_("The name for narrow columns."))
    kind = serializers.ChoiceField(AgencyKind.choices, help_text=_("What it is."))
    acts_through = serializers.IntegerField(
        source="acts_through_id",
        allow_null=True,
        help_text=_("The id of the agency that acts for a body of members; null for all others."),
    )
    aliases = serializers.SerializerMethodField(help_text=_("Other spellings of its name."))
    valid_from = serializers.DateField(
        allow_null=True, help_text=_("The day it was set up, YYYY-MM-DD; null where not known.")
    )
    valid_to = serializers.DateField(
        allow_null=True, help_text=_("Its last day before it was merged; null while it stands.")
    )
    successor = serializers.IntegerField(
        source="successor_id",
        allow_null=True,
        help_text=_("The id of the agency that it was merged into; null while it stands."),
    )

    def get_aliases(self, agency: Agency) -> list[str]:
        return [alias.name for alias in agency.aliases.all()]


class MeasureSerializer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(help_text=_("1, 2, … within the task."))
    text = serializers.CharField(help_text=_("The measure as the list writes it."))
    status = serializers.ChoiceField(
        Status.choices, help_text=_("How far it is as last approved, as of the period.")
    )
    deadline = serializers.DateField(
        allow_null=True, help_text=_("The last day, YYYY-MM-DD; null where none is set.")
    )
    original_deadline = serializers.DateField(
        allow_null=True,
        help_text=_("The first deadline; null while no other has taken its place."),
    )


class TaskAgencySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The agency's id."))
    name = serializers.CharField(help_text=_("The canonical name."))
    short_name = serializers.CharField(help_text=_("The name for narrow columns."))
    role = serializers.ChoiceField(
        ResponsibilityRole.choices, help_text=_("Whether it leads the task or shares it.")
    )
    position = serializers.IntegerField(
        help_text=_("Its place among all agencies of the task, from 1.")
    )
    written_name = serializers.CharField(
        help_text=_("Its name exactly as the list writes it for this task.")
    )


class TaskSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text=_("1 to 131, as in the list."))
    title = serializers.CharField(help_text=_("The task as the list writes it."))
    chapter = serializers.IntegerField(
        source="chapter_number", help_text=_("The chapter's number, 1 to 14.")
    )
    chapter_title = serializers.CharField(help_text=_("The chapter's heading."))
    division = serializers.ChoiceField(
        Division.choices, help_text=_("How the agencies of the task share it.")
    )
    open_ended = serializers.BooleanField(
        help_text=_("Whether the list of agencies ends with 等: others may have a part.")
    )
    deadline = serializers.DateField(
        allow_null=True, help_text=_("The last day, YYYY-MM-DD; null where none is set.")
    )
    original_deadline = serializers.DateField(
        allow_null=True,
        help_text=_("The first deadline; null while no other has taken its place."),
    )
    status = serializers.ChoiceField(
        Status.choices, help_text=_("How far it is as last approved, as of the period.")
    )
    completed_on = serializers.DateField(
        allow_null=True,
        help_text=_("The day on which the report that completed it was handed in, or null."),
    )
    light = serializers.ChoiceField(
        Light.choices, help_text=_("Computed for today, or a closed period's last day.")
    )
    light_reason = serializers.CharField(help_text=_("Why the light is what it is."))
    reporting_known = serializers.BooleanField(
        help_text=_(
            "Whether you may know how far the period's report is; if not, the four fields that "
            "follow are null."
        )
    )
    report_id = serializers.IntegerField(
        allow_null=True, help_text=_("The id of the period's report; null where nobody began it.")
    )
    report_state = serializers.ChoiceField(
        ReportState.choices, allow_null=True, help_text=_("The state of the period's report.")
    )
    due_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which the period's report is due.")
    )
    handed_in_on = serializers.DateField(
        allow_null=True,
        help_text=_("The day on which it reached the coordinating office; null while missing."),
    )
    measures = MeasureSerializer(many=True, help_text=_("In the order of the list."))
    agencies = TaskAgencySerializer(
        many=True,
        help_text=_("In order; of a closed period those of its closing, by their names then."),
    )


def task_documents(
    *, tasks: TaskQuerySet, reader: User, period: ReportingPeriod | None
) -> list[dict[str, Any]]:
    """The tasks by number as `TaskSerializer` shows them, in a constant number of statements.

    Written out by hand: on the whole list the serializer takes several times as long, and a test
    holds the two together.
    """
    rows = task_rows(tasks=tasks, period=period, user=reader, today=timezone.localdate())
    measures = measure_rows(tasks=tasks, period=period, reports=Report.objects.none())
    agencies = _agencies_of(tasks, period)
    return [_task_document(row, measures[row.id], agencies[row.id]) for row in rows]


def _task_document(
    row: TaskRow, measures: Iterable[MeasureRow], agencies: list[dict[str, Any]]
) -> dict[str, Any]:
    known = row.reporting_known
    return {
        "number": row.number,
        "title": row.title,
        "chapter": row.chapter_number,
        "chapter_title": row.chapter_title,
        "division": row.division,
        "open_ended": row.open_ended,
        "deadline": row.deadline,
        "original_deadline": row.original_deadline,
        "status": row.status,
        "completed_on": row.completed_on,
        "light": row.light.value,
        "light_reason": row.light_reason,
        "reporting_known": known,
        "report_id": row.report_id,
        "report_state": row.report_state,
        "due_on": row.due_on if known else None,
        "handed_in_on": row.handed_in_on if known else None,
        "measures": [
            {
                "ordinal": measure.ordinal,
                "text": measure.text,
                "status": measure.status,
                "deadline": measure.deadline,
                "original_deadline": measure.original_deadline,
            }
            for measure in measures
        ],
        "agencies": agencies,
    }


def _agencies_of(
    tasks: TaskQuerySet, period: ReportingPeriod | None
) -> Mapping[int, list[dict[str, Any]]]:
    """By the task's id its agencies: of a closed period those of its closing by the names that they
    had, between two periods today's."""
    return {
        task_id: [
            {
                "id": part.agency.id,
                "name": part.agency.name,
                "short_name": part.agency.short_name,
                "role": part.role,
                "position": part.position,
                "written_name": part.written_name,
            }
            for part in parts
        ]
        for task_id, parts in parts_answering(tasks=tasks, period=period_read(period)).items()
    }


class Chapters(KnownParameters, ListAPIView[Chapter]):
    """The chapters of the list."""

    paginates = True
    serializer_class = ChapterSerializer
    search_fields = ("title__contains",)
    orders: ClassVar = {"number": "number"}

    queryset = Chapter.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Chapter]:
        chapters = Chapter.objects.visible_to(reader_of(self.request))
        return chapters.annotate(task_count=Count("tasks"))


class OneChapter(KnownParameters, RetrieveAPIView[Chapter]):
    """One chapter, by its number."""

    serializer_class = ChapterSerializer
    lookup_field = "number"

    queryset = Chapter.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Chapter]:
        chapters = Chapter.objects.visible_to(reader_of(self.request))
        return chapters.annotate(task_count=Count("tasks"))


class Agencies(KnownParameters, ListAPIView[Agency]):
    """The agencies that the list names."""

    paginates = True
    serializer_class = AgencySerializer
    filterset_class = AgencyFilter
    search_fields = ("name__contains", "short_name__contains", "aliases__name__contains")
    orders: ClassVar = {"id": "pk", "name": "name"}

    queryset = Agency.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Agency]:
        return Agency.objects.visible_to(reader_of(self.request)).prefetch_related("aliases")


class OneAgency(KnownParameters, RetrieveAPIView[Agency]):
    """One agency, by its id."""

    serializer_class = AgencySerializer

    queryset = Agency.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Agency]:
        return Agency.objects.visible_to(reader_of(self.request)).prefetch_related("aliases")


class Tasks(KnownParameters, ListAPIView[Task]):
    """The pilot tasks as of a period, each with its measures and agencies."""

    paginates = True
    serializer_class = TaskSerializer
    filterset_class = TaskFilter
    search_fields = (
        "title__contains",
        "measures__text__contains",
        "responsibilities__agency__name__contains",
        "responsibilities__written_name__contains",
    )
    # The two days are those of the period, which are computed.
    orders: ClassVar = {"number": "number", "deadline": "deadline", "completed_on": "completed_on"}

    queryset = Task.objects.none()  # for the description of the API

    def get_queryset(self) -> TaskQuerySet:
        return tasks_counted(
            Task.objects.visible_to(reader_of(self.request)), period_of(self.request)
        )

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self._numbers(self.filter_queryset(self.get_queryset())))
        assert page is not None
        numbers = list(page)
        documents = {
            document["number"]: document
            for document in task_documents(
                tasks=self.get_queryset().filter(number__in=numbers),
                reader=reader_of(request),
                period=period_of(request),
            )
        }
        return self.get_paginated_response([documents[number] for number in numbers])

    def _numbers(self, tasks: QuerySet[Task]) -> Sequence[int] | QuerySet[Task, int]:
        """The numbers of these tasks in the order that is asked for.

        Days are compared as the rows show them: of a past period they are not what is stored.
        """
        names = names_of_order(self.request, self)
        if {name.removeprefix("-") for name in names} == {"number"}:
            return tasks.values_list("number", flat=True)
        rows = task_rows(
            tasks=Task.objects.filter(pk__in=tasks.order_by().values("pk")),
            period=period_of(self.request),
            user=None,
            today=timezone.localdate(),
        )
        return [row.number for row in rows_in_order(rows, names, attrgetter)]


class OneTask(KnownParameters):
    """One pilot task as of a period, by its number."""

    parameters: ClassVar = {"GET": ("period",)}

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=TaskSerializer)
    def get(self, request: Request, number: int) -> Response:
        """As of a closed period that it came into the list after, the task as it is today, with no
        report due."""
        reader, period = reader_of(request), period_of(request)
        tasks = Task.objects.visible_to(reader)
        task = get_object_or_404(tasks, number=number)
        [document] = task_documents(
            tasks=tasks.filter(pk=task.pk),
            reader=reader,
            period=period if is_counted(task_id=task.pk, period=period) else None,
        )
        return Response(document)
