"""Offline forms: an agency's form as a workbook, and what comes back of it, compared, written."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import BodyTooLarge, StrictSerializer
from progress.api.listed import Listed
from progress.api.named import period_field, period_named
from progress.api.parameters import KnownParameters, reader_of
from progress.api.periods import Workbook
from progress.api.permissions import AgenciesOnly
from progress.api.uploads import BoundedMultipart
from progress.api.writing import answers, sent
from progress.filestore import MEGABYTE, FileTooLarge, document
from progress.filters import SheetUploadFilter
from progress.models import SheetUpload, UploadState
from progress.workbooks.forms import form_name, form_read, form_workbook
from progress.workbooks.reading import LARGEST_MEGABYTES, WorkbookRefused
from progress.workflow.sheets import (
    FILE,
    STORED,
    ComparedCell,
    ComparedPlace,
    Comparison,
    Outcome,
    comparison_of,
    form_issue,
    sheet_abandon,
    sheet_confirm,
    sheet_upload,
)

# --- The form ------------------------------------------------------------------------------------


class FormAskSerializer(StrictSerializer):
    """Of which period the form is."""

    period = period_field()


class OfflineForms(KnownParameters):
    """The form of one's own agency."""

    heavy = ("POST",)
    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    renderer_classes = (Workbook,)

    @extend_schema(
        request=FormAskSerializer,
        responses={(200, Workbook.media_type): bytes},
    )
    def post(self, request: Request) -> HttpResponse:
        """Your agency's form for an open period as an Excel workbook, filled with what stands now.
        It is kept what it says, so that what comes back can be compared. 409 for a closed period.
        Classified content must not be entered anywhere in it."""
        by, now = reader_of(request), timezone.now()
        period = period_named(sent(FormAskSerializer, request)["period"], by=by)
        language = get_language() or settings.LANGUAGE_CODE
        form, lines = form_issue(by=by, period=period, now=now)
        content = form_workbook(form=form, lines=lines, by=by, now=now, language=language)
        name = form_name(form=form, language=language)
        return document(content, name=name, media_type=Workbook.media_type)


# --- What comes back -----------------------------------------------------------------------------


class TakenSerializer(serializers.Serializer[Any]):
    task = serializers.IntegerField(help_text=gettext_lazy("The task's number, 1 to 131."))
    agency = serializers.IntegerField(
        allow_null=True,
        help_text=gettext_lazy("The id of the agency whose contribution it is; null: the report."),
    )
    cells = serializers.IntegerField(help_text=gettext_lazy("How many cells were taken over."))


class FilledFormSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=gettext_lazy("Its id."))
    period = serializers.CharField(
        source="form.period.code", help_text=gettext_lazy("The period's code.")
    )
    name = serializers.CharField(help_text=gettext_lazy("What the file is called."))
    state = serializers.ChoiceField(
        UploadState.choices, help_text=gettext_lazy("What became of it so far.")
    )
    at = serializers.DateTimeField(help_text=gettext_lazy("When it was uploaded."))
    by = serializers.CharField(help_text=gettext_lazy("Who uploaded it."))
    expires_at = serializers.DateTimeField(
        help_text=gettext_lazy("Until when it can be confirmed.")
    )
    settled_at = serializers.DateTimeField(
        allow_null=True, help_text=gettext_lazy("When it was confirmed or discarded, or null.")
    )
    settled_by = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("Who confirmed or discarded it, or null.")
    )
    taken = serializers.SerializerMethodField(
        help_text=gettext_lazy("The drafts that were written from it.")
    )

    @extend_schema_field(TakenSerializer(many=True))
    def get_taken(self, upload: SheetUpload) -> list[dict[str, Any]]:
        return [
            {"task": number, "agency": agency, "cells": count}
            for number, agency, count in upload.taken
        ]


class ChoicesSerializer(serializers.Serializer[Any]):
    file = serializers.CharField(help_text=gettext_lazy("To be sent for what the file says."))
    stored = serializers.CharField(help_text=gettext_lazy("To be sent for what is stored."))


class ComparedCellSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text=gettext_lazy("Tells it from the others of this file."))
    task = serializers.IntegerField(
        allow_null=True,
        help_text=gettext_lazy("The task's number; null where the list has it no more."),
    )
    agency = serializers.IntegerField(
        allow_null=True,
        help_text=gettext_lazy("The id of the agency whose contribution it is; null: the report."),
    )
    measure = serializers.IntegerField(
        allow_null=True,
        help_text=gettext_lazy("The measure's place in its task; null: the task as a whole."),
    )
    field = serializers.CharField(
        help_text=gettext_lazy("Which field of the report or contribution it is.")
    )
    cell = serializers.CharField(help_text=gettext_lazy("Where it is in the file: Sheet!E17."))
    was = serializers.CharField(help_text=gettext_lazy("What the form said when it was made."))
    says = serializers.CharField(help_text=gettext_lazy("What the file says."))
    stored = serializers.CharField(help_text=gettext_lazy("What is stored now."))
    outcome = serializers.ChoiceField(
        [(one.value, one.value) for one in Outcome],
        help_text=gettext_lazy(
            "taken: only the file says something new, and it is written. stays: only the database "
            "does. asked: both do, and you choose. agrees: neither does."
        ),
    )
    refused = serializers.CharField(
        help_text=gettext_lazy("Why nothing can be written there; empty where it can.")
    )
    choices = ChoicesSerializer(
        allow_null=True, help_text=gettext_lazy("Of one that is asked about; else null.")
    )


class FilledFormDetailSerializer(FilledFormSerializer):
    """A filled form beside what stands now."""

    seen = serializers.CharField(
        help_text=gettext_lazy(
            "Stands for all that is compared here, to be sent with the confirmation; empty where "
            "nothing can be confirmed."
        )
    )
    cells = ComparedCellSerializer(
        many=True,
        help_text=gettext_lazy(
            "The cells of which the file or the database says anything new; empty where nothing "
            "can be confirmed."
        ),
    )
    absent = serializers.IntegerField(
        help_text=gettext_lazy("How many rows of the form the file has no more.")
    )


class FilledFormSendSerializer(StrictSerializer):
    """The filled form. Classified content must not be entered."""

    file = serializers.FileField(help_text=gettext_lazy("The workbook (.xlsx), with its name."))


class ConfirmSerializer(StrictSerializer):
    """What was seen, and what was chosen of what is asked about."""

    seen = serializers.CharField(
        max_length=64, help_text=gettext_lazy("The `seen` of what is confirmed.")
    )
    choices = serializers.DictField(
        child=serializers.CharField(max_length=40),
        required=False,
        default=dict,
        help_text=gettext_lazy("By the cell's name one of its `choices`."),
    )


def _uploads_of(request: Request) -> QuerySet[SheetUpload]:
    uploads = SheetUpload.objects.visible_to(reader_of(request))
    return uploads.select_related("form__period", "form__agency", "by", "settled_by")


class FilledForms(Listed[SheetUpload]):
    """The filled forms of your agency that came back, the latest first."""

    heavy = ("POST",)
    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    parser_classes = (BoundedMultipart,)
    shape = FilledFormSerializer
    filterset_class = SheetUploadFilter
    search_fields = ("name__contains",)
    # What nobody confirmed is removed in time, without an act.
    follows_the_trail = False
    orders: ClassVar = {"at": "at", "state": "state", "period": "form__period__ends_on"}
    default_order = "-at"

    queryset = SheetUpload.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[SheetUpload]:
        return _uploads_of(self.request)

    @extend_schema(
        operation_id="filled_forms_send",
        request={BoundedMultipart.media_type: FilledFormSendSerializer},
        responses={
            **answers(FilledFormDetailSerializer, status=201),
            200: FilledFormDetailSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        """Send a filled form back. Nothing of it is written yet: the answer compares it cell by
        cell with what stands now. 422 names every cell that cannot be read; 200 where you sent the
        same before."""
        by, now = reader_of(request), timezone.now()
        file = sent(FilledFormSendSerializer, request)["file"]
        if file.size > LARGEST_MEGABYTES * MEGABYTE:
            raise BodyTooLarge(str(FileTooLarge(megabytes=LARGEST_MEGABYTES)))
        try:
            read = form_read(file.read(), name=file.name)
        except WorkbookRefused as refused:
            raise ValidationError({"file": [str(refused)]}) from refused
        if read.faults:
            raise ValidationError({"file": read.faults})
        upload = sheet_upload(by=by, key=read.key, said=read.said, name=file.name, now=now)
        address = reverse("api:filled-form", args=[upload.pk], request=request)
        is_new = upload.at == now
        return self.answered_as(
            OneFilledForm,
            request,
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
            headers={"Location": address},
            pk=upload.pk,
        )


class OneFilledForm(KnownParameters):
    """One filled form, by its id."""

    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    shape = FilledFormDetailSerializer

    @extend_schema(responses=FilledFormDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """What the file would change, cell by cell, while it waits; then what became of it."""
        upload = get_object_or_404(_uploads_of(request), pk=pk)
        comparison = (
            comparison_of(upload=upload, by=reader_of(request))
            if upload.waits(now=timezone.now())
            else None
        )
        told = {
            **FilledFormSerializer(upload).data,
            "seen": comparison.seen if comparison else "",
            "cells": list(_cells_of(comparison)) if comparison else [],
            "absent": len(upload.absent),
        }
        return Response(self.wanted.of(told))


class FilledFormConfirmation(KnownParameters):
    """Taking a filled form over."""

    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    reads_as = OneFilledForm

    @extend_schema(request=ConfirmSerializer, responses=answers(FilledFormDetailSerializer))
    def post(self, request: Request, pk: int) -> Response:
        """Write what the file says as drafts, as it was seen and chosen, or nothing at all. 409
        where something has changed since it was seen, 422 where a choice is missing."""
        # Whether there is such a file is nobody's to learn from how a request is refused.
        upload = get_object_or_404(_uploads_of(request), pk=pk)
        given = sent(ConfirmSerializer, request)
        sheet_confirm(
            upload=upload,
            by=reader_of(request),
            now=timezone.now(),
            choices=given["choices"],
            seen=given["seen"],
        )
        return self.answered(request)


class FilledFormSettingAside(KnownParameters):
    """Discarding a filled form."""

    permission_classes = (SignedInWithinAccess, AgenciesOnly)
    reads_as = OneFilledForm

    @extend_schema(request=None, responses=answers(FilledFormDetailSerializer))
    def post(self, request: Request, pk: int) -> Response:
        """Discard the file; nothing of it is written."""
        upload = get_object_or_404(_uploads_of(request), pk=pk)
        sheet_abandon(upload=upload, by=reader_of(request), now=timezone.now())
        return self.answered(request)


def _cells_of(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for place in comparison.places:
        yield from (_cell(one, place, place.refused) for one in place.cells)
    for one in comparison.dropped:
        yield _cell(one, None, _("The list has this task no more."))


def _cell(one: ComparedCell, place: ComparedPlace | None, refused: str) -> dict[str, Any]:
    is_asked = one.is_asked and not refused
    return {
        "name": one.name,
        "task": place and place.task.number,
        "agency": place.agency.pk if place and place.agency else None,
        "measure": one.measure and one.measure.ordinal,
        "field": one.field,
        "cell": one.cell,
        "was": one.was,
        "says": one.says,
        "stored": one.stored,
        "outcome": one.outcome.value,
        "refused": refused,
        "choices": {FILE: one.sent_as(FILE), STORED: one.sent_as(STORED)} if is_asked else None,
    }
