"""Exports that a job makes: asked for, looked after, called off, their files."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import StrictSerializer
from progress.api.named import whole
from progress.api.office import Exports, ExportSerializer, OneExport
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly
from progress.api.writing import answers, sent
from progress.exports import export_again, export_cancel, export_request
from progress.models import EditionKind, ExportJob, Paper


class ExportAskSerializer(StrictSerializer):
    """Which report is to be made: of the tasks that these filters leave, of the whole list without
    any."""

    period = serializers.CharField(
        required=False,
        max_length=10,
        help_text=gettext_lazy("The period's code; the current one if left out."),
    )
    edition = serializers.ChoiceField(
        EditionKind.choices,
        required=False,
        help_text=gettext_lazy("For whom it is made; the internal one if left out."),
    )
    paper = serializers.ChoiceField(
        Paper.choices, required=False, help_text=gettext_lazy("The paper it is printed on.")
    )
    tasks = serializers.ListField(
        child=whole(gettext_lazy("A task's number.")),
        required=False,
        min_length=1,
        max_length=500,
        help_text=gettext_lazy("The numbers of tasks, of which those that the filters leave."),
    )
    filters = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=200), max_length=200),
        required=False,
        help_text=gettext_lazy("Filters of the task list by name, each with its values."),
    )


class ExportsAsked(Exports):
    """Your own exports that a job makes, the latest first."""

    heavy = ("POST",)

    @extend_schema(
        operation_id="exports_request",
        request=ExportAskSerializer,
        responses=answers(ExportSerializer, status=202),
    )
    def post(self, request: Request) -> Response:
        """Ask for the progress report as an Excel workbook, made by a job; 202 with where to look
        how far it is. The same asked for again while it is under way is the same export."""
        # What lays the form out is wanted here alone.
        from progress.workbooks import report_asked, report_question

        by, now = reader_of(request), timezone.now()
        given = sent(ExportAskSerializer, request)
        question = report_question(_parameters(given), user=by, today=timezone.localdate(now))
        if not question.is_valid:
            raise ValidationError(question.errors)
        language = get_language() or settings.LANGUAGE_CODE
        asked = report_asked(question, language=language, chosen=given.get("tasks"))
        if asked is None:
            raise Http404(_("No reporting period has been opened yet."))
        export = export_request(
            period=asked.period,
            tasks=None if asked.is_whole else asked.tasks,
            language=language,
            by=by,
            now=now,
            kind=asked.edition,
            paper=asked.paper,
            narrowing=asked.narrowing,
            errata=asked.errata,
        )
        return _accepted(self, export, request)


class ExportMoves(KnownParameters):
    """What is done with an export: again, cancel."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    reads_as = OneExport

    @extend_schema(
        operation_id="exports_move",
        request=None,
        responses={**answers(ExportSerializer), 202: ExportSerializer},
    )
    def post(self, request: Request, pk: int, move: str) -> Response:
        """Call it off, or ask for the same once more, which is an export of its own (202)."""
        by, now, export = reader_of(request), timezone.now(), _export_of(request, pk)
        if move == "cancel":
            export_cancel(export=export, by=by, now=now)
            return self.answered(request)
        return _accepted(self, export_again(export=export, by=by, now=now), request)


def _accepted(view: KnownParameters, export: ExportJob, request: Request) -> Response:
    return view.answered_as(
        OneExport,
        request,
        status=status.HTTP_202_ACCEPTED,
        headers={"Location": reverse("api:export", args=[export.pk], request=request)},
        pk=export.pk,
    )


def _export_of(request: Request, pk: int) -> ExportJob:
    mine = ExportJob.objects.visible_to(reader_of(request)).select_related("period", "file")
    return get_object_or_404(mine, pk=pk)


def _parameters(given: Mapping[str, Any]) -> QueryDict:
    """As the addresses of pages have them."""
    parameters = QueryDict(mutable=True)
    for name, values in given.get("filters", {}).items():
        parameters.setlist(name, values)
    for name in ("period", "edition", "paper"):
        if name in given:
            parameters[name] = given[name]
    return parameters
