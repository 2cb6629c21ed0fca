"""What the office keeps: pauses of reminders, the rules, the working calendar, one's exports."""

from typing import Any, ClassVar

from django.db.models import Field, QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.evidence import Bytes
from progress.api.listed import Listed
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CalendarKeepersOnly, CoordinatorsOnly, ReadersOfTheRegister
from progress.filestore import download
from progress.filters import CalendarFilter, ExportFilter, PauseFilter
from progress.models import CalendarCorrection, ExportJob, ExportState, Policy, ReminderPause
from progress.workflow import RULES

# --- Pauses of reminders -------------------------------------------------------------------------


class PauseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The pause's id."))
    agency = serializers.IntegerField(
        source="agency_id",
        allow_null=True,
        help_text=_("The id of the agency that is not reminded; null where it is about another."),
    )
    task = serializers.IntegerField(
        source="task.number",
        default=None,
        allow_null=True,
        help_text=_("The number of the task of which nobody is reminded, or null."),
    )
    period = serializers.CharField(
        source="period.code",
        default=None,
        allow_null=True,
        help_text=_("The code of the period of which nobody is reminded, or null."),
    )
    reason = serializers.CharField(help_text=_("Why nobody is reminded."))
    from_on = serializers.DateField(help_text=_("The first day, YYYY-MM-DD."))
    until = serializers.DateField(
        allow_null=True, help_text=_("The last day; null until a coordinator ends it.")
    )
    at = serializers.DateTimeField(help_text=_("When it was begun."))
    by = serializers.CharField(help_text=_("Who began it."))
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When somebody ended it, or null.")
    )
    ended_by = serializers.CharField(allow_null=True, help_text=_("Who ended it, or null."))


class Pauses(Listed[ReminderPause]):
    """What is not reminded of, as far as you may know: of an agency, a task or a period."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = PauseSerializer
    filterset_class = PauseFilter
    search_fields = ("reason__contains",)
    orders: ClassVar = {"from_on": "from_on", "until": "until", "at": "at"}
    default_order = "-from_on"

    queryset = ReminderPause.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[ReminderPause]:
        pauses = ReminderPause.objects.visible_to(reader_of(self.request))
        return pauses.select_related("task", "period", "by", "ended_by")


# --- Rules and calendar --------------------------------------------------------------------------


class PolicySerializer(serializers.ModelSerializer[Policy]):
    """The reporting rules; what each field is called and what it counts stands with it."""

    class Meta:
        model = Policy
        fields = RULES

    def build_standard_field(self, field_name: str, model_field: "Field[Any, Any]") -> Any:
        """The rule's own name before what is said of it."""
        field_class, arguments = super().build_standard_field(field_name, model_field)
        said = [str(model_field.verbose_name), str(model_field.help_text)]
        return field_class, {**arguments, "help_text": "; ".join(filter(None, said))}


class Rules(KnownParameters):
    """The reporting rules that coordinators set."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    shape = PolicySerializer

    @extend_schema(responses=PolicySerializer)
    def get(self, request: Request) -> Response:
        """The rules in force."""
        return Response(self.chosen(Policy.current()))


class CalendarCorrectionSerializer(serializers.Serializer[Any]):
    day = serializers.DateField(help_text=_("The day, YYYY-MM-DD."))
    working = serializers.BooleanField(
        help_text=_("Whether it is a working day, against what the statutory calendar says.")
    )
    note = serializers.CharField(help_text=_("Why; may be empty."))


class CalendarCorrections(Listed[CalendarCorrection]):
    """The corrections of the working calendar, by day."""

    permission_classes = (SignedInWithinAccess, CalendarKeepersOnly)
    shape = CalendarCorrectionSerializer
    filterset_class = CalendarFilter
    search_fields = ("note__contains",)
    orders: ClassVar = {"day": "day"}
    queryset = CalendarCorrection.objects.all()


# --- Exports -------------------------------------------------------------------------------------


class ExportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The export's id; exports/{id}/file/ is its file."))
    name = serializers.CharField(help_text=_("What the file is called."))
    period = serializers.CharField(source="period.code", help_text=_("The period's code."))
    state = serializers.ChoiceField(ExportState.choices, help_text=_("How far it is."))
    done = serializers.IntegerField(help_text=_("How many tasks are written, as a count."))
    total = serializers.IntegerField(help_text=_("How many tasks there are to write."))
    asked_at = serializers.DateTimeField(help_text=_("When you asked for it."))
    finished_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it came to its end, or null.")
    )
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text=_("Until when its file is kept, or null.")
    )
    size = serializers.IntegerField(
        source="file.size",
        default=None,
        allow_null=True,
        help_text=_("The file's size in bytes; null before it is ready and after it was removed."),
    )
    sha256 = serializers.CharField(
        source="file.sha256",
        default=None,
        allow_null=True,
        help_text=_("SHA-256 of the file's bytes, or null."),
    )
    fault = serializers.CharField(help_text=_("Why it failed; empty where it did not."))


class Exports(Listed[ExportJob]):
    """Your own exports that a job makes, the latest first."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    shape = ExportSerializer
    filterset_class = ExportFilter
    search_fields = ("name__contains",)
    # Workers bring them on, and no act.
    follows_the_trail = False
    orders: ClassVar = {
        "asked_at": "asked_at",
        "finished_at": "finished_at",
        "period": "period__ends_on",
        "state": "state",
    }
    default_order = "-asked_at"

    queryset = ExportJob.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[ExportJob]:
        return _exports_of(self.request)


class OneExport(KnownParameters):
    """One of your exports, by its id."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    shape = ExportSerializer

    @extend_schema(responses=ExportSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """How far it is."""
        return Response(self.chosen(get_object_or_404(_exports_of(request), pk=pk)))


class ExportFile(KnownParameters):
    """The file of one of your exports."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    renderer_classes = (Bytes,)

    @extend_schema(responses={(200, Bytes.media_type): bytes})
    def get(self, request: Request, pk: int) -> FileResponse:
        """The workbook. 404 before it is ready and after it was removed."""
        export = get_object_or_404(_exports_of(request), pk=pk)
        if export.file is None:
            raise NotFound(_("This file is not there; ask for the export again."))
        return download(export.file, name=export.name)


def _exports_of(request: Request) -> QuerySet[ExportJob]:
    return ExportJob.objects.visible_to(reader_of(request)).select_related("period", "file")
