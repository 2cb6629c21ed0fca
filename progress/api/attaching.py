"""Attaching evidence to reports and contributions, and removing it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.all_evidence import AllEvidence
from progress.api.bodies import StrictSerializer
from progress.api.errors import ProblemSerializer
from progress.api.evidence import EvidenceFile, EvidenceSerializer
from progress.api.named import (
    TASK_NUMBER,
    agency_named,
    measure_named,
    ordinal_field,
    period_field,
    period_named,
    task_named,
    whole,
)
from progress.api.parameters import reader_of
from progress.api.permissions import AgenciesWrite
from progress.api.uploads import BoundedMultipart, too_large_as_such
from progress.api.writing import answers, sent
from progress.models import Evidence
from progress.workflow import evidence_add, evidence_remove


class EvidenceAddSerializer(StrictSerializer):
    """A file, and what it shows. Classified content must not be entered."""

    task = whole(TASK_NUMBER)
    period = period_field()
    agency = whole(
        _("The id of the agency whose contribution it goes with; left out: the report's own."),
        required=False,
    )
    measure = ordinal_field()
    replaces = whole(
        _("The id of the evidence whose later version it is, or left out."), required=False
    )
    file = serializers.FileField(
        help_text=_("The file, with its name; its kind is told by its content.")
    )


class EvidenceAdded(AllEvidence):
    """Files of the reports and contributions that you may read, the latest first; also those that
    were removed or replaced."""

    permission_classes = (SignedInWithinAccess, AgenciesWrite)
    parser_classes = (BoundedMultipart,)

    @extend_schema(
        operation_id="evidence_add",
        request={BoundedMultipart.media_type: EvidenceAddSerializer},
        responses=answers(EvidenceSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Attach a file to the report of a task and period, or to an agency's contribution to it;
        what nobody has begun is begun with what it starts from. 413 for a file that is too large,
        422 for one of a kind that is not taken."""
        by = reader_of(request)
        given = sent(EvidenceAddSerializer, request)
        task = task_named(given["task"], by=by)
        agency = given.get("agency")
        try:
            evidence = evidence_add(
                task=task,
                period=period_named(given["period"], by=by),
                agency=None if agency is None else agency_named(agency, by=by),
                measure=measure_named(given["measure"], task=task),
                upload=given["file"],
                name=given["file"].name,
                by=by,
                now=timezone.now(),
                replaces=_replaced(given.get("replaces"), by),
            )
        except ValidationError as error:
            raise too_large_as_such(error) from error
        address = reverse("api:evidence-file", args=[evidence.pk], request=request)
        return Response(
            EvidenceSerializer(evidence).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": address},
        )


class EvidenceFileKept(EvidenceFile):
    """One file that is attached as evidence."""

    def get_renderers(self) -> list[BaseRenderer]:
        return [JSONRenderer()] if self.request.method == "DELETE" else super().get_renderers()

    @extend_schema(
        operation_id="evidence_remove",
        responses={
            204: None,
            403: ProblemSerializer,
            404: ProblemSerializer,
            409: ProblemSerializer,
        },
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Take the evidence back; it stays readable as a version of the past. 409 where it was
        removed already or its report can no longer be written."""
        by = reader_of(request)
        found = Evidence.objects.visible_to(by).select_related(
            "report__task", "report__period", "contribution__task", "contribution__period"
        )
        evidence_remove(evidence=get_object_or_404(found, pk=pk), by=by, now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


def _replaced(pk: int | None, by: Any) -> Evidence | None:
    if pk is None:
        return None
    found = Evidence.objects.visible_to(by).filter(pk=pk).first()
    if found is None:
        raise exceptions.ValidationError({"replaces": [_("There is no such evidence.")]})
    return found
