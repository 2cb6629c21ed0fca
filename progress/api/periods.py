"""Reporting periods: opening and closing them, and the workbook of one."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import StrictSerializer
from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly, CoordinatorsWrite
from progress.closings import part_response, period_close_with_edition, stored_workbook
from progress.filestore import document
from progress.filters import PeriodFilter, TaskFilter
from progress.models import EditionKind, Paper, PeriodKind, ReportingPeriod
from progress.workflow import period_open


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


MOMENT = serializers.DateTimeField()
# What is read of each period of a list.
_TOLD = (
    *("code", "kind", "starts_on", "ends_on", "opens_on", "due_on", "opened_at", "closed_at"),
    *("closed_by__name", "closed_by__username"),
)


def _periods_of(request: Request) -> QuerySet[ReportingPeriod]:
    periods = ReportingPeriod.objects.visible_to(reader_of(request)).to_choose_from()
    return periods.select_related("closed_by")


def _document(period: ReportingPeriod) -> dict[str, Any]:
    """The period in the shape of `PeriodSerializer`, which takes three times as long."""
    closed = period.closed_at
    return {
        "code": period.code,
        "kind": period.kind,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": period.ends_on.isoformat(),
        "opens_on": period.opens_on.isoformat(),
        "due_on": period.due_on.isoformat(),
        "is_open": period.is_open,
        "opened_at": MOMENT.to_representation(period.opened_at),
        "closed_at": MOMENT.to_representation(closed) if closed else None,
        "closed_by": str(period.closed_by) if period.closed_by else None,
    }


class Periods(Listed[ReportingPeriod]):
    """Reporting periods, the latest first."""

    permission_classes = (SignedInWithinAccess, CoordinatorsWrite)
    shape = PeriodSerializer
    filterset_class = PeriodFilter
    changes_of: ClassVar = {"pk": ReportingPeriod}
    orders: ClassVar = {
        "ends_on": "ends_on",
        "code": "code",
        "starts_on": "starts_on",
        "opens_on": "opens_on",
        "due_on": "due_on",
        "opened_at": "opened_at",
        "closed_at": "closed_at",
    }
    default_order = "-ends_on"

    queryset = ReportingPeriod.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[ReportingPeriod]:
        return _periods_of(self.request).only(*_TOLD)

    def documents(self, page: Sequence[ReportingPeriod]) -> Any:
        return [self.wanted.of(_document(period)) for period in page]

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

    shape = PeriodSerializer
    reads_by = ("code",)

    @extend_schema(responses=PeriodSerializer)
    def get(self, request: Request, code: str) -> Response:
        return Response(self.chosen(get_object_or_404(_periods_of(request), code=code)))


class PeriodClosing(KnownParameters):
    """Closing a period."""

    reads_as = OnePeriod
    reads_by = ("code",)
    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)

    @extend_schema(request=None, responses=PeriodSerializer)
    def post(self, request: Request, code: str) -> Response:
        """Close the period: nothing can be handed in for it any more, and its figures stay, with
        the documents of its first edition."""
        period = get_object_or_404(_periods_of(request), code=code)
        period_close_with_edition(period=period, by=reader_of(request), now=timezone.now())
        return self.answered(request)


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

    heavy = ("GET", "HEAD")
    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    renderer_classes = (Workbook,)
    parameters: ClassVar = {
        "GET": ("edition", "paper", *(n for n in TaskFilter.base_filters if n != "period"))
    }

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "edition",
                str,
                enum=EditionKind.values,
                description=_("For whom it is made; the public edition has no internal columns."),
            ),
            OpenApiParameter(
                "paper", str, enum=Paper.values, description=_("The paper it is printed on.")
            ),
        ],
        responses={(200, Workbook.media_type): bytes},
    )
    def get(self, request: Request, code: str) -> HttpResponse:
        """The official form of these tasks as of the period; narrowed by the task list's filters.

        It quotes approved texts only. Of a closed period the whole list is the stored workbook of
        its latest edition. Classified content must not be entered anywhere in it.
        """
        # What lays the form out is wanted here alone.
        from progress.workbooks import report_asked, report_question

        reader = reader_of(request)
        period = get_object_or_404(_periods_of(request), code=code)
        parameters = request.query_params.copy()
        parameters["period"] = period.code
        now = timezone.now()
        today = timezone.localdate(now)
        question = report_question(parameters, user=reader, today=today)
        if not question.is_valid:
            raise ValidationError(question.errors)
        language = get_language() or settings.LANGUAGE_CODE
        asked = report_asked(question, language=language)
        assert asked is not None
        stored = stored_workbook(
            period=period,
            is_whole=asked.is_whole,
            language=language,
            now=now,
            kind=asked.edition,
            paper=asked.paper,
        )
        if stored is not None:
            return part_response(stored)
        content = asked.made(user=reader, today=today, now=now, language=language)
        name = asked.name(language=language)
        return document(content, name=name, media_type=Workbook.media_type)
