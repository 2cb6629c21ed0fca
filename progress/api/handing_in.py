"""Reports handed in without change, and a coordinator's review of many."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.bodies import StrictSerializer
from progress.api.named import (
    TASK_NUMBER,
    period_field,
    period_named,
    task_named,
    whole,
)
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import AgenciesWrite, CoordinatorsOnly
from progress.api.report_shapes import ReportSerializer
from progress.api.reports import OneReport, reports_of
from progress.api.rows import DRY_RUN, ROWS, RowsRefused, is_dry_run, rows_of, shape_of_rows
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.models import Report, ReportingPeriod
from progress.workflow import (
    ApprovalsRefused,
    report_unchanged,
    reports_approve_together,
    review_mark,
)

VERSION = _("The version that you looked at.")


class UnchangedSerializer(StrictSerializer):
    """A report to which nothing has changed."""

    task = whole(TASK_NUMBER)
    period = period_field()


class ReportsUnchanged(Creates):
    """No change this period."""

    permission_classes = (SignedInWithinAccess, AgenciesWrite)
    sends = UnchangedSerializer

    @extend_schema(
        operation_id="reports_unchanged",
        request=one_or_many(UnchangedSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(ReportSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Hand in what was last approved as it stands, of one task or of many. 409 where nothing
        was approved before or somebody has begun the report; 422 where others owe it something, so
        that it needs a reason to go."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Report:
        return report_unchanged(
            task=task_named(given["task"], by=by),
            period=period_named(given["period"], by=by),
            by=by,
            now=timezone.now(),
        )

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        found = reports_of(request).in_bulk([one.pk for one in written])
        return [ReportSerializer(found[one.pk]).data for one in written]

    def order(self, given: Mapping[str, Any]) -> Any:
        return (given["period"], given["task"])

    def locks(self) -> None:
        list(ReportingPeriod.objects.select_for_update().open().order_by("pk"))

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:report", args=[written.pk], request=request)


class LookedAtSerializer(StrictSerializer):
    """What a coordinator has looked at."""

    version = whole(VERSION, required=False)


class ReviewMarkSerializer(serializers.Serializer[Any]):
    report = serializers.IntegerField(source="report_id", help_text=_("The report's id."))
    version = serializers.IntegerField(help_text=VERSION)
    at = serializers.DateTimeField(help_text=_("When you looked at it."))


class ReportLookedAt(KnownParameters):
    """Looking at a report that waits for its review."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    reads_as = OneReport

    @extend_schema(
        operation_id="reports_looked_at",
        request=LookedAtSerializer,
        responses=answers(ReviewMarkSerializer, stale=True),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Write down that you have looked at this version: only then can it be approved together
        with others. The mark is yours alone, and the next version needs another."""
        report = get_object_or_404(reports_of(request), pk=pk)
        given = sent(LookedAtSerializer, request)
        mark = review_mark(
            report=report,
            by=reader_of(request),
            now=timezone.now(),
            version=self.version_seen(given),
        )
        return Response(ReviewMarkSerializer(mark).data)


class ApproveSerializer(StrictSerializer):
    """A report to be approved, as you looked at it."""

    report = whole(_("The report's id."))
    version = whole(VERSION)


class ReportsApproved(KnownParameters):
    """Approving many reports together."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    parameters: ClassVar = {"POST": (DRY_RUN,)}

    @extend_schema(
        operation_id="reports_approve",
        request=shape_of_rows(ApproveSerializer, "ReportsApproveSerializer"),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(shape_of_rows(ReportSerializer, "ReportsApprovedSerializer")),
    )
    def post(self, request: Request) -> Response:
        """Approve up to 500 reports, all of them or none. 409 names by row what stands in the way:
        one that you have not looked at as it now reads, that has changed, or that asks for a
        completion, which is decided by a move of its own."""
        rows = rows_of(request, ApproveSerializer)
        chosen = [(row["report"], row["version"]) for row in rows]
        dry_run = is_dry_run(request)
        with transaction.atomic():
            try:
                reports_approve_together(chosen=chosen, by=reader_of(request), now=timezone.now())
            except ApprovalsRefused as refused:
                raise _by_row(refused, chosen) from refused
            found = reports_of(request).in_bulk([pk for pk, _version in chosen])
            told = [ReportSerializer(found[pk]).data for pk, _version in chosen]
            transaction.set_rollback(dry_run)
        return Response({ROWS: told})


def _by_row(refused: ApprovalsRefused, chosen: Sequence[tuple[int, int]]) -> RowsRefused:
    """The refusals by the rows of their reports; those of no report, in the order of the rest."""
    said = {one.report.pk: one.refused for one in refused.refused if one.report is not None}
    unknown = next((one.refused for one in refused.refused if one.report is None), None)
    known = set(
        Report.objects.filter(pk__in=[pk for pk, _v in chosen]).values_list("pk", flat=True)
    )
    errors: dict[str, list[str]] = {}
    for number, (pk, _version) in enumerate(chosen):
        if pk in said:
            errors[f"{ROWS}.{number}"] = [said[pk]]
        elif unknown is not None and pk not in known:
            errors[f"{ROWS}.{number}.report"] = [unknown]
    return RowsRefused(errors, status_code=409)
