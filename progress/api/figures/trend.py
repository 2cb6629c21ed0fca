"""Figures over periods."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from agencies.models import Agency
from progress.api.figures.as_of import AsOf, number_of
from progress.api.overview import RateSerializer, rate_document
from progress.api.permissions import ReadersOfTheRegister
from progress.models import ReportingPeriod
from progress.rollups import TrendPoint, trend
from tasks.models import Chapter


class TrendPointSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text=_("The period's code."))
    ends_on = serializers.DateField(help_text=_("The period's last day."))
    is_open = serializers.BooleanField(help_text=_("Whether its figures still move."))
    tasks = serializers.IntegerField(help_text=_("How many tasks."))
    measures = serializers.IntegerField(help_text=_("How many measures they have."))
    tasks_by_status = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many tasks have each status.")
    )
    measures_by_status = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many measures have each status.")
    )
    lights = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many tasks show each light.")
    )
    started = RateSerializer(help_text=_("Started, by task."))
    implemented = RateSerializer(help_text=_("Implemented, by task."))
    completed = RateSerializer(help_text=_("Completed, by task."))
    measures_started = RateSerializer(help_text=_("Started, by measure."))
    measures_implemented = RateSerializer(help_text=_("Implemented, by measure."))
    measures_completed = RateSerializer(help_text=_("Completed, by measure."))
    handed_in = RateSerializer(
        allow_null=True, help_text=_("Handed in of all due; null where you may not know.")
    )
    on_time = RateSerializer(
        allow_null=True, help_text=_("Handed in on time of all due; null where you may not know.")
    )


# By its name here the rate of `Figures`.
_RATES = {
    "started": "started_rate",
    "implemented": "implemented_rate",
    "completed": "completed_rate",
    "measures_started": "measures_started_rate",
    "measures_implemented": "measures_implemented_rate",
    "measures_completed": "measures_completed_rate",
    "handed_in": "handed_in_rate",
    "on_time": "on_time_rate",
}
_OF_HANDING_IN = ("handed_in", "on_time")


class Trend(AsOf):
    """How far the list was, period by period."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = TrendPointSerializer
    parameters: ClassVar = {"GET": ("period", "chapter", "agency")}

    @extend_schema(
        operation_id="trend",
        parameters=[
            OpenApiParameter(
                "period", str, description=_("The code of the last period; the current one.")
            ),
            OpenApiParameter("chapter", int, description=_("The chapter's number, 1 to 14.")),
            OpenApiParameter(
                "agency", int, description=_("The agency's id; of the tasks that it leads.")
            ),
        ],
        responses=TrendPointSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The last 24 periods of one cadence at most, the oldest first: of the whole list, of a
        chapter, or of what an agency leads."""
        chapter = number_of(request, "chapter", Chapter.objects.values_list("number", flat=True))
        agency = number_of(request, "agency", Agency.objects.values_list("pk", flat=True))
        if chapter is not None and agency is not None:
            raise ValidationError({"agency": [gettext("Ask for a chapter or for an agency.")]})
        if self.period is None:
            return Response([])
        points = trend(
            periods=ReportingPeriod.objects.visible_to(self.reader).in_short(),
            user=self.reader,
            today=timezone.localdate(),
            chapter=chapter,
            agency=agency,
            until=self.period,
        )
        return Response([self.wanted.of(one) for one in _documents(points)])


def _documents(points: Sequence[TrendPoint]) -> Iterator[dict[str, Any]]:
    # The same of every point: translated once, and not eight times for each.
    formulas = {
        name: str(getattr(point.figures, rate).formula)
        for point in points[:1]
        for name, rate in _RATES.items()
    }
    for point in points:
        figures = point.figures
        document: dict[str, Any] = {
            "code": point.code,
            "ends_on": point.ends_on,
            "is_open": point.is_open,
            "tasks": figures.tasks,
            "measures": figures.measures,
            "tasks_by_status": figures.tasks_by_status,
            "measures_by_status": figures.measures_by_status,
            "lights": figures.lights,
        }
        for name, rate in _RATES.items():
            known = point.knows or name not in _OF_HANDING_IN
            document[name] = (
                rate_document(getattr(figures, rate), formula=formulas[name]) if known else None
            )
        yield document
