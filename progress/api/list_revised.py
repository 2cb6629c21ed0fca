"""A revised official list over the register."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.bodies import StrictSerializer
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly
from progress.api.rows import DRY_RUN, is_dry_run
from progress.api.uploads import BoundedMultipart
from progress.api.writing import DRY_RUN_PARAMETER, answers, sent
from progress.filestore import label_of
from progress.workflow import Conflict
from tasks.importing import ImportOutcome, ListFaults, ListMovedError, list_import

# In bytes; the official list has 160,000.
LARGEST_LIST = 1_000_000


class ListSendSerializer(StrictSerializer):
    """The list as a table of text in UTF-8, its columns divided by tabs, as it is published."""

    file = serializers.FileField(help_text=gettext_lazy("The file, with its name."))
    seen = serializers.CharField(
        required=False,
        max_length=64,
        help_text=gettext_lazy("The `seen` of the dry run; 409 where it would be another import."),
    )


class ListOutcomeSerializer(serializers.Serializer[Any]):
    """What an import changes, or would change."""

    created = serializers.IntegerField(help_text=gettext_lazy("How many tasks are new."))
    updated = serializers.IntegerField(help_text=gettext_lazy("How many read differently."))
    unchanged = serializers.IntegerField(help_text=gettext_lazy("How many stay untouched."))
    dropped = serializers.IntegerField(help_text=gettext_lazy("How many go."))
    tasks_updated = serializers.ListField(
        child=serializers.IntegerField(), help_text=gettext_lazy("Their numbers.")
    )
    tasks_dropped = serializers.ListField(
        child=serializers.IntegerField(), help_text=gettext_lazy("Their numbers.")
    )
    seen = serializers.CharField(
        help_text=gettext_lazy("Stands for it, to be sent back when it is done.")
    )


class ListRevised(KnownParameters):
    """Importing a revised list."""

    heavy = ("POST",)
    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    parser_classes = (BoundedMultipart,)
    parameters: ClassVar = {"POST": (DRY_RUN,)}

    @extend_schema(
        operation_id="tasks_list_import",
        request={BoundedMultipart.media_type: ListSendSerializer},
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(ListOutcomeSerializer),
    )
    def post(self, request: Request) -> Response:
        """Bring the register to what the list says. First with dry_run=true, which tells what would
        change; then with that answer's `seen`. 422 names every fault at once, with its line."""
        by, now, dry_run = reader_of(request), timezone.now(), is_dry_run(request)
        given = sent(ListSendSerializer, request)
        if not dry_run and "seen" not in given:
            raise serializers.ValidationError({"seen": [_("Send what the dry run showed.")]})
        content = given["file"].read(LARGEST_LIST + 1)
        if len(content) > LARGEST_LIST:
            raise ValidationError({"file": [_("The file holds far more than a list does.")]})
        try:
            outcome = list_import(
                content=content,
                name=label_of(given["file"].name),
                now=now,
                by=by,
                seen=None if dry_run else given["seen"],
                dry_run=dry_run,
            )
        except ListFaults as found:
            raise ValidationError({"file": [_fault(one) for one in found.faults]}) from found
        except ListMovedError as moved:
            raise Conflict(str(moved)) from moved
        return Response(_outcome(outcome))


def _fault(fault: Any) -> str:
    if fault.line is None:
        return str(fault.text)
    return _("line %(line)d") % {"line": fault.line} + f": {fault.text}"


def _outcome(outcome: ImportOutcome) -> dict[str, Any]:
    return {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "dropped": outcome.dropped,
        "tasks_updated": [one.number for one in outcome.changes],
        "tasks_dropped": [one.number for one in outcome.dropped_tasks],
        "seen": outcome.digest,
    }
