"""Contributions: starting, reading, saving and moving them, and taking them over."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import Agency, User
from progress.api.bodies import StrictSerializer
from progress.api.contribution_shapes import (
    AGENCY,
    ContributionChangeSerializer,
    ContributionCreateSerializer,
    ContributionMoveSerializer,
    ContributionStartSerializer,
    ContributionWriteSerializer,
    PlaceSerializer,
    TakeOverSerializer,
)
from progress.api.contributions import (
    ContributionDetailSerializer,
    Contributions,
    ContributionSerializer,
    OneContribution,
    contributions_of,
)
from progress.api.named import TASK_NUMBER, agency_named, period_named, task_named
from progress.api.parameters import PERIOD_PARAMETER, KnownParameters, period_of, reader_of
from progress.api.permissions import AgenciesContribute, AgenciesOnly
from progress.api.report_shapes import ReportDetailSerializer
from progress.api.reports import OneReport, report_content
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.models import Contribution, Report, ReportingPeriod
from progress.states import Move
from progress.workflow import (
    NOT_BEGUN,
    ContributionContent,
    MeasureText,
    content_of,
    content_to_start_from,
    contribution_content_of,
    contribution_move,
    contribution_nothing,
    contribution_save,
    contribution_take_over,
    contribution_to_start_from,
    may_contribute,
    measures_to_write_of,
)
from tasks.models import Task


class ContributionsBegun(Creates, Contributions):
    """Contributions that you may read, the latest period first."""

    permission_classes = (SignedInWithinAccess, AgenciesContribute)
    sends: ClassVar[type[StrictSerializer]] = ContributionCreateSerializer

    @extend_schema(
        request=one_or_many(ContributionCreateSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(ContributionDetailSerializer, status=201, stale=True),
    )
    def post(self, request: Request) -> Response:
        """Begin the contribution of an agency to the report of a task and period, or save it whole;
        or many of them. Classified content must not be entered."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Contribution:
        task = task_named(given["task"], by=by)
        period = period_named(given["period"], by=by)
        agency = agency_named(given["agency"], by=by)
        return contribution_save(
            task=task,
            period=period,
            agency=agency,
            by=by,
            now=timezone.now(),
            content=_content(given, task, agency, stored=None),
            version=given["version"],
        )

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        found = contributions_of(self).in_bulk([one.pk for one in written])
        return [ContributionSerializer(found[one.pk]).data for one in written]

    def told(self, written: Any, request: Request) -> Response:
        return self.answered_as(OneContribution, request, pk=written.pk)

    def order(self, given: Mapping[str, Any]) -> Any:
        return (given["period"], given["task"], given["agency"])

    def locks(self) -> None:
        list(ReportingPeriod.objects.select_for_update().open().order_by("pk"))

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:contribution", args=[written.pk], request=request)


class ContributionsNothing(ContributionsBegun):
    """Saying that an agency has nothing to add."""

    http_method_names = ("post", "options")

    sends: ClassVar[type[StrictSerializer]] = PlaceSerializer

    @extend_schema(
        operation_id="contributions_nothing",
        request=one_or_many(PlaceSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(ContributionDetailSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Tell the lead that the agency has nothing to add this period, where nobody has begun its
        contribution; of one task or of many."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Contribution:
        return contribution_nothing(
            task=task_named(given["task"], by=by),
            period=period_named(given["period"], by=by),
            agency=agency_named(given["agency"], by=by),
            by=by,
            now=timezone.now(),
        )


class ContributionStart(KnownParameters):
    """What a contribution starts from."""

    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    shape = ContributionStartSerializer
    parameters: ClassVar = {"GET": ("task", "agency", "period")}

    @extend_schema(
        parameters=[
            OpenApiParameter("task", int, required=True, description=TASK_NUMBER),
            OpenApiParameter("agency", int, required=True, description=AGENCY),
            PERIOD_PARAMETER,
        ],
        responses=ContributionStartSerializer,
    )
    def get(self, request: Request) -> Response:
        """The stored text where the contribution has been begun, else the agency's last one."""
        reader, period = reader_of(request), period_of(request)
        task = task_named(_number(request, "task"), by=reader)
        agency = agency_named(_number(request, "agency"), by=reader)
        if period is None:
            raise ValidationError({"period": [_("There is no such period.")]})
        if not may_contribute(task=task, agency=agency, user=reader):
            raise PermissionDenied(_("Only the agency itself writes its contribution."))
        one = Contribution.objects.filter(task=task, period=period, agency=agency).first()
        content = (
            contribution_content_of(one)
            if one
            else contribution_to_start_from(task=task, agency=agency, period=period)
        )
        document = {
            "task": task.number,
            "period": period.code,
            "agency": agency.pk,
            "version": one.version if one else NOT_BEGUN,
            **content.by_ordinal(),
        }
        return Response(self.wanted.of(document))


class OneContributionWritten(OneContribution):
    """One contribution, by its id."""

    @extend_schema(
        request=ContributionWriteSerializer,
        responses=answers(ContributionDetailSerializer, stale=True),
    )
    def put(self, request: Request, pk: int) -> Response:
        """Save the contribution's whole content, over the version or the ETag (If-Match) that you
        read."""
        return self._save(request, pk, ContributionWriteSerializer, whole=True)

    @extend_schema(
        request=ContributionChangeSerializer,
        responses=answers(ContributionDetailSerializer, stale=True),
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Save what changes; what is left out stays. The version or the ETag (If-Match) that you
        read has to be given."""
        return self._save(request, pk, ContributionChangeSerializer, whole=False)

    def _save(self, request: Request, pk: int, shape: Any, *, whole: bool) -> Response:
        by = reader_of(request)
        contribution = _contribution_of(by, pk)
        # Who may never is told so before anything is said of what was sent.
        if not may_contribute(task=contribution.task, agency=contribution.agency, user=by):
            raise PermissionDenied(_("Only the agency itself writes its contribution."))
        given = sent(shape, request, partial=not whole)
        contribution_save(
            task=contribution.task,
            period=contribution.period,
            agency=contribution.agency,
            by=by,
            now=timezone.now(),
            content=_content(
                given,
                contribution.task,
                contribution.agency,
                stored=None if whole else contribution_content_of(contribution),
            ),
            version=self.version_seen(given),
        )
        return self.answered(request)


class ContributionMoves(KnownParameters):
    """A move of a contribution: submit, endorse, return, withdraw."""

    reads_as = OneContributionWritten

    @extend_schema(
        operation_id="contributions_move",
        request=ContributionMoveSerializer,
        responses={**answers(ContributionDetailSerializer, stale=True), 204: None},
    )
    def post(self, request: Request, pk: int, move: str) -> Response:
        """Move the contribution on; return needs a reason. 204 where it is nothing of yours to read
        any more: what goes back to its agency is that agency's own again."""
        by = reader_of(request)
        contribution = _contribution_of(by, pk)
        given = sent(ContributionMoveSerializer, request)
        contribution_move(
            contribution=contribution,
            move=Move(move.replace("-", "_")),
            by=by,
            now=timezone.now(),
            reason=given["reason"],
            version=given.get("version", self.version_compared()),
        )
        try:
            return self.answered(request)
        except Http404:
            return Response(status=status.HTTP_204_NO_CONTENT)


class ContributionTakeOver(KnownParameters):
    """Taking a contribution over into the report."""

    reads_as = OneContributionWritten

    @extend_schema(
        operation_id="contributions_take_over",
        request=TakeOverSerializer,
        responses=answers(ReportDetailSerializer, stale=True),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Put what the contribution says at the end of the report's own texts, under the agency's
        name, and save the report; the answer is the report."""
        by = reader_of(request)
        contribution = _contribution_of(by, pk)
        given = sent(TakeOverSerializer, request)
        task, period = contribution.task, contribution.period
        report = Report.objects.filter(task=task, period=period).first()
        stands = content_of(report) if report else content_to_start_from(task=task, period=period)
        written = contribution_take_over(
            contribution=contribution,
            by=by,
            now=timezone.now(),
            content=report_content(given, task, stored=stands),
            version=given["report_version"],
            seen=given.get("version", self.version_compared()),
        )
        return self.answered_as(OneReport, request, pk=written.pk)


def _contribution_of(user: User, pk: int) -> Contribution:
    found = Contribution.objects.visible_to(user).select_related("task", "period", "agency")
    return get_object_or_404(found, pk=pk)


def _content(
    given: Mapping[str, Any], task: Task, agency: Agency, *, stored: ContributionContent | None
) -> ContributionContent:
    """What was sent, over what is `stored` where only a part was; measures by their ordinals.

    Raises ValidationError, keyed "measures", for one that the task has not or that stands twice.
    """
    texts = {one["ordinal"]: one["text"] for one in given.get("measures", [])}
    counts = Counter(one["ordinal"] for one in given.get("measures", []))
    known = dict(task.measures.values_list("ordinal", "pk"))
    problems = [
        _("Task %(task)d has no measure %(ordinal)d.") % {"task": task.number, "ordinal": one}
        for one in counts
        if one not in known
    ]
    problems += [
        _("Measure %(ordinal)d stands twice.") % {"ordinal": one}
        for one, count in counts.items()
        if count > 1
    ]
    if problems:
        raise ValidationError({"measures": problems})
    before = {m.ordinal: m.text for m in stored.measures} if stored else {}
    written_of = [known[one] for one in {**before, **texts} if one in known]
    return ContributionContent(
        measures=tuple(
            MeasureText(one.pk, one.ordinal, texts.get(one.ordinal, before.get(one.ordinal, "")))
            for one in measures_to_write_of(task=task, agency=agency, written_of=written_of)
        ),
        remarks=given.get("remarks", stored.remarks if stored else ""),
        nothing_to_add=given.get("nothing_to_add", stored.nothing_to_add if stored else False),
    )


def _number(request: Request, name: str) -> int:
    said = request.query_params.get(name, "")
    if not (said.isascii() and said.isdigit() and len(said) <= 9):
        raise ValidationError({name: [_("Write a whole number from 1.")]})
    return int(said)
