"""Reporting periods: opening and closing them, and the workbook of one."""

from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import StrictSerializer
from progress.api.filters import PeriodFilter
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly, CoordinatorsWrite
from progress.filters import TaskFilter
from progress.models import PeriodKind, ReportingPeriod
from progress.workflow import period_close, period_open
from tasks.models import Task


class PeriodSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text=_("2026-10, 2026-Q3, 2026-H2 or 2026."))
    kind = serializers.ChoiceField(PeriodKind.choices, help_text=_("How long it is."))
    starts_on = serializers.DateField(help_text=_("Its first day, YYYY-MM-DD."))
    ends_on = serializers.DateField(help_text=_("Its last day, YYYY-MM-DD."))
    opens_on = serializers.DateField(help_text=_("The day from which reports are taken."))
    due_on = serializers.DateField(help_text=_("The day on which reports are due."))
    is_open = serializers.BooleanField(help_text=_("Whether reports can still be handed in."))
    opened_at = serializers.DateTimeField(help_text=_("When it was opened."))
    closed_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was closed; null while it is open.")
    )
    closed_by = serializers.CharField(
        allow_null=True, help_text=_("Who closed it; null while it is open.")
    )


class PeriodOpenSerializer(StrictSerializer):
    code = serializers.CharField(
        max_length=10,
        help_text=_("2026-10, 2026-Q3, 2026-H2 or 2026, of the cadence in force."),
    )


def _periods_of(request: Request) -> QuerySet[ReportingPeriod]:
    return ReportingPeriod.objects.visible_to(reader_of(request)).select_related("closed_by")


class Periods(KnownParameters, ListAPIView[ReportingPeriod]):
    """Reporting periods, the latest first."""

    permission_classes = (SignedInWithinAccess, CoordinatorsWrite)
    paginates = True
    serializer_class = PeriodSerializer
    filterset_class = PeriodFilter
    orders: ClassVar = {"ends_on": "ends_on", "due_on": "due_on"}
    default_order = "-ends_on"

    queryset = ReportingPeriod.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[ReportingPeriod]:
        return _periods_of(self.request)

    @extend_schema(request=PeriodOpenSerializer, responses={201: PeriodSerializer})
    def post(self, request: Request) -> Response:
        """Open a period. Its days come from the reporting rules and the working calendar."""
        body = PeriodOpenSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        period = period_open(
            code=body.validated_data["code"], by=reader_of(request), now=timezone.now()
        )
        address = reverse("api:period", args=[period.code], request=request)
        return Response(
            PeriodSerializer(period).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )


class OnePeriod(KnownParameters):
    """One reporting period, by its code."""

    @extend_schema(responses=PeriodSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(PeriodSerializer(get_object_or_404(_periods_of(request), code=code)).data)


class PeriodClosing(KnownParameters):
    """Closing a period."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)

    @extend_schema(request=None, responses=PeriodSerializer)
    def post(self, request: Request, code: str) -> Response:
        """Close the period: nothing can be handed in for it any more, and its figures stay."""
        period = get_object_or_404(_periods_of(request), code=code)
        period = period_close(period=period, by=reader_of(request), now=timezone.now())
        return Response(PeriodSerializer(period).data)


class Workbook(BaseRenderer):
    """Bytes of an Excel workbook, as they are."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"
    charset = None
    render_style = "binary"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        assert isinstance(data, bytes)
        return data


class PeriodWorkbook(KnownParameters):
    """The progress report of a period as an Excel workbook."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    renderer_classes = (Workbook,)
    parameters: ClassVar = {"GET": tuple(n for n in TaskFilter.base_filters if n != "period")}

    @extend_schema(responses={(200, Workbook.media_type): bytes})
    def get(self, request: Request, code: str) -> HttpResponse:
        """The official form of these tasks as of the period; narrowed by the task list's filters.

        It quotes approved texts only. Classified content must not be entered anywhere in it.
        """
        # openpyxl and what lays the form out are wanted here alone.
        from progress.workbooks import progress_workbook, workbook_name

        reader = reader_of(request)
        period = get_object_or_404(_periods_of(request), code=code)
        parameters = request.query_params.copy()
        parameters["period"] = period.code
        now = timezone.now()
        today = timezone.localdate(now)
        narrowed = TaskFilter(
            parameters, queryset=Task.objects.visible_to(reader), request=request, today=today
        )
        if not narrowed.is_valid():
            raise ValidationError(narrowed.errors)
        language = get_language() or settings.LANGUAGE_CODE
        content = progress_workbook(
            period=period,
            user=reader,
            today=today,
            now=now,
            tasks=narrowed.qs,
            language=language,
        )
        name = workbook_name(period=period, language=language)
        return HttpResponse(
            content,
            content_type=Workbook.media_type,
            headers={
                "Content-Disposition": content_disposition_header(True, name) or "attachment",
                "Cache-Control": "private, no-store",
            },
        )
