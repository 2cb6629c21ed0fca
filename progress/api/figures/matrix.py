"""Chapter by agency, as a matrix."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.figures.as_of import AsOf
from progress.api.parameters import PERIOD_PARAMETER
from progress.api.permissions import ReadersOfParts
from progress.api.register_shapes import AgencyRefSerializer
from progress.rollups import matrix


class MatrixCellSerializer(serializers.Serializer[Any]):
    led = serializers.IntegerField(help_text=_("How many tasks are led."))
    shared = serializers.IntegerField(help_text=_("How many tasks are shared."))
    led_red = serializers.IntegerField(help_text=_("How many of those led are lit red."))
    led_yellow = serializers.IntegerField(help_text=_("How many of those led are lit yellow."))
    shared_red = serializers.IntegerField(help_text=_("How many of those shared are lit red."))
    shared_yellow = serializers.IntegerField(
        help_text=_("How many of those shared are lit yellow.")
    )


class MatrixChapterSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text=_("The chapter's number, 1 to 14."))
    title = serializers.CharField(help_text=_("The chapter's heading."))
    tasks = serializers.IntegerField(help_text=_("How many tasks it has, each counted once."))
    sum = MatrixCellSerializer(help_text=_("The agencies' parts in it, added up."))


class MatrixRowSerializer(serializers.Serializer[Any]):
    agency = AgencyRefSerializer(help_text=_("Whose row it is."))
    cells = MatrixCellSerializer(many=True, help_text=_("One for each of the chapters, in order."))
    sum = MatrixCellSerializer(help_text=_("Its cells, added up."))


class MatrixSerializer(serializers.Serializer[Any]):
    chapters = MatrixChapterSerializer(many=True, help_text=_("The columns, in the list's order."))
    rows = MatrixRowSerializer(
        many=True, help_text=_("The agencies that you may see, in the list's order: no ranking.")
    )
    sum = MatrixCellSerializer(help_text=_("Everything that you see, added up."))


class MatrixOfParts(AsOf):
    """Chapter by agency: how many tasks of which chapter each agency leads and shares."""

    permission_classes = (SignedInWithinAccess, ReadersOfParts)
    shape = MatrixSerializer

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=MatrixSerializer)
    def get(self, request: Request) -> Response:
        """Coordinators and leaders see every agency, an agency's people their own."""
        return Response(self.chosen(matrix(rows=self.task_rows, user=self.reader)))
