"""Who answers for which task, and how its deadlines were moved."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of
from progress.api.register_shapes import AgencyRefSerializer
from progress.filters import DeadlineChangeFilter, ResponsibilityFilter
from tasks.models import (
    DeadlineChange,
    MeasureDuty,
    Responsibility,
    ResponsibilityChange,
    ResponsibilityRole,
    Task,
)


@dataclass(frozen=True, slots=True)
class WithDuties:
    """A responsibility, and the places of the measures that concern its agency."""

    responsibility: Responsibility
    duties: Sequence[int]


class ResponsibilitySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(
        source="responsibility.id", help_text=_("The responsibility's id.")
    )
    task = serializers.IntegerField(
        source="responsibility.task.number", help_text=_("The task's number, 1 to 131.")
    )
    chapter = serializers.IntegerField(
        source="responsibility.task.chapter.number", help_text=_("The chapter's number, 1 to 14.")
    )
    agency = AgencyRefSerializer(
        source="responsibility.agency", help_text=_("Who answers, named as it is today.")
    )
    role = serializers.ChoiceField(
        ResponsibilityRole.choices,
        source="responsibility.role",
        help_text=_("Whether it leads the task or shares it."),
    )
    position = serializers.IntegerField(
        source="responsibility.position",
        help_text=_("Its place among all agencies of the task, from 1; the first compiles."),
    )
    written_name = serializers.CharField(
        source="responsibility.written_name",
        help_text=_("Its name exactly as the list writes it for this task."),
    )
    duties = serializers.ListField(
        child=serializers.IntegerField(),
        help_text=_(
            "The places of the measures that concern it, as the task's lead said; empty where "
            "nothing was said, so that all of them may."
        ),
    )


class Responsibilities(Listed[Responsibility]):
    """Which agency leads or shares which task, as it is today. Of a closed period, tasks name those
    of its closing."""

    shape = ResponsibilitySerializer
    filterset_class = ResponsibilityFilter
    search_fields = (
        "written_name__contains",
        "agency__name__contains",
        "agency__short_name__contains",
        "task__title__contains",
    )
    orders: ClassVar = {
        "task": "task__number",
        "position": "position",
        "agency": "agency__name",
        "role": "role",
    }

    queryset = Responsibility.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Responsibility]:
        found = Responsibility.objects.visible_to(reader_of(self.request))
        return found.select_related("task__chapter", "agency")

    def documents(self, page: Sequence[Responsibility]) -> Any:
        said: dict[tuple[int, int], list[int]] = defaultdict(list)
        if self.wants("duties"):
            duties = MeasureDuty.objects.filter(measure__task__in={one.task_id for one in page})
            for task_id, agency_id, ordinal in duties.order_by("measure__ordinal").values_list(
                "measure__task_id", "agency_id", "measure__ordinal"
            ):
                said[task_id, agency_id].append(ordinal)
        return super().documents(
            [WithDuties(one, said[one.task_id, one.agency_id]) for one in page]
        )


class DeadlineChangeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The change's id."))
    task = serializers.IntegerField(source="task.number", help_text=_("The task's number."))
    measure = serializers.IntegerField(
        source="measure.ordinal",
        default=None,
        allow_null=True,
        help_text=_("The measure's place in the task; null: the whole task."),
    )
    old = serializers.DateField(
        allow_null=True, help_text=_("The deadline until then, YYYY-MM-DD; null: none was set.")
    )
    new = serializers.DateField(
        allow_null=True, help_text=_("The deadline since, YYYY-MM-DD; null: none is set.")
    )
    reason = serializers.CharField(help_text=_("Why it was set, moved or taken away."))
    at = serializers.DateTimeField(help_text=_("When it was."))
    by = serializers.CharField(help_text=_("Who it was."))


class DeadlineChanges(Listed[DeadlineChange]):
    """How deadlines of tasks and measures were set, moved and taken away, the latest first."""

    shape = DeadlineChangeSerializer
    filterset_class = DeadlineChangeFilter
    search_fields = ("reason__contains", "task__title__contains")
    orders: ClassVar = {"at": "at", "task": "task__number", "old": "old", "new": "new"}
    default_order = "-at"

    queryset = DeadlineChange.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[DeadlineChange]:
        changes = DeadlineChange.objects.visible_to(reader_of(self.request))
        return changes.select_related("task", "measure", "by")


class ResponsibilityChangeSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text=_("When it was."))
    by = serializers.CharField(help_text=_("Who it was."))
    before = serializers.JSONField(
        help_text=_(
            "What held until then: division and agencies in order, by the names of that moment; or "
            "duties, the places of measures by the agency's name."
        )
    )
    after = serializers.JSONField(help_text=_("What holds since, in the same form."))
    reason = serializers.CharField(help_text=_("Why it was changed."))
    document = serializers.CharField(help_text=_("The document that says so; may be empty."))


class ResponsibilityChanges(KnownParameters):
    """How it was changed who answers for a task."""

    shape = ResponsibilityChangeSerializer

    @extend_schema(responses=ResponsibilityChangeSerializer(many=True))
    def get(self, request: Request, number: int) -> Response:
        """All changes of the task's agencies, division and duties, the oldest first."""
        reader = reader_of(request)
        task = get_object_or_404(Task.objects.visible_to(reader), number=number)
        changes = ResponsibilityChange.objects.visible_to(reader).filter(task=task)
        return Response(self.chosen(changes.select_related("by").order_by("pk"), many=True))
