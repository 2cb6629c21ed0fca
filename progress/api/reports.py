"""Progress reports: reading, writing and moving them. `progress.workflow` decides and writes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.errors import ProblemSerializer, StaleVersionSerializer
from progress.api.listed import Listed
from progress.api.named import TASK_NUMBER, period_named, task_named
from progress.api.pagination import LongPages
from progress.api.parameters import PERIOD_PARAMETER, KnownParameters, period_of, reader_of
from progress.api.permissions import AgenciesOnly, AgenciesWrite
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
from progress.api.writing import DRY_RUN_PARAMETER, Creates, one_or_many
from progress.filters import ReportFilter
from progress.models import MeasureProgress, Report, ReportEvent, ReportingPeriod, kept_with
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
    412: ProblemSerializer,
    422: ProblemSerializer,
    428: ProblemSerializer,
}


def _reports_bare(request: Request) -> QuerySet[Report]:
    return (
        Report.objects.visible_to(reader_of(request))
        .select_related("task", "period", "updated_by", "submitted_by", "taken_up_by")
        .defer(*kept_with("period"))
    )


def reports_of(request: Request) -> QuerySet[Report]:
    measures = MeasureProgress.objects.select_related("measure").order_by("measure__ordinal")
    return _reports_bare(request).prefetch_related(Prefetch("measures", queryset=measures))


class Reports(Creates, Listed[Report]):
    """Progress reports that you may read, the latest period first."""

    permission_classes = (SignedInWithinAccess, AgenciesWrite)
    pagination_class = LongPages
    shape = ReportSerializer
    sends = ReportCreateSerializer
    filterset_class = ReportFilter
    search_fields = (
        "task__title__contains",
        "measures__text__contains",
        "problems__contains",
        "next_steps__contains",
        "coordination__contains",
    )
    changes_of: ClassVar = {"pk": Report}
    orders: ClassVar = {
        "period": "period__ends_on",
        "task": "task__number",
        "state": "state",
        "created_at": "created_at",
        "submitted_at": "submitted_at",
        "updated_at": "updated_at",
        "handed_in_on": "handed_in_on",
        "approved_at": "approved_at",
    }
    default_order = "-period"

    # What the description of the API is made from; each request has its own, below.
    queryset = Report.objects.none()

    def get_queryset(self) -> QuerySet[Report]:
        if self.request.method in SAFE_METHODS and not self.wants("measures"):
            return _reports_bare(self.request)
        return reports_of(self.request)

    @extend_schema(
        request=one_or_many(ReportCreateSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses={**ANSWERS_TO_A_WRITE, 201: ReportDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begin the report of a task and period, or save it whole; or up to 500 of them, all or
        none. Classified content must not be entered."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Report:
        task = task_named(given["task"], by=by)
        return report_save(
            task=task,
            period=period_named(given["period"], by=by),
            by=by,
            now=timezone.now(),
            content=report_content(given, task),
            version=given["version"],
        )

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        found = reports_of(request).in_bulk([one.pk for one in written])
        return [ReportSerializer(found[one.pk]).data for one in written]

    def told(self, written: Any, request: Request) -> Response:
        return self.answered_as(OneReport, request, pk=written.pk)

    def order(self, given: Mapping[str, Any]) -> Any:
        return (given["period"], given["task"])

    def locks(self) -> None:
        list(ReportingPeriod.objects.select_for_update().open().order_by("pk"))

    def status_of(self, given: Mapping[str, Any]) -> int:
        return status.HTTP_201_CREATED if given["version"] == NOT_BEGUN else status.HTTP_200_OK

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:report", args=[written.pk], request=request)


class ReportStart(KnownParameters):
    """What a report starts from."""

    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    shape = ReportStartSerializer
    parameters: ClassVar = {"GET": ("task", "period")}

    @extend_schema(
        parameters=[
            OpenApiParameter("task", int, required=True, description=TASK_NUMBER),
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
        document = {
            "task": task.number,
            "period": period.code,
            "version": report.version if report else NOT_BEGUN,
            **content.by_ordinal(),
        }
        return Response(self.wanted.of(document))


class OneReport(KnownParameters):
    """One progress report, by its id."""

    permission_classes = (SignedInWithinAccess, AgenciesWrite)
    shape = ReportDetailSerializer

    @extend_schema(responses=ReportDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The report with its history and what you may do with it."""
        reader = reader_of(request)
        found = reports_of(request) if self.wants("measures") else _reports_bare(request)
        report = get_object_or_404(found, pk=pk)
        serializer = ReportSerializer(report)
        self.wanted.narrow(serializer)
        document = dict(serializer.data)
        if self.wants("moves"):
            document["moves"] = [
                {"move": transition.move, "needs_reason": transition.needs_reason}
                for transition in moves_open_to(report=report, user=reader)
            ]
        if self.wants("history"):
            events = ReportEvent.objects.visible_to(reader).filter(report=report)
            document["history"] = ReportEventSerializer(
                events.select_related("by").order_by("pk"), many=True
            ).data
        return Response(self.wanted.of(document))

    @extend_schema(request=ReportWriteSerializer, responses=ANSWERS_TO_A_WRITE)
    def put(self, request: Request, pk: int) -> Response:
        """Save the report's whole content, over the version or the ETag (If-Match) that you
        read."""
        return self._save(request, pk, ReportWriteSerializer(data=request.data))

    @extend_schema(request=ReportChangeSerializer, responses=ANSWERS_TO_A_WRITE)
    def patch(self, request: Request, pk: int) -> Response:
        """Save what changes; what is left out stays. The version or the ETag (If-Match) that you
        read has to be given."""
        return self._save(request, pk, ReportChangeSerializer(data=request.data, partial=True))

    def _save(self, request: Request, pk: int, body: ReportWriteSerializer) -> Response:
        report = get_object_or_404(reports_of(request), pk=pk)
        # Who may never is told so before anything is said of what was sent.
        if not may_write(task=report.task, user=reader_of(request)):
            raise PermissionDenied(AgenciesWrite.message)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        report_save(
            task=report.task,
            period=report.period,
            by=reader_of(request),
            now=timezone.now(),
            content=report_content(given, report.task, stored=content_of(report)),
            # A change of nothing in particular over whatever is stored would lose somebody's text.
            version=self.version_seen(given),
        )
        return self.answered(request)


class ReportMoves(KnownParameters):
    """A move of a report: submit, ask, agree, object, endorse, take-up, approve, return, withdraw,
    reopen."""

    reads_as = OneReport

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
        report = get_object_or_404(reports_of(request), pk=pk)
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        report_move(
            report=report,
            move=Move(move.replace("-", "_")),
            by=reader_of(request),
            now=timezone.now(),
            reason=body.validated_data["reason"],
            version=body.validated_data.get("version", self.version_compared()),
            refused_completions=_refused(
                body.validated_data.get("refused_completions", ()), report.task
            ),
        )
        return self.answered(request)


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


def report_content(
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
