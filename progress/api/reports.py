"""Progress reports: reading, writing and moving them. `progress.workflow` decides and writes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.errors import ProblemSerializer, StaleVersionSerializer
from progress.api.filters import ReportFilter
from progress.api.parameters import PERIOD_PARAMETER, KnownParameters, period_of, reader_of
from progress.api.permissions import AgenciesWrite
from progress.api.report_shapes import (
    MoveSerializer,
    ReportChangeSerializer,
    ReportCreateSerializer,
    ReportDetailSerializer,
    ReportEventSerializer,
    ReportSerializer,
    ReportStartSerializer,
    ReportWriteSerializer,
)
from progress.models import MeasureProgress, Report, ReportEvent, ReportingPeriod
from progress.states import Move
from progress.workflow import (
    NOT_BEGUN,
    MeasureContent,
    ReportContent,
    content_of,
    content_to_start_from,
    may_write,
    moves_open_to,
    report_move,
    report_save,
)
from tasks.models import Task

ANSWERS_TO_A_WRITE = {
    200: ReportDetailSerializer,
    400: ProblemSerializer,
    403: ProblemSerializer,
    404: ProblemSerializer,
    409: StaleVersionSerializer,
}


def _reports_of(request: Request) -> QuerySet[Report]:
    measures = MeasureProgress.objects.select_related("measure").order_by("measure__ordinal")
    return (
        Report.objects.visible_to(reader_of(request))
        .select_related("task", "period", "updated_by", "submitted_by", "taken_up_by")
        .prefetch_related(Prefetch("measures", queryset=measures))
    )


def _detail(pk: int, request: Request) -> dict[str, Any]:
    """The report as it is stored now, with what the reader may do with it and its history."""
    report, reader = get_object_or_404(_reports_of(request), pk=pk), reader_of(request)
    events = ReportEvent.objects.visible_to(reader).filter(report=report)
    return {
        **ReportSerializer(report).data,
        "moves": [
            {"move": transition.move, "needs_reason": transition.needs_reason}
            for transition in moves_open_to(report=report, user=reader)
        ],
        "history": ReportEventSerializer(
            events.select_related("by").order_by("pk"), many=True
        ).data,
    }


def _answer(pk: int, request: Request, **kwargs: Any) -> Response:
    return Response(_detail(pk, request), **kwargs)


class Reports(KnownParameters, ListAPIView[Report]):
    """Progress reports that you may read, the latest period first."""

    permission_classes = (SignedInWithinAccess, AgenciesWrite)
    paginates = True
    serializer_class = ReportSerializer
    filterset_class = ReportFilter
    search_fields = (
        "task__title__contains",
        "measures__text__contains",
        "problems__contains",
        "next_steps__contains",
        "coordination__contains",
    )
    orders: ClassVar = {
        "period": "period__ends_on",
        "task": "task__number",
        "submitted_at": "submitted_at",
        "updated_at": "updated_at",
    }
    default_order = "-period"

    # What the description of the API is made from; each request has its own, below.
    queryset = Report.objects.none()

    def get_queryset(self) -> QuerySet[Report]:
        return _reports_of(self.request)

    @extend_schema(
        request=ReportCreateSerializer,
        responses={**ANSWERS_TO_A_WRITE, 201: ReportDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begin the report of a task and period, or save it whole. Classified content must not be
        entered."""
        body = ReportCreateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given, reader = body.validated_data, reader_of(request)
        task = Task.objects.visible_to(reader).filter(number=given["task"]).first()
        if task is None:
            raise ValidationError({"task": [_("There is no such task.")]})
        period = ReportingPeriod.objects.visible_to(reader).filter(code=given["period"]).first()
        if period is None:
            raise ValidationError({"period": [_("There is no such period.")]})
        report = report_save(
            task=task,
            period=period,
            by=reader,
            now=timezone.now(),
            content=_content(given, task),
            version=given["version"],
        )
        address = reverse("api:report", args=[report.pk], request=request)
        created = given["version"] == NOT_BEGUN
        return _answer(
            report.pk,
            request,
            status=status.HTTP_201_CREATED if created else status.HTTP_200_OK,
            headers={"Location": address},
        )


class ReportStart(KnownParameters):
    """What a report starts from."""

    parameters: ClassVar = {"GET": ("task", "period")}

    @extend_schema(
        parameters=[
            OpenApiParameter("task", int, required=True, description=_("The task's number.")),
            PERIOD_PARAMETER,
        ],
        responses=ReportStartSerializer,
    )
    def get(self, request: Request) -> Response:
        """The stored text where the report has been begun, else the last approved one before it."""
        reader, period = reader_of(request), period_of(request)
        number = request.query_params.get("task", "")
        if not (number.isascii() and number.isdigit() and len(number) <= 9):
            raise ValidationError({"task": [_("Write the number of a task.")]})
        task = Task.objects.visible_to(reader).filter(number=int(number)).first()
        if task is None:
            raise ValidationError({"task": [_("There is no such task.")]})
        if period is None:
            raise ValidationError({"period": [_("There is no such period.")]})
        if not may_write(task=task, user=reader):
            raise PermissionDenied(AgenciesWrite.message)
        report = Report.objects.filter(task=task, period=period).first()
        content = content_of(report) if report else content_to_start_from(task=task, period=period)
        return Response(
            {
                "task": task.number,
                "period": period.code,
                "version": report.version if report else NOT_BEGUN,
                **content.by_ordinal(),
            }
        )


class OneReport(KnownParameters):
    """One progress report, by its id."""

    permission_classes = (SignedInWithinAccess, AgenciesWrite)

    @extend_schema(responses=ReportDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The report with its history and what you may do with it."""
        return _answer(pk, request)

    @extend_schema(request=ReportWriteSerializer, responses=ANSWERS_TO_A_WRITE)
    def put(self, request: Request, pk: int) -> Response:
        """Save the report's whole content."""
        return self._save(request, pk, ReportWriteSerializer(data=request.data))

    @extend_schema(request=ReportChangeSerializer, responses=ANSWERS_TO_A_WRITE)
    def patch(self, request: Request, pk: int) -> Response:
        """Save what changes; what is left out stays. The version has to be given."""
        body = ReportChangeSerializer(data=request.data, partial=True)
        # A change of nothing in particular over whatever is stored would lose somebody's text.
        body.fields["version"].required = True
        if isinstance(request.data, Mapping) and "version" not in request.data:
            raise ValidationError({"version": [_("Send the version that you read.")]})
        return self._save(request, pk, body)

    def _save(self, request: Request, pk: int, body: ReportWriteSerializer) -> Response:
        report = get_object_or_404(_reports_of(request), pk=pk)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        report_save(
            task=report.task,
            period=report.period,
            by=reader_of(request),
            now=timezone.now(),
            content=_content(given, report.task, stored=content_of(report)),
            version=given["version"],
        )
        return _answer(pk, request)


class ReportMoves(KnownParameters):
    """A move of a report: submit, ask, agree, object, endorse, take-up, approve, return, withdraw,
    reopen."""

    @extend_schema(
        operation_id="reports_move",
        request=MoveSerializer,
        responses={
            200: ReportDetailSerializer,
            400: ProblemSerializer,
            403: ProblemSerializer,
            404: ProblemSerializer,
            409: ProblemSerializer,
        },
    )
    def post(self, request: Request, pk: int, move: str) -> Response:
        """Move the report on. Return, reopen and object need a reason; so does submit where a
        contribution is missing that is owed, or where another lead objects."""
        report = get_object_or_404(_reports_of(request), pk=pk)
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        report_move(
            report=report,
            move=Move(move.replace("-", "_")),
            by=reader_of(request),
            now=timezone.now(),
            reason=body.validated_data["reason"],
            version=body.validated_data.get("version"),
            refused_completions=_refused(
                body.validated_data.get("refused_completions", ()), report.task
            ),
        )
        return _answer(pk, request)


def _refused(given: Iterable[Mapping[str, Any]], task: Task) -> dict[int, str]:
    """Reasons by the measure's id; raises ValidationError for a measure that the task has not, or
    that stands twice."""
    known = dict(task.measures.values_list("ordinal", "pk"))
    refused: dict[int, str] = {}
    for one in given:
        pk = known.get(one["ordinal"])
        if pk is None:
            problem = _("Task %(task)d has no measure %(ordinal)d.")
        elif pk in refused:
            problem = _("Measure %(ordinal)d stands twice.")
        else:
            refused[pk] = one["reason"]
            continue
        raise ValidationError(
            {"refused_completions": [problem % {"task": task.number, "ordinal": one["ordinal"]}]}
        )
    return refused


def _content(
    given: Mapping[str, Any], task: Task, *, stored: ReportContent | None = None
) -> ReportContent:
    """What was sent, over what is `stored` where only a part was; measures by their ordinals.

    Raises ValidationError, keyed "measures", for one that the task has not or that stands twice, or
    that is missing where nothing is stored.
    """
    known = dict(task.measures.order_by("ordinal").values_list("ordinal", "pk"))
    sent = given.get("measures", [])
    counts = Counter(measure["ordinal"] for measure in sent)
    problems = [
        _("Task %(task)d has no measure %(ordinal)d.") % {"task": task.number, "ordinal": ordinal}
        for ordinal in counts
        if ordinal not in known
    ]
    problems += [
        _("Measure %(ordinal)d stands twice.") % {"ordinal": ordinal}
        for ordinal, count in counts.items()
        if count > 1
    ]
    if problems:
        raise ValidationError({"measures": problems})
    measures = {m.ordinal: m for m in stored.measures} if stored else {}
    for measure in sent:
        ordinal = measure["ordinal"]
        measures[ordinal] = MeasureContent(
            known[ordinal], ordinal, measure["status"], measure["text"]
        )
    missing = [ordinal for ordinal in known if ordinal not in measures]
    if missing:
        raise ValidationError(
            {
                "measures": [
                    _("Measure %(ordinal)d is missing.") % {"ordinal": ordinal}
                    for ordinal in missing
                ]
            }
        )
    texts = {
        name: given.get(name, getattr(stored, name) if stored else "")
        for name in ("problems", "next_steps", "coordination")
    }
    return ReportContent(measures=tuple(measures[ordinal] for ordinal in known), **texts)
