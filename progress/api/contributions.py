"""What the other agencies of a task add to its report: lists, one with its history."""

from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.listed import Listed
from progress.api.pagination import LongPages
from progress.api.parameters import KnownParameters, reader_of
from progress.api.register_shapes import AgencyRefSerializer
from progress.api.report_shapes import OpenMoveSerializer
from progress.filters import ContributionFilter
from progress.models import Contribution, ContributionEvent, MeasureContribution, kept_with
from progress.rollups import handed_over_count
from progress.states import Move, ReportState
from progress.workflow import contribution_moves_open_to


class MeasureContributionSerializer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(
        source="measure.ordinal", help_text=_("The measure's place in the task, from 1.")
    )
    text = serializers.CharField(help_text=_("What the agency did for it this period."))


class ContributionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The contribution's id."))
    task = serializers.IntegerField(source="task.number", help_text=_("The task's number."))
    task_title = serializers.CharField(source="task.title", help_text=_("The task."))
    period = serializers.CharField(source="period.code", help_text=_("The period's code."))
    agency = AgencyRefSerializer(help_text=_("Whose contribution it is."))
    state = serializers.ChoiceField(ReportState.choices, help_text=_("Where it is."))
    version = serializers.IntegerField(
        help_text=_("Counts saves and moves from 1; send back the one that you read.")
    )
    nothing_to_add = serializers.BooleanField(
        help_text=_("Whether the agency says that it has nothing to add.")
    )
    measures = MeasureContributionSerializer(
        many=True, help_text=_("What was written of each measure, in the order of the list.")
    )
    remarks = serializers.CharField(help_text=_("Problems and other remarks; may be empty."))
    created_at = serializers.DateTimeField(help_text=_("When it was begun."))
    updated_at = serializers.DateTimeField(help_text=_("When its text was last saved."))
    updated_by = serializers.CharField(help_text=_("Who last saved its text."))
    submitted_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was last given to a reviewer or the lead, or null.")
    )
    submitted_by = serializers.CharField(
        allow_null=True, help_text=_("Who last gave it on, or null.")
    )
    handed_in_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which it first reached the lead, or null.")
    )
    taken_over_version = serializers.IntegerField(
        allow_null=True,
        help_text=_("The version that the lead took over into its text, or null."),
    )


class ContributionSaidSerializer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(help_text=_("The measure's place in the task, from 1."))
    text = serializers.CharField(help_text=_("What it said of the measure then."))


class ContributionEventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text=_("When it was."))
    by = serializers.CharField(help_text=_("Who it was."))
    move = serializers.ChoiceField(Move.choices, help_text=_("What was done."))
    from_state = serializers.ChoiceField(ReportState.choices, help_text=_("The state before."))
    to_state = serializers.ChoiceField(ReportState.choices, help_text=_("The state after."))
    reason = serializers.CharField(help_text=_("Why; empty where none was asked for."))
    measures = ContributionSaidSerializer(
        many=True, source="content.measures", help_text=_("What it said of each measure then.")
    )
    remarks = serializers.CharField(
        source="content.remarks", help_text=_("Its remarks then; may be empty.")
    )
    nothing_to_add = serializers.BooleanField(
        source="content.nothing_to_add", help_text=_("Whether it said that nothing is to add.")
    )


class ContributionDetailSerializer(ContributionSerializer):
    moves = OpenMoveSerializer(many=True, help_text=_("What you may do with it now."))
    history = ContributionEventSerializer(
        many=True,
        help_text=_("Its moves as far as you may know of them, the oldest first."),
    )


def contributions_of(view: KnownParameters) -> QuerySet[Contribution]:
    found = (
        Contribution.objects.visible_to(reader_of(view.request))
        .select_related("task", "period", "agency", "updated_by", "submitted_by")
        .defer(*kept_with("period"))
    )
    if not view.wants("measures"):
        return found
    measures = MeasureContribution.objects.select_related("measure").order_by("measure__ordinal")
    return found.prefetch_related(Prefetch("measures", queryset=measures))


class _Counted(Paginator):  # type: ignore[type-arg]  # it has no types when it runs
    @cached_property
    def count(self) -> int:
        """All that coordinators read is counted without looking at each."""
        handed_over = Contribution.objects.filter(state=ReportState.SUBMITTED)
        rows: Any = self.object_list
        if rows.query.where != handed_over.query.where:
            return super().count
        return handed_over_count()


class ContributionPages(LongPages):
    django_paginator_class = _Counted


class Contributions(Listed[Contribution]):
    """Contributions that you may read, the latest period first."""

    pagination_class = ContributionPages
    shape = ContributionSerializer
    filterset_class = ContributionFilter
    search_fields = (
        "task__title__contains",
        "agency__name__contains",
        "measures__text__contains",
        "remarks__contains",
    )
    changes_of: ClassVar = {"pk": Contribution}
    orders: ClassVar = {
        "period": "period__ends_on",
        "task": "task__number",
        "agency": "agency__name",
        "state": "state",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "submitted_at": "submitted_at",
        "handed_in_on": "handed_in_on",
    }
    default_order = "-period"

    queryset = Contribution.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Contribution]:
        return contributions_of(self)


class OneContribution(KnownParameters):
    """One contribution, by its id."""

    shape = ContributionDetailSerializer

    @extend_schema(responses=ContributionDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The contribution with its history and what you may do with it."""
        reader = reader_of(request)
        found = get_object_or_404(contributions_of(self), pk=pk)
        serializer = ContributionSerializer(found)
        self.wanted.narrow(serializer)
        document = dict(serializer.data)
        if self.wants("moves"):
            document["moves"] = [
                {"move": transition.move, "needs_reason": transition.needs_reason}
                for transition in contribution_moves_open_to(contribution=found, user=reader)
            ]
        if self.wants("history"):
            events = ContributionEvent.objects.visible_to(reader).filter(contribution=found)
            document["history"] = ContributionEventSerializer(
                events.select_related("by").order_by("pk"), many=True
            ).data
        return Response(self.wanted.of(document))
