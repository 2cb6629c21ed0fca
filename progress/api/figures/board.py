"""Who has handed in."""

from collections.abc import Sequence
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
from progress.api.parameters import PERIOD_PARAMETER
from progress.api.permissions import ReadersOfParts
from progress.api.register_shapes import AgencyRefSerializer
from progress.rollups import NO_BOARD, BoardKind, BoardRow, BoardView, board
from progress.states import ReportState


class BoardCountSerializer(serializers.Serializer[Any]):
    due = serializers.IntegerField(help_text=_("How many are due."))
    handed_in = serializers.IntegerField(help_text=_("How many of them were handed in."))
    on_time = serializers.IntegerField(help_text=_("How many of these by the due date."))
    returned = serializers.IntegerField(help_text=_("How many lie returned."))
    missing = serializers.IntegerField(help_text=_("How many have not been handed in."))


class BoardItemSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        [kind.value for kind in BoardKind],
        help_text=_("A report that it compiles, or a contribution that it owes."),
    )
    task = serializers.IntegerField(source="task_number", help_text=_("The task's number."))
    task_title = serializers.CharField(help_text=_("The task."))
    chapter = serializers.IntegerField(
        source="chapter_number", help_text=_("The chapter's number, 1 to 14.")
    )
    id = serializers.IntegerField(
        source="entry_id",
        allow_null=True,
        help_text=_("The id of the report or contribution; null where nobody has begun."),
    )
    state = serializers.ChoiceField(
        ReportState.choices, allow_null=True, help_text=_("Its state, or null.")
    )
    due_on = serializers.DateField(help_text=_("The day on which it is due."))
    handed_in_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which it was first handed in, or null.")
    )
    is_handed_in = serializers.BooleanField(help_text=_("Whether it is with whom it is owed to."))
    is_late = serializers.BooleanField(help_text=_("Whether it was handed in after its due date."))
    is_returned = serializers.BooleanField(help_text=_("Whether it lies returned."))
    days_missing = serializers.IntegerField(
        help_text=_("Working days since the due date of what is missing; 0 until then.")
    )
    reminded_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the last message about it was sent, or null.")
    )


class BoardRowSerializer(serializers.Serializer[Any]):
    agency = AgencyRefSerializer(help_text=_("Whose row it is."))
    reports = BoardCountSerializer(help_text=_("Of the reports that it compiles."))
    contributions = BoardCountSerializer(help_text=_("Of the contributions that it owes."))
    days_missing = serializers.IntegerField(
        help_text=_("The most working days that something of it is missing.")
    )
    reminded_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was last reminded of something here, or null.")
    )
    items = BoardItemSerializer(many=True, help_text=_("What it owes, in the list's order."))


class BoardSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(
        allow_null=True, help_text=_("The period's code; null before the first was opened.")
    )
    reports = BoardCountSerializer(
        allow_null=True, help_text=_("Of all reports that you may add up, or null.")
    )
    contributions = BoardCountSerializer(
        allow_null=True, help_text=_("Of all contributions that you may add up, or null.")
    )
    rows = BoardRowSerializer(
        many=True,
        help_text=_("By agency in the list's order, as far as you may see them: no ranking."),
    )


class HandInBoard(AsOf):
    """What each agency owes for a period, and what of it has come."""

    permission_classes = (SignedInWithinAccess, ReadersOfParts)
    shape = BoardSerializer
    parameters: ClassVar = {"GET": ("period", "agency", "show")}

    @extend_schema(
        parameters=[
            PERIOD_PARAMETER,
            OpenApiParameter("agency", int, description=_("The agency's id; its row alone.")),
            OpenApiParameter(
                "show",
                str,
                enum=[view.value for view in BoardView],
                description=_("Which items are told; rows without any of them are left away."),
            ),
        ],
        responses=BoardSerializer,
    )
    def get(self, request: Request) -> Response:
        """Coordinators see all agencies, an agency's people their own, leaders the sums alone."""
        show = request.query_params.get("show", BoardView.ALL.value)
        if show not in list(BoardView):
            known = ", ".join(view.value for view in BoardView)
            raise ValidationError({"show": [gettext("Choose of %(known)s.") % {"known": known}]})
        agency = number_of(request, "agency", Agency.objects.values_list("pk", flat=True))
        period = self.period
        found = (
            board(
                rows=self.task_rows,
                period=period,
                user=self.reader,
                today=timezone.localdate(),
            )
            if period
            else NO_BOARD
        )
        rows = _shown(found.rows, BoardView(show), agency)
        document = {
            "period": period.code if period else None,
            "reports": found.reports,
            "contributions": found.contributions,
            "rows": rows,
        }
        return Response(self.chosen(document))


def _shown(rows: Sequence[BoardRow], show: BoardView, agency: int | None) -> list[dict[str, Any]]:
    return [
        {
            "agency": row.agency,
            "reports": row.reports,
            "contributions": row.contributions,
            "days_missing": row.days_missing,
            "reminded_at": row.reminded_at,
            "items": items,
        }
        for row in rows
        if (agency is None or row.agency.id == agency) and (items := row.items_in(show))
    ]
