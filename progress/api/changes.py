"""The change feed: what a system that keeps a copy has to read anew."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.audit import NoLongerKeptError, entries_seal
from progress.api.bodies import unknown_name
from progress.api.following import LONGEST_NUMBER, NoLongerKept
from progress.api.parameters import KnownParameters, reader_of
from progress.feed import FOLLOWED, changes_after

# What stands for "from now on".
NOW = "now"
USUAL_LIMIT, MOST = 100, 500


class ChangeSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(
        help_text=gettext_lazy("Its place in the feed; later changes have higher ones.")
    )
    at = serializers.DateTimeField(help_text=gettext_lazy("When it was changed."))
    kind = serializers.ChoiceField(
        [(kind, kind) for kind in FOLLOWED], help_text=gettext_lazy("What kind of thing it is.")
    )
    key = serializers.CharField(
        help_text=gettext_lazy(
            "The number of a chapter or task, the code of a period, else the id."
        )
    )
    gone = serializers.BooleanField(
        source="is_gone",
        help_text=gettext_lazy(
            "Whether you find it no more: it was dropped, or is not yours to read any longer."
        ),
    )
    address = serializers.CharField(
        allow_null=True,
        help_text=gettext_lazy(
            "Where it is read; null where it is gone, and where it is read in a list alone."
        ),
    )


class StretchSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(
        help_text=gettext_lazy("Send it as after, for what comes behind these.")
    )
    more = serializers.BooleanField(
        help_text=gettext_lazy("Whether there is more behind them already.")
    )
    results = ChangeSerializer(
        many=True, help_text=gettext_lazy("Each thing once, in the order of their last changes.")
    )


class Changes(KnownParameters):
    """What changed, in order, for systems that keep a copy."""

    shape = StretchSerializer
    parameters: ClassVar = {"GET": ("after", "kind", "limit")}

    @extend_schema(
        operation_id="changes",
        parameters=[
            OpenApiParameter(
                "after",
                str,
                description=gettext_lazy(
                    "The position up to which you have read, 0 if left out; now for the present "
                    "one, from which to follow what you are about to read whole."
                ),
            ),
            OpenApiParameter(
                "kind",
                str,
                description=gettext_lazy("Kinds of things, divided by commas; all if left out."),
            ),
            OpenApiParameter(
                "limit",
                int,
                description=gettext_lazy("How many acts are read at most: 100, up to 500."),
            ),
        ],
        responses=StretchSerializer,
    )
    def get(self, request: Request) -> Response:
        """The things that were changed behind a position, each once. What belongs to a report
        becomes readable with it, and what belongs to a task with a part in it: read those anew with
        the report and the task. Lights change with the day, without an act. 410 where what changed
        there is no longer kept: begin again with after=now."""
        after = request.query_params.get("after", "0")
        limit = _number(request.query_params.get("limit", str(USUAL_LIMIT)), "limit", least=1)
        if limit > MOST:
            raise ValidationError({"limit": [_("At most %(most)d.") % {"most": MOST}]})
        kinds = _kinds(request)
        if after == NOW:
            now = {"position": entries_seal(), "more": False, "results": []}
            return Response(self.wanted.of(now))
        try:
            stretch = changes_after(
                position=_number(after, "after", least=0),
                reader=reader_of(request),
                kinds=kinds,
                limit=limit,
            )
        except NoLongerKeptError as error:
            raise NoLongerKept from error
        return Response(self.wanted.of(stretch.as_document(request.build_absolute_uri)))


def _kinds(request: Request) -> list[str]:
    asked = request.query_params.get("kind")
    if asked is None:
        return list(FOLLOWED)
    kinds = [one.strip() for one in asked.split(",") if one.strip()]
    unknown = [unknown_name(one, FOLLOWED) for one in kinds if one not in FOLLOWED]
    if unknown or not kinds:
        raise ValidationError({"kind": unknown or [_("Name at least one kind.")]})
    return kinds


def _number(text: str, name: str, *, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise ValidationError({name: [_("Write a whole number.")]})
    if int(text) < least:
        raise ValidationError({name: [_("At least %(least)d.") % {"least": least}]})
    return int(text)
