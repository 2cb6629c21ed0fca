"""Evidence of reports: what is attached, and the files themselves."""

from typing import Any

from django.db.models import Q
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.parameters import KnownParameters, reader_of
from progress.filestore import download
from progress.models import Evidence, FileKind, Report


class EvidenceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("Its id; evidence/{id}/ is the file."))
    name = serializers.CharField(help_text=_("What the file is called."))
    kind = serializers.ChoiceField(
        FileKind.choices, source="file.kind", help_text=_("What it is, told by its content.")
    )
    size = serializers.IntegerField(source="file.size", help_text=_("In bytes."))
    sha256 = serializers.CharField(source="file.sha256", help_text=_("SHA-256 of its bytes."))
    measure = serializers.IntegerField(
        source="measure.ordinal",
        default=None,
        allow_null=True,
        help_text=_("The measure that it shows, or null for the task as a whole."),
    )
    contributed_by = serializers.CharField(
        source="contribution.agency.name",
        default=None,
        allow_null=True,
        help_text=_("The agency whose contribution it is attached to; null for the report's own."),
    )
    added_at = serializers.DateTimeField(help_text=_("When it was attached."))
    added_by = serializers.CharField(help_text=_("Who attached it."))
    removed_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was removed or replaced, or null.")
    )
    removed_by = serializers.CharField(
        allow_null=True, help_text=_("Who removed or replaced it, or null.")
    )
    replaces = serializers.IntegerField(
        source="replaces_id",
        allow_null=True,
        help_text=_("The id of the evidence whose later version it is, or null."),
    )


class ReportEvidence(KnownParameters):
    """The evidence of one report."""

    shape = EvidenceSerializer

    @extend_schema(responses=EvidenceSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What is attached to the report and to the contributions to it that you may read, in the
        order in which it was; also what has been removed or replaced."""
        reader = reader_of(request)
        report = get_object_or_404(Report.objects.visible_to(reader), pk=pk)
        found = Evidence.objects.visible_to(reader).filter(
            Q(report=report)
            | Q(contribution__task=report.task_id, contribution__period=report.period_id)
        )
        rows = found.select_related(
            "file", "measure", "contribution__agency", "added_by", "removed_by"
        ).order_by("pk")
        return Response(self.chosen(rows, many=True))


class Bytes(BaseRenderer):
    """A file, as it was attached."""

    media_type = "application/octet-stream"
    format = "file"
    charset = None
    render_style = "binary"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        assert isinstance(data, bytes)
        return data


class EvidenceFile(KnownParameters):
    """One file that is attached as evidence."""

    renderer_classes = (Bytes,)

    @extend_schema(responses={(200, Bytes.media_type): bytes})
    def get(self, request: Request, pk: int) -> FileResponse:
        """The file, with its own content type and name; also one that was removed or replaced."""
        found = Evidence.objects.visible_to(reader_of(request)).select_related("file")
        evidence = get_object_or_404(found, pk=pk)
        return download(evidence.file, name=evidence.name)
