"""The register: chapters, tasks with their measures and agencies, and agencies."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.models import Agency, User
from progress.api.fields import Wanted
from progress.api.listed import Listed
from progress.api.pagination import InOrder
from progress.api.parameters import (
    PERIOD_PARAMETER,
    KnownParameters,
    names_of_order,
    period_of,
    reader_of,
)
from progress.api.task_shapes import AgencySerializer, ChapterSerializer, TaskSerializer
from progress.filters import AgencyListFilter, ChapterFilter, TaskFilter
from progress.lights import Light
from progress.models import ReportingPeriod
from progress.rollups import (
    AgencyPart,
    MeasureRow,
    MeasuresRead,
    TaskRow,
    is_counted,
    measure_rows,
    parts_answering,
    past_read,
    period_read,
    task_rows,
    tasks_counted,
)
from tasks.models import Chapter, Measure, Status, Task, TaskQuerySet


def task_documents(
    *,
    tasks: TaskQuerySet,
    reader: User,
    period: ReportingPeriod | None,
    wanted: Wanted,
    only: int | None = None,
) -> list[Mapping[str, Any]]:
    """The tasks by number as `TaskSerializer` shows them, in a constant number of statements; what
    is not wanted asks nothing. `only` as in `past_read`.

    Written out by hand: on the whole list the serializer takes several times as long, and a test
    holds the two together.
    """
    today, read = timezone.localdate(), period_read(period)
    lists = "measures" in wanted
    past = past_read(
        tasks=tasks,
        period=period,
        measures=MeasuresRead.LISTED if lists else MeasuresRead.UNREAD,
        only=only,
    )
    parts: Mapping[int, Sequence[AgencyPart]] = {}
    # A closed period's division stands with its agencies, and what an agency knows rests on them.
    is_todays = read is None or read.is_open
    if "agencies" in wanted or reader.works_for_an_agency or not is_todays:
        parts = parts_answering(tasks=tasks, period=read)
    rows = task_rows(tasks=tasks, period=period, user=reader, today=today, past=past, parts=parts)
    measures: Mapping[int, list[MeasureRow]] = {}
    agencies: Mapping[int, list[dict[str, Any]]] = {}
    if lists:
        measures = measure_rows(tasks=tasks, period=period, reports=None, past=past)
    if "agencies" in wanted:
        agencies = _agencies_of(parts)
    return [
        wanted.of(_task_document(row, measures.get(row.id, ()), agencies.get(row.id, [])))
        for row in rows
    ]


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
    answering: Mapping[int, Sequence[AgencyPart]],
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
        for task_id, parts in answering.items()
    }


class Chapters(Listed[Chapter]):
    """The chapters of the list."""

    shape = ChapterSerializer
    filterset_class = ChapterFilter
    search_fields = ("title__contains",)
    changes_of: ClassVar = {"pk": Chapter}
    orders: ClassVar = {"number": "number", "title": "title"}

    queryset = Chapter.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Chapter]:
        return _chapters_of(self)


class OneChapter(KnownParameters):
    """One chapter, by its number."""

    shape = ChapterSerializer

    @extend_schema(responses=ChapterSerializer)
    def get(self, request: Request, number: int) -> Response:
        return Response(self.chosen(get_object_or_404(_chapters_of(self), number=number)))


def _chapters_of(view: KnownParameters) -> QuerySet[Chapter]:
    chapters = Chapter.objects.visible_to(reader_of(view.request))
    return chapters.annotate(task_count=Count("tasks")) if view.wants("tasks") else chapters


class Agencies(Listed[Agency]):
    """The agencies that the list names."""

    shape = AgencySerializer
    filterset_class = AgencyListFilter
    search_fields = ("name__contains", "short_name__contains", "aliases__name__contains")
    changes_of: ClassVar = {"pk": Agency}
    orders: ClassVar = {
        "id": "pk",
        "name": "name",
        "short_name": "short_name",
        "kind": "kind",
        "valid_from": "valid_from",
        "valid_to": "valid_to",
    }

    queryset = Agency.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Agency]:
        return _agencies_read(self)


class OneAgency(KnownParameters):
    """One agency, by its id."""

    shape = AgencySerializer

    @extend_schema(responses=AgencySerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.chosen(get_object_or_404(_agencies_read(self), pk=pk)))


def _agencies_read(view: KnownParameters) -> QuerySet[Agency]:
    agencies = Agency.objects.visible_to(reader_of(view.request))
    return agencies.prefetch_related("aliases") if view.wants("aliases") else agencies


class Tasks(Listed[Task]):
    """The pilot tasks as of a period, each with its measures and agencies."""

    shape = TaskSerializer
    filterset_class = TaskFilter
    search_fields = (
        "title__contains",
        "measures__text__contains",
        "responsibilities__agency__name__contains",
        "responsibilities__written_name__contains",
    )
    # Days, status and light are those of the period, which are computed.
    changes_of: ClassVar = {"pk": Task, "measures": Measure}
    orders: ClassVar = {
        "number": "number",
        "chapter": "chapter__number",
        "deadline": "deadline",
        "completed_on": "completed_on",
        "status": "status",
        "light": "light",
    }

    queryset = Task.objects.none()  # for the description of the API

    @cached_property
    def period(self) -> ReportingPeriod | None:
        return period_of(self.request)

    def get_queryset(self) -> TaskQuerySet:
        return tasks_counted(Task.objects.visible_to(reader_of(self.request)), self.period)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self._in_order(self.filter_queryset(self.get_queryset())))
        assert page is not None
        numbers = [one.number for one in page]
        documents = task_documents(
            tasks=_numbered(self.get_queryset(), numbers),
            reader=reader_of(request),
            period=self.period,
            wanted=self.wanted,
        )
        # They come by number.
        by_number = dict(zip(sorted(numbers), documents, strict=True))
        return self.get_paginated_response([by_number[number] for number in numbers])

    def _in_order(self, tasks: QuerySet[Task]) -> Any:
        """These tasks in the order that is asked for, by number and chapter or as rows.

        What is computed is compared as the rows show it: of a past period it is not what is stored.
        """
        names = names_of_order(self.request, self)
        compared = {name.removeprefix("-") for name in names}
        found: list[Any]
        if compared <= {"number", "chapter"}:
            ordered = tasks.order_by("number").values_list("number", "chapter__number")
            found = list(itertools.starmap(_Place, ordered))
        else:
            found = task_rows(
                tasks=Task.objects.filter(pk__in=tasks.order_by().values("pk")),
                period=self.period,
                user=None,
                today=timezone.localdate(),
            )
        return InOrder(
            found,
            names,
            value_of=_compared_by,
            key=attrgetter("number"),
            is_sorted=names[0] == "number",
        )


class _Place(NamedTuple):
    """Where a task stands in the list."""

    number: int
    chapter_number: int


def _numbered(tasks: TaskQuerySet, numbers: Sequence[int]) -> TaskQuerySet:
    """The tasks with these numbers; of those that stand side by side the ends say it, and each
    statement that asks of them has two values in it and not two hundred."""
    if numbers and max(numbers) - min(numbers) + 1 == len(numbers):
        return tasks.filter(number__range=(min(numbers), max(numbers)))
    return tasks.filter(number__in=numbers)


def _compared_by(name: str) -> Callable[[TaskRow], Any]:
    """Statuses and lights in the order in which they are told, not in that of the alphabet."""
    if name == "status":
        return lambda row: Status.values.index(row.status)
    if name == "light":
        return lambda row: Light.values.index(row.light)
    return attrgetter({"chapter": "chapter_number"}.get(name, name))


class OneTask(KnownParameters):
    """One pilot task as of a period, by its number."""

    shape = TaskSerializer
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
            wanted=self.wanted,
            only=task.pk,
        )
        return Response(document)
