"""The editions of a closed period: what was stored of it, and the parts themselves."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from agencies.authentication import SignedInWithinAccess
from progress.api.evidence import Bytes
from progress.api.parameters import KnownParameters, reader_of
from progress.closings import edition_part, part_response, parts_of
from progress.models import Edition, EditionPart, ReportingPeriod, parts_open_to


class ReadersOfTheWholeList(BasePermission):
    message = _("The documents of closed periods are for those who read the whole list.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return bool(parts_open_to(reader_of(request)))


class EditionPartSerializer(serializers.Serializer[Any]):
    part = serializers.ChoiceField(EditionPart.choices, help_text=_("Which part it is."))
    name = serializers.CharField(help_text=_("What it is called as a file."))
    size = serializers.IntegerField(help_text=_("In bytes."))
    sha256 = serializers.CharField(help_text=_("SHA-256 of its bytes."))
    address = serializers.CharField(help_text=_("Where it is."))


class EditionSerializer(serializers.Serializer[Any]):
    """Give it `request`, whose reader gets the parts that are open to them."""

    number = serializers.IntegerField(help_text=_("1 is that of the closing."))
    erratum = serializers.IntegerField(
        source="erratum.number",
        default=None,
        allow_null=True,
        help_text=_("The number of the erratum that it was made for, or null."),
    )
    made_at = serializers.DateTimeField(help_text=_("When it was made."))
    release = serializers.CharField(
        help_text=_("Stands for the program that made it: the same one makes the same bytes.")
    )
    parts = serializers.SerializerMethodField(
        help_text=_("What it consists of, as far as you may have it.")
    )

    @extend_schema_field(EditionPartSerializer(many=True))
    def get_parts(self, edition: Edition) -> list[dict[str, Any]]:
        request = self.context["request"]
        code, number = edition.period.code, edition.number
        open_to = parts_open_to(reader_of(request))
        return [
            {
                **one,
                "address": reverse(
                    "api:edition-part", args=[code, number, one["part"]], request=request
                ),
            }
            for one in parts_of(edition)
            if one["part"] in open_to
        ]


class Editions(KnownParameters):
    """The editions of one period."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheWholeList)
    shape = EditionSerializer

    @extend_schema(responses=EditionSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        """What was stored of the period: an edition with its closing and one with each erratum, in
        order. The last one holds; of an open period there is none."""
        editions = _editions_of(request, code).select_related("erratum")
        return Response(self.chosen(editions, many=True))


class OneEditionPart(KnownParameters):
    """One part of an edition."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheWholeList)
    renderer_classes = (Bytes,)

    @extend_schema(responses={(200, Bytes.media_type): bytes})
    def get(self, request: Request, code: str, number: int, part: str) -> HttpResponse:
        """The part as it was stored, with its own content type and name, once its bytes have been
        compared with their SHA-256. 409 where they are others."""
        if part not in EditionPart.values:
            raise NotFound
        if part not in parts_open_to(reader_of(request)):
            raise PermissionDenied(_("This part of an edition is for the coordinating office."))
        editions = _editions_of(request, code).select_related("internal", "public")
        edition = get_object_or_404(editions, number=number)
        return part_response(
            edition_part(edition=edition, part=EditionPart(part), now=timezone.now())
        )


def _editions_of(request: Request, code: str) -> QuerySet[Edition]:
    reader = reader_of(request)
    period = get_object_or_404(ReportingPeriod.objects.visible_to(reader), code=code)
    editions = Edition.objects.visible_to(reader).filter(period=period)
    return editions.select_related("period").order_by("number")
