"""The state of the whole list: what its tasks add up to, by chapter too."""

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.parameters import PERIOD_PARAMETER, KnownParameters, period_of, reader_of
from progress.api.permissions import ReadersOfTheRegister
from progress.rollups import (
    NOTHING_DROPPED,
    Dropped,
    Figures,
    Rate,
    TaskRow,
    chapter_figures,
    dropped_since,
    figures_of,
    handing_in_rows,
    period_read,
    task_rows,
)
from tasks.models import Task

COUNTS = _("How many have each value; every value is a key.")


class RateSerializer(serializers.Serializer[Any]):
    part = serializers.IntegerField(help_text=_("The share, as a count."))
    whole = serializers.IntegerField(help_text=_("Of how many."))
    percent = serializers.FloatField(
        allow_null=True, help_text=_("0 to 100 with one decimal; null of nothing.")
    )
    formula = serializers.CharField(help_text=_("How it is computed."))


class HandingInSerializer(serializers.Serializer[Any]):
    due = serializers.IntegerField(help_text=_("Reports that the period asks for."))
    handed_in = serializers.IntegerField(help_text=_("Those that were handed in."))
    on_time = serializers.IntegerField(help_text=_("Those that were by the due date."))
    on_time_rate = RateSerializer(help_text=_("On time of all that are due."))


class FiguresSerializer(serializers.Serializer[Any]):
    tasks = serializers.IntegerField(help_text=_("How many tasks."))
    measures = serializers.IntegerField(help_text=_("How many measures they have."))
    tasks_by_status = serializers.DictField(child=serializers.IntegerField(), help_text=COUNTS)
    measures_by_status = serializers.DictField(child=serializers.IntegerField(), help_text=COUNTS)
    lights = serializers.DictField(child=serializers.IntegerField(), help_text=COUNTS)
    started_rate = RateSerializer(help_text=_("By task."))
    implemented_rate = RateSerializer(help_text=_("By task."))
    completed_rate = RateSerializer(help_text=_("By task."))
    measures_started_rate = RateSerializer(help_text=_("By measure."))
    measures_implemented_rate = RateSerializer(help_text=_("By measure."))
    measures_completed_rate = RateSerializer(help_text=_("By measure."))
    handing_in = HandingInSerializer(
        allow_null=True,
        help_text=_(
            "Of all these tasks for coordinators and leaders, else of those that your agency has a "
            "part in; null where there are none."
        ),
    )


class ChapterFiguresSerializer(FiguresSerializer):
    number = serializers.IntegerField(help_text=_("The chapter's number, 1 to 14."))
    title = serializers.CharField(help_text=_("The chapter's heading."))


class OverviewSerializer(FiguresSerializer):
    period = serializers.CharField(
        allow_null=True, help_text=_("The period's code; null before the first was opened.")
    )
    chapters = ChapterFiguresSerializer(many=True, help_text=_("The same by chapter."))


class Overview(KnownParameters):
    """What the whole list adds up to."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = OverviewSerializer
    parameters: ClassVar = {"GET": ("period",)}

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=OverviewSerializer)
    def get(self, request: Request) -> Response:
        """The figures of the overview page, as of the period."""
        reader, period = reader_of(request), period_of(request)
        rows = task_rows(
            tasks=Task.objects.visible_to(reader),
            period=period,
            user=reader,
            today=timezone.localdate(),
        )
        dropped = dropped_since(period_read(period))
        by_chapter = {
            chapter.number: chapter.figures
            for chapter in chapter_figures(handing_in_rows(rows, user=reader))
        }
        return Response(
            self.wanted.of(
                {
                    "period": period.code if period else None,
                    **figures_document(
                        figures_of(rows, dropped=dropped),
                        _handing_in(rows, reader, dropped=dropped),
                    ),
                    "chapters": [
                        {
                            "number": chapter.number,
                            "title": chapter.title,
                            **figures_document(chapter.figures, by_chapter.get(chapter.number)),
                        }
                        for chapter in chapter_figures(rows)
                    ],
                }
            )
        )


def _handing_in(rows: list[TaskRow], reader: User, *, dropped: Dropped) -> Figures | None:
    counted = handing_in_rows(rows, user=reader)
    if not counted:
        return None
    # Who adds up all rows counts those too that the list has dropped since.
    return figures_of(counted, dropped=dropped if len(counted) == len(rows) else NOTHING_DROPPED)


def figures_document(figures: Figures, handing_in: Figures | None) -> dict[str, Any]:
    """As `FiguresSerializer` shows them; `handing_in` is None where it may not be told."""
    return {
        "tasks": figures.tasks,
        "measures": figures.measures,
        "tasks_by_status": figures.tasks_by_status,
        "measures_by_status": figures.measures_by_status,
        "lights": figures.lights,
        "started_rate": rate_document(figures.started_rate),
        "implemented_rate": rate_document(figures.implemented_rate),
        "completed_rate": rate_document(figures.completed_rate),
        "measures_started_rate": rate_document(figures.measures_started_rate),
        "measures_implemented_rate": rate_document(figures.measures_implemented_rate),
        "measures_completed_rate": rate_document(figures.measures_completed_rate),
        "handing_in": {
            "due": handing_in.due,
            "handed_in": handing_in.handed_in,
            "on_time": handing_in.on_time,
            "on_time_rate": rate_document(handing_in.on_time_rate),
        }
        if handing_in
        else None,
    }


def rate_document(rate: Rate, *, formula: str = "") -> dict[str, Any]:
    """The rate as JSON says it; `formula` is that of the rate, where it is translated already."""
    return {
        "part": rate.part,
        "whole": rate.whole,
        "percent": rate.percent,
        "formula": formula or str(rate.formula),
    }
