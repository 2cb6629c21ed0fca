"""Errata: closed periods corrected, each time with an edition of its own."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import StrictSerializer
from progress.api.errata import Errata, ErratumSerializer
from progress.api.named import measure_named, ordinal_field, text, whole
from progress.api.parameters import reader_of
from progress.api.permissions import CoordinatorsWrite
from progress.api.writing import answers, sent
from progress.closings import erratum_create_with_edition
from progress.models import ErratumField, Report

FIELD = _("What is corrected; status and text are a measure's.")


class ErratumWriteSerializer(StrictSerializer):
    """One thing in an approved report of a closed period, put right."""

    report = whole(_("The report's id."))
    field = serializers.ChoiceField(ErratumField.choices, help_text=FIELD)
    measure = ordinal_field()
    new = text(_("What holds from now on; of a status its code."), required=True)
    old = serializers.CharField(
        required=False,
        allow_null=True,
        default=None,
        allow_blank=True,
        trim_whitespace=False,
        help_text=_("What you were looking at; 409 where it holds no more."),
    )
    reason = text(_("Why; at most 10,000 characters."))


class ErrataMade(Errata):
    """Corrections of reports that you may read, the latest first. A report keeps what it said."""

    heavy = ("POST",)
    permission_classes = (SignedInWithinAccess, CoordinatorsWrite)

    @extend_schema(
        operation_id="errata_create",
        request=ErratumWriteSerializer,
        responses=answers(ErratumSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Correct one thing in an approved report of a closed period. It gets the period's next
        number, and the period its next edition; what was approved stays as it is."""
        by = reader_of(request)
        given = sent(ErratumWriteSerializer, request)
        reports = Report.objects.visible_to(by).select_related("task", "period")
        report = get_object_or_404(reports, pk=given["report"])
        erratum = erratum_create_with_edition(
            report=report,
            field=given["field"],
            new=given["new"],
            reason=given["reason"],
            by=by,
            now=timezone.now(),
            measure=measure_named(given["measure"], task=report.task),
            old=given["old"],
        )
        return Response(ErratumSerializer(erratum).data, status=status.HTTP_201_CREATED)
