"""The measures of the list as of a period, each with what its task tells of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.listed import Computed
from progress.api.pagination import InOrder
from progress.api.parameters import (
    PERIOD_PARAMETER,
    KnownParameters,
    names_of_order,
    period_of,
    reader_of,
)
from progress.api.register_shapes import AgencyRefSerializer
from progress.filters import MeasureFilter
from progress.lights import Light
from progress.models import Report, ReportingPeriod
from progress.rollups import (
    AgencyRef,
    MeasureRow,
    TaskRow,
    is_counted,
    measure_rows,
    past_read,
    task_rows,
    tasks_counted,
)
from tasks.models import Measure, Status, Task


@dataclass(frozen=True, slots=True)
class MeasureOfTask:
    """A measure with its task, both as of the period; `progress` is "" where the reader may not
    read the period's report, or it says nothing of it."""

    measure: MeasureRow
    task: TaskRow
    progress: str = ""

    @property
    def deadline(self) -> Any:
        return self.measure.deadline or self.task.deadline

    @property
    def lead(self) -> AgencyRef | None:
        return self.task.leads[0] if self.task.leads else None


class MeasureOfTaskSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="measure.id", help_text=_("The measure's id."))
    task = serializers.IntegerField(source="task.number", help_text=_("The task's number."))
    task_title = serializers.CharField(source="task.title", help_text=_("The task."))
    chapter = serializers.IntegerField(
        source="task.chapter_number", help_text=_("The chapter's number, 1 to 14.")
    )
    ordinal = serializers.IntegerField(
        source="measure.ordinal", help_text=_("1, 2, … within the task.")
    )
    text = serializers.CharField(
        source="measure.text", help_text=_("The measure as the list writes it.")
    )
    measure_status = serializers.ChoiceField(
        Status.choices,
        source="measure.status",
        help_text=_("How far the measure is as last approved, as of the period."),
    )
    deadline = serializers.DateField(
        allow_null=True,
        help_text=_("The last day, YYYY-MM-DD: its own, or its task's where it has none; or null."),
    )
    own_deadline = serializers.DateField(
        source="measure.deadline",
        allow_null=True,
        help_text=_("Its own last day, YYYY-MM-DD; null where none is set for it alone."),
    )
    original_deadline = serializers.DateField(
        source="measure.original_deadline",
        allow_null=True,
        help_text=_("The first deadline; null while no other has taken its place."),
    )
    status = serializers.ChoiceField(
        Status.choices,
        source="task.status",
        help_text=_("How far its task is as last approved, as of the period."),
    )
    light = serializers.ChoiceField(
        Light.choices,
        source="task.light",
        help_text=_("Its task's, computed for today, or a closed period's last day."),
    )
    light_reason = serializers.CharField(
        source="task.light_reason", help_text=_("Why the light is what it is.")
    )
    lead = AgencyRefSerializer(allow_null=True, help_text=_("Who compiles the task's report."))
    progress = serializers.CharField(
        help_text=_("What the period's report says of it, as far as you may read it; else empty.")
    )


class _Measures(KnownParameters):
    @cached_property
    def period(self) -> ReportingPeriod | None:
        return period_of(self.request)

    def with_progress(self, lines: Sequence[MeasureOfTask]) -> list[MeasureOfTask]:
        """The same lines, with what the reports say where that is asked for."""
        if not self.wants("progress"):
            return list(lines)
        tasks = Task.objects.filter(pk__in={line.task.id for line in lines})
        reports = Report.objects.visible_to(reader_of(self.request))
        said = {
            measure.id: measure.progress
            for each in measure_rows(tasks=tasks, period=self.period, reports=reports).values()
            for measure in each
        }
        return [
            MeasureOfTask(line.measure, line.task, said.get(line.measure.id, "")) for line in lines
        ]


class Measures(_Measures, Computed[Task]):
    """The measures of the pilot tasks as of a period. `status` and `light` are their tasks'."""

    shape = MeasureOfTaskSerializer
    filterset_class = MeasureFilter
    # `search` takes the same words in the same places as `q`.
    search_fields = ("text",)
    changes_of: ClassVar = {"pk": Task, "measures": Measure}
    orders: ClassVar = {
        "task": "task",
        "ordinal": "ordinal",
        "chapter": "chapter",
        "deadline": "deadline",
        "measure_status": "measure_status",
        "status": "status",
        "light": "light",
    }

    queryset = Task.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Task]:
        return tasks_counted(Task.objects.visible_to(reader_of(self.request)), self.period)

    def rows(self, request: Request) -> InOrder[MeasureOfTask]:
        narrowed = self.narrowed(request, self.get_queryset())
        assert isinstance(narrowed, MeasureFilter)
        tasks, period = narrowed.qs, self.period
        past = past_read(tasks=tasks, period=period)
        rows = task_rows(
            tasks=tasks,
            period=period,
            user=reader_of(request),
            today=timezone.localdate(),
            past=past,
        )
        measures = measure_rows(tasks=tasks, period=period, reports=None, past=past)
        return InOrder(
            [MeasureOfTask(measure, task) for task, measure in narrowed.kept(rows, measures)],
            names_of_order(request, self),
            value_of=_VALUES.__getitem__,
            key=lambda line: line.task.number * 1000 + line.measure.ordinal,
        )

    def documents(self, page: Sequence[Any]) -> Any:
        return super().documents(self.with_progress(page))


_VALUES: Mapping[str, Callable[[MeasureOfTask], Any]] = {
    "task": lambda line: line.task.number,
    "ordinal": lambda line: line.measure.ordinal,
    "chapter": lambda line: line.task.chapter_number,
    "deadline": lambda line: line.deadline,
    # As they are told, not by the alphabet.
    "measure_status": lambda line: Status.values.index(line.measure.status),
    "status": lambda line: Status.values.index(line.task.status),
    "light": lambda line: Light.values.index(line.task.light),
}


class OneMeasure(_Measures):
    """One measure as of a period, by its id."""

    shape = MeasureOfTaskSerializer
    parameters: ClassVar = {"GET": ("period",)}

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=MeasureOfTaskSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """404 too as of a closed period that had no such measure."""
        reader = reader_of(request)
        measure = get_object_or_404(Measure.objects.visible_to(reader), pk=pk)
        tasks = Task.objects.visible_to(reader).filter(pk=measure.task_id)
        if not is_counted(task_id=measure.task_id, period=self.period):
            raise NotFound
        [task] = task_rows(tasks=tasks, period=self.period, user=reader, today=timezone.localdate())
        rows = measure_rows(tasks=tasks, period=self.period, reports=None)
        found = [MeasureOfTask(one, task) for one in rows[measure.task_id] if one.id == pk]
        if not found:
            raise NotFound
        return Response(self.chosen(self.with_progress(found)[0]))
