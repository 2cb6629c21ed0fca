"""Figures of the whole list and of each chapter."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.parameters import PERIOD_PARAMETER, KnownParameters, period_of, reader_of
from progress.api.permissions import ReadersOfTheRegister
from progress.lights import Light
from progress.rollups import chapter_figures, figures_of, reading_day, task_rows
from tasks.models import Status, Task


class CountsSerializer(serializers.Serializer[Mapping[str, int]]):
    """Counts by value, every value there, with 0 where there is none."""


def _counts(name: str, values: list[str]) -> type[CountsSerializer]:
    fields = {value: serializers.IntegerField(help_text=_("How many.")) for value in values}
    return type(name, (CountsSerializer,), dict(fields))


CountsByStatusSerializer = _counts("CountsByStatusSerializer", Status.values)
CountsByLightSerializer = _counts("CountsByLightSerializer", Light.values)


class RateSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField(help_text=_("How many of them."))
    whole = serializers.IntegerField(help_text=_("Of how many."))
    percent = serializers.FloatField(
        allow_null=True, help_text=_("0 to 100 with one decimal; null of nothing.")
    )
    formula = serializers.CharField(help_text=_("How it is computed."))


class FiguresSerializer(serializers.Serializer[Any]):
    tasks = serializers.IntegerField(help_text=_("Tasks."))
    measures = serializers.IntegerField(help_text=_("Measures of these tasks."))
    tasks_by_status = CountsByStatusSerializer(help_text=_("Tasks by status."))
    measures_by_status = CountsByStatusSerializer(help_text=_("Measures by status."))
    lights = CountsByLightSerializer(help_text=_("Tasks by light."))
    due = serializers.IntegerField(help_text=_("Reports that the period asks for."))
    handed_in = serializers.IntegerField(
        help_text=_("Reports that reached the coordinating office.")
    )
    on_time = serializers.IntegerField(help_text=_("Of these, the ones there by the due date."))
    missing = serializers.IntegerField(help_text=_("Reports due and not handed in."))
    started_rate = RateSerializer(help_text=_("Tasks begun."))
    implemented_rate = RateSerializer(help_text=_("Tasks completed or ongoing."))
    completed_rate = RateSerializer(help_text=_("Tasks completed."))
    measures_started_rate = RateSerializer(help_text=_("Measures begun."))
    measures_implemented_rate = RateSerializer(help_text=_("Measures completed or ongoing."))
    measures_completed_rate = RateSerializer(help_text=_("Measures completed."))
    on_time_rate = RateSerializer(help_text=_("Reports handed in on time."))


class ChapterFiguresSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text=_("The chapter's number, 1 to 14."))
    title = serializers.CharField(help_text=_("The chapter's heading."))
    figures = FiguresSerializer(help_text=_("What its tasks add up to."))


class OverviewSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(
        allow_null=True, help_text=_("The period's code; null before the first is opened.")
    )
    read_on = serializers.DateField(
        help_text=_("The day for which lights are computed: today, or a closed period's last day.")
    )
    whole = FiguresSerializer(help_text=_("What all tasks add up to."))
    chapters = ChapterFiguresSerializer(many=True, help_text=_("In the order of the list."))


class Overview(KnownParameters):
    """The figures of the whole list and of each chapter, as of a period."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    parameters: ClassVar = {"GET": ("period",)}

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=OverviewSerializer)
    def get(self, request: Request) -> Response:
        reader, period, today = reader_of(request), period_of(request), timezone.localdate()
        rows = task_rows(
            tasks=Task.objects.visible_to(reader), period=period, user=reader, today=today
        )
        overview = {
            "period": period.code if period else None,
            "read_on": reading_day(period, today=today),
            "whole": figures_of(rows),
            "chapters": chapter_figures(rows),
        }
        return Response(OverviewSerializer(overview).data)
