"""Figures over periods."""

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


_RATES = (
    "started",
    "implemented",
    "completed",
    "measures_started",
    "measures_implemented",
    "measures_completed",
    "handed_in",
    "on_time",
)


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
            periods=ReportingPeriod.objects.visible_to(self.reader).to_choose_from(),
            user=self.reader,
            today=timezone.localdate(),
            chapter=chapter,
            agency=agency,
            until=self.period,
        )
        return Response([self.wanted.of(_point_document(point)) for point in points])


def _point_document(point: TrendPoint) -> dict[str, Any]:
    rates = {name: getattr(point, name) for name in _RATES}
    return {
        "code": point.code,
        "ends_on": point.ends_on,
        "is_open": point.is_open,
        "tasks": point.tasks,
        "measures": point.measures,
        "tasks_by_status": point.tasks_by_status,
        "measures_by_status": point.measures_by_status,
        "lights": point.lights,
        **{name: rate_document(rate) if rate else None for name, rate in rates.items()},
    }
