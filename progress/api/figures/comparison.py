"""Two periods side by side, as the dashboards have them."""

import datetime as dt
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.functional import cached_property
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
from progress.api.overview import FiguresSerializer, HandingInSerializer, figures_document
from progress.api.parameters import PERIOD_PARAMETER
from progress.api.permissions import ReadersOfTheRegister
from progress.models import ReportingPeriod
from progress.rollups import (
    FiguresOfPeriod,
    figures_of_period,
    knows_handing_in,
    matters_change,
    period_before,
)
from tasks.models import Chapter


class MattersComparedSerializer(serializers.Serializer[Any]):
    now = serializers.IntegerField(help_text=_("How many as of the later period."))
    before = serializers.IntegerField(help_text=_("How many as of the earlier one."))


class ComparedFiguresSerializer(FiguresSerializer):
    """The figures of one of two periods."""

    handing_in = HandingInSerializer(
        allow_null=True,
        help_text=_(
            "For coordinators; of the list and of a chapter for leaders too, of what an agency "
            "leads for its own people. Null for everybody else."
        ),
    )


class ComparisonSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(
        allow_null=True, help_text=_("The later period's code; null before the first was opened.")
    )
    before = serializers.CharField(
        allow_null=True, help_text=_("The earlier period's code; null where there is none.")
    )
    figures = ComparedFiguresSerializer(help_text=_("The figures of the later period."))
    figures_before = ComparedFiguresSerializer(
        allow_null=True, help_text=_("Those of the earlier one, as it was closed.")
    )
    matters = MattersComparedSerializer(
        allow_null=True,
        help_text=_(
            "Matters to coordinate that were raised and not closed, of those that you may read; "
            "null of a chapter or agency, and where the registers are closed to you."
        ),
    )


class Comparison(AsOf):
    """A period beside an earlier one."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = ComparisonSerializer
    parameters: ClassVar = {"GET": ("period", "before", "chapter", "agency")}

    @extend_schema(
        operation_id="comparison",
        parameters=[
            PERIOD_PARAMETER,
            OpenApiParameter(
                "before",
                str,
                description=_(
                    "The code of the earlier period; the one before it of the same cadence if left "
                    "out."
                ),
            ),
            OpenApiParameter("chapter", int, description=_("The chapter's number, 1 to 14.")),
            OpenApiParameter(
                "agency", int, description=_("The agency's id; of the tasks that it leads.")
            ),
        ],
        responses=ComparisonSerializer,
    )
    def get(self, request: Request) -> Response:
        """What the list, a chapter, or what an agency leads adds up to, beside an earlier period.
        A closed period's figures are those of its closing."""
        chapter = number_of(request, "chapter", Chapter.objects.values_list("number", flat=True))
        agency = number_of(request, "agency", Agency.objects.values_list("pk", flat=True))
        if chapter is not None and agency is not None:
            raise ValidationError({"agency": [gettext("Ask for a chapter or for an agency.")]})
        now, period, before = timezone.now(), self.period, self.before
        today = timezone.localdate(now)

        def told(found: FiguresOfPeriod) -> dict[str, Any]:
            figures = found.of(chapter=chapter, agency=agency)
            knows = knows_handing_in(user=self.reader, agency=agency)
            return figures_document(figures, figures if knows else None)

        return Response(
            self.wanted.of(
                {
                    "period": period and period.code,
                    "before": before and before.code,
                    "figures": told(self.figures),
                    "figures_before": told(figures_of_period(period=before, today=today))
                    if before
                    else None,
                    "matters": self._matters(now) if chapter is agency is None else None,
                }
            )
        )

    @cached_property
    def before(self) -> ReportingPeriod | None:
        """The earlier period; raises ValidationError for a code that is none of one."""
        if self.period is None:
            return None
        periods = ReportingPeriod.objects.visible_to(self.reader).to_choose_from()
        code = self.request.query_params.get("before")
        if code is None:
            return period_before(period=self.period, periods=periods)
        found = next((one for one in periods if one.code == code), None)
        if found is None or found.ends_on >= self.period.ends_on:
            raise ValidationError({"before": [gettext("There is no such earlier period.")]})
        return found

    def _matters(self, now: dt.datetime) -> dict[str, int] | None:
        period, before = self.period, self.before
        if period is None or before is None or not self.reader.reads_registers:
            return None
        change = matters_change(user=self.reader, period=period, before=before, now=now)
        return {"now": change.now, "before": change.before}
