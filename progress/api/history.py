"""A task's history: who did what and when, and what it said then."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.parameters import KnownParameters, reader_of
from progress.differences import Kind, Piece
from progress.timeline import Cursor, CursorError, Entry, Said, timeline_of
from tasks.models import Task

MOST_ENTRIES, ENTRIES = 100, 20
MOMENT = serializers.DateTimeField()


class PieceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        [kind.value for kind in Kind],
        help_text=_("Whether this part of the text stayed, is new, or was taken out."),
    )
    text = serializers.CharField(help_text=_("The part of the text."))


class SaidSerializer(serializers.Serializer[Any]):
    # Named as in pages, which is also a property of serializers.
    label = serializers.CharField(  # type: ignore[assignment]
        help_text=_("Which text it is, in your language.")
    )
    status = serializers.CharField(
        help_text=_("The measure's status from then on; empty for what has none.")
    )
    status_before = serializers.CharField(
        help_text=_("The status until then; empty where it did not change.")
    )
    text = PieceSerializer(
        many=True, help_text=_("The text, with what differs from what it is compared with.")
    )


class HistoryEntrySerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text=_("When it was."))
    what = serializers.CharField(
        help_text=_("What was done, in your language; empty where `state` says it already.")
    )
    by = serializers.CharField(allow_null=True, help_text=_("Who it was; null for nobody."))
    by_agency = serializers.CharField(
        help_text=_("The short name that the person's agency had then; empty for none.")
    )
    period = serializers.CharField(help_text=_("The period's code; empty where it is about none."))
    state = serializers.CharField(
        help_text=_("The state of the report or contribution from then on, or empty.")
    )
    reason = serializers.CharField(help_text=_("Why; empty where none was given."))
    without = serializers.CharField(
        help_text=_("The agencies without whose contribution or agreement it went on, or empty.")
    )
    said = SaidSerializer(many=True, help_text=_("What was said, text by text."))
    compared_with = serializers.CharField(
        help_text=_("In a sentence what the texts are compared with; may be empty.")
    )


class HistorySerializer(serializers.Serializer[Any]):
    entries = HistoryEntrySerializer(many=True, help_text=_("The latest first."))
    earlier = serializers.CharField(
        allow_null=True,
        help_text=_("Send it as `before` for what was earlier; null at the beginning."),
    )


class TaskHistory(KnownParameters):
    """What happened to a task, as far as you may know of it."""

    shape = HistorySerializer
    parameters: ClassVar = {"GET": ("before", "count")}
    reads_by = ("number",)

    @extend_schema(
        parameters=[
            OpenApiParameter("before", str, description=_("Where the stretch before ended.")),
            OpenApiParameter(
                "count", int, description=_("How many entries: 20 if left out, 100 at most.")
            ),
        ],
        responses=HistorySerializer,
    )
    def get(self, request: Request, number: int) -> Response:
        """Moves of reports and contributions with their texts, errata, earlier wordings of the
        list, decisions about deadlines and completions, files, matters and results."""
        reader = reader_of(request)
        task = get_object_or_404(Task.objects.visible_to(reader), number=number)
        found = timeline_of(task=task, user=reader, count=_count(request), before=_before(request))
        return Response(
            self.wanted.of(
                {
                    "entries": [_document(entry) for entry in found.entries],
                    "earlier": str(found.earlier) if found.earlier else None,
                }
            )
        )


def _document(entry: Entry) -> dict[str, Any]:
    return {
        "at": MOMENT.to_representation(entry.at),
        "what": str(entry.what),
        "by": str(entry.by) if entry.by else None,
        "by_agency": entry.by_agency,
        "period": entry.code,
        "state": entry.state,
        "reason": entry.reason,
        "without": entry.without,
        "said": [_said(one) for one in entry.said],
        "compared_with": str(entry.compared_with),
    }


def _said(one: Said) -> dict[str, Any]:
    return {
        "label": str(one.label),
        "status": one.status,
        "status_before": one.status_before,
        "text": [_piece(piece) for piece in one.pieces],
    }


def _piece(piece: Piece) -> dict[str, str]:
    return {"kind": piece.kind.value, "text": piece.text}


def _before(request: Request) -> Cursor | None:
    text = request.query_params.get("before")
    try:
        return Cursor.read(text) if text is not None else None
    except CursorError:
        raise ValidationError({"before": [gettext("The history has no such page.")]}) from None


def _count(request: Request) -> int:
    text = request.query_params.get("count", str(ENTRIES))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 0 < int(text) <= MOST_ENTRIES):
        bounds = {"most": MOST_ENTRIES}
        raise ValidationError({"count": [gettext("Write 1 to %(most)d.") % bounds]})
    return int(text)
