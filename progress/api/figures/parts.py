"""What the parts of the list add up to: by agency, and by chapter."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from agencies.models import Agency, User
from progress.api.figures.as_of import AsOf
from progress.api.overview import FiguresSerializer, HandingInSerializer, figures_document
from progress.api.parameters import PERIOD_PARAMETER
from progress.api.permissions import ReadersOfTheRegister
from progress.api.register_shapes import AgencyRefSerializer
from progress.rollups import (
    NO_FIGURES,
    AgencyFigures,
    Figures,
    FiguresOfPeriod,
    TaskRow,
    agency_figures,
    figures_of,
    handing_in_rows,
    knows_handing_in,
)
from tasks.models import Chapter


class AgencyFiguresSerializer(FiguresSerializer):
    """The figures are of the tasks that the agency leads."""

    handing_in = HandingInSerializer(
        allow_null=True,
        help_text=_(
            "Of the tasks that it leads, for coordinators and its own people; null for everybody "
            "else, and where the period asks for none of them."
        ),
    )
    agency = AgencyRefSerializer(help_text=_("The agency, named as it was as of the period."))
    led = serializers.IntegerField(help_text=_("How many tasks it leads, as a count."))
    shared = serializers.IntegerField(help_text=_("How many tasks it shares besides, as a count."))


class AgenciesFigures(AsOf):
    """What each agency's part in the list adds up to, in the list's order: no ranking."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = AgencyFiguresSerializer

    @extend_schema(
        operation_id="agencies_figures",
        parameters=[PERIOD_PARAMETER],
        responses=AgencyFiguresSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Of all agencies that have a part as of the period. A task with two leads counts for both.
        Handing in is told of the agencies that you may know it of."""
        return Response(_agency_documents(self))


class OneAgencyFigures(AsOf):
    """What one agency's part in the list adds up to."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = AgencyFiguresSerializer

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=AgencyFiguresSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """All zero where it has no part in the list as of the period."""
        agency = get_object_or_404(Agency.objects.visible_to(self.reader), pk=pk)
        found = [one for one in _agency_documents(self, only=pk) if one]
        if found:
            return Response(found[0])
        nothing = figures_document(NO_FIGURES, None)
        return Response(self.wanted.of({"agency": _ref(agency), "led": 0, "shared": 0, **nothing}))


def _agency_documents(view: AsOf, *, only: int | None = None) -> list[Mapping[str, Any]]:
    return [
        view.wanted.of(_agency_document(one, view.figures, view.reader))
        for one in agency_figures(view.task_rows)
        if only is None or one.agency.id == only
    ]


def _agency_document(one: AgencyFigures, figures: FiguresOfPeriod, reader: User) -> dict[str, Any]:
    led = figures.of(agency=one.agency.id)
    knows = led.due > 0 and knows_handing_in(user=reader, agency=one.agency.id)
    return {
        "agency": _ref(one.agency),
        "led": led.tasks,
        "shared": one.shared,
        **figures_document(led, led if knows else None),
    }


def _ref(agency: Any) -> dict[str, Any]:
    return {"id": agency.id, "name": agency.name, "short_name": agency.short_name}


class ChapterFiguresOfSerializer(FiguresSerializer):
    chapter = serializers.IntegerField(help_text=_("The chapter's number, 1 to 14."))


class OneChapterFigures(AsOf):
    """What one chapter adds up to."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = ChapterFiguresOfSerializer

    @extend_schema(parameters=[PERIOD_PARAMETER], responses=ChapterFiguresOfSerializer)
    def get(self, request: Request, number: int) -> Response:
        """The figures of the chapter's page, as of the period."""
        get_object_or_404(Chapter.objects.visible_to(self.reader), number=number)
        rows = [row for row in self.task_rows if row.chapter_number == number]
        figures = self.figures.of(chapter=number)
        counted = _handing_in(rows, figures, user=self.reader)
        return Response(self.wanted.of({"chapter": number, **figures_document(figures, counted)}))


def _handing_in(rows: Sequence[TaskRow], figures: Figures, *, user: User) -> Figures | None:
    """What the reader may add up of handing in: of all rows the period's own figures, which count
    too what the list has dropped since; None where they may add up none."""
    counted = handing_in_rows(rows, user=user)
    if not counted:
        return None
    return figures if len(counted) == len(rows) else figures_of(counted)
